/** A request as it reaches HAProxy. @public */
export interface IncomingRequest {
  readonly scheme: 'http' | 'https';
  /** The request target to the letter: path and query, or a whole URL. */
  readonly target: string;
  /** The `Host` header; absent or empty: there is none. */
  readonly host?: string;
  /** Address of the client, if it is to be known. */
  readonly source?: string;
}

/** The name in a `Host` header: without port, in lower case, without dots at the end. Brackets of an IPv6 address stay. */
export function hostName(header: string = ''): string {
  return withoutPort(header).replace(/\.+$/, '');
}

/** A `Host` header without what follows its last colon, in lower case; what HAProxy calls `host_only`. */
export function withoutPort(header: string): string {
  return header.replace(/:[^:\]]*$/, '').toLowerCase();
}

/** Path and query of a request target as received, nothing decoded: of a whole URL what follows its authority. */
export function pathAndQuery(target: string): string {
  if (target.startsWith('/')) return target;
  const rest = target.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?]*/i, '');
  return rest.startsWith('/') || rest === target ? rest : `/${rest}`;
}

/** The path alone. */
export function pathOf(target: string): string {
  return pathAndQuery(target).replace(/\?.*$/s, '');
}
