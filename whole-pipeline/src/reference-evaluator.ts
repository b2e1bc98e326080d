/** A rule to be: host and path of an Ingress, and the name of the server that answers there. */
export interface ReferenceRoute {
  /** As in an Ingress: a name, `*.` and a name, or empty. */
  readonly host: string;
  readonly path: string;
  readonly type: 'Exact' | 'Prefix' | 'ImplementationSpecific';
  readonly service: string;
}

/**
 * Who answers a request, by the words of the documentation and apart from our own code. Of two routes with the same claim the one
 * named first counts.
 */
export function referenceAnswer(
  routes: readonly ReferenceRoute[],
  hostHeader: string,
  pathAndQuery: string,
  fallThrough: boolean,
): string | undefined {
  const host = nameOf(hostHeader);
  const path = pathAndQuery.replace(/\?.*$/s, '');
  const levels = [
    routes.filter((route) => route.host !== '' && !route.host.startsWith('*.') && route.host === host),
    routes.filter((route) => route.host.startsWith('*.') && takesOneLabel(route.host, host)),
    routes.filter((route) => route.host === ''),
  ].filter((level) => level.length > 0);
  for (const level of fallThrough ? levels : levels.slice(0, 1)) {
    const exact = level.find((route) => route.type === 'Exact' && route.path === path);
    const longest = level
      .filter((route) => takesPath(route, path))
      .map((route, order) => ({ route, order, length: bare(route.path).length }))
      .sort((a, b) => b.length - a.length || a.order - b.order)
      .at(0);
    const found = exact ?? longest?.route;
    if (found !== undefined) return found.service;
  }
  return undefined;
}

function nameOf(header: string): string {
  return header.replace(/:\d*$/, '').toLowerCase().replace(/\.+$/, '');
}

function takesOneLabel(pattern: string, host: string): boolean {
  const dot = host.indexOf('.');
  return dot > 0 && host.slice(dot) === pattern.slice(1);
}

function takesPath({ type, path }: ReferenceRoute, found: string): boolean {
  const wanted = bare(path);
  if (type === 'Exact') return false;
  if (wanted === '') return found.startsWith('/');
  return type === 'Prefix' ? found === wanted || found.startsWith(`${wanted}/`) : found.startsWith(wanted);
}

function bare(path: string): string {
  return path.replace(/\/+$/, '');
}
