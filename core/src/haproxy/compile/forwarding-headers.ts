import { haproxy, Path } from '../emitter/index.js';
import type { ListenOptions } from '../listen-options.js';
import { ours, owned } from '../owned-directive.js';
import type { ListRow, OwnedDirective } from '../rows.js';
import type { ListenerSettings } from './listener-settings.js';

const trustedFile = 'patterns/trusted-sources.lst';

/** Clients whose forwarding headers are believed: those that a family names, else those of the operator's options. */
export function trustedSources(listen: ListenOptions, said: ListenerSettings): ListRow | undefined {
  const { networks, origin } = said.trusted ?? { networks: listen.trustedSources ?? [], origin: undefined };
  return networks.length === 0 ? undefined : { type: 'list', file: trustedFile, entries: networks, ...(origin && { origin }) };
}

/**
 * What servers are told of the way that a request came. What a client says of it goes, with all spellings that a server may read as the
 * same name (CGI and its heirs know no difference between `-` and `_`), unless the client is a proxy that is trusted; what is missing
 * then is set. The address of the client is for a family to add.
 */
export function forwardingHeaders(scheme: 'http' | 'https', trusted: ListRow | undefined): OwnedDirective[] {
  return [
    // It would have the next proxy drop them.
    owned(haproxy`http-request deny deny_status 400 if { req.fhdr(Connection) -m sub -i forwarded }`, undefined),
    forgetting(trusted),
    ...ours(
      haproxy`http-request set-header X-Forwarded-Proto ${scheme} unless { req.fhdr(X-Forwarded-Proto) -m found }`,
      haproxy`http-request set-header X-Forwarded-Host %[req.fhdr(Host)] if { req.fhdr(Host) -m found } !{ req.fhdr(X-Forwarded-Host) -m found }`,
      haproxy`http-request set-header X-Forwarded-Port %[dst_port] unless { req.fhdr(X-Forwarded-Port) -m found }`,
    ),
  ];
}

/** HAProxy has the names of headers in lower case. */
function forgetting(trusted: ListRow | undefined): OwnedDirective {
  if (trusted === undefined) return owned(haproxy`http-request del-header '^x[-_]forwarded[-_](for|host|port|proto)$' -m reg`, undefined);
  const { file, origin } = trusted;
  return owned(
    haproxy`http-request del-header '^x[-_]forwarded[-_](for|host|port|proto)$' -m reg unless { src -f ${new Path(file)} }`,
    origin,
  );
}
