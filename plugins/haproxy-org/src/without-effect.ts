import type { KnownKey, Scope } from '@signalbox/core';

const operator: readonly Scope[] = ['global'];
const route: readonly Scope[] = ['global', 'ingress'];
const pool: readonly Scope[] = ['global', 'ingress', 'service'];

/** Key, where it can be set, its type, and what it is for. */
type Row = readonly [key: string, scopes: readonly Scope[], type: string, doc: string];

/** Keys that decide who may pass: left out, they would let somebody in. What they are set on is closed. */
const guards: readonly Row[] = [['route-acl', ['service'], 'text', 'Condition that requests must meet to reach the Service.']];

/** Keys without which requests are served, only not as they say. */
const others: readonly Row[] = [
  ['abortonclose', pool, 'boolean', 'Whether a request that waits is dropped when its client has gone.'],
  ['pod-maxconn', pool, 'integer', 'Connections that a server takes at a time, from all controllers together.'],
  ['cookie-persistence', ['global', 'service'], 'text', 'Cookie that keeps a client at its server, with a value made from the address.'],
  [
    'cookie-persistence-no-dynamic',
    ['global', 'service'],
    'text',
    'Cookie that keeps a client at its server, with the name of the server.',
  ],
  ['send-proxy-protocol', pool, 'enum', 'Version of the PROXY protocol by which servers learn the address of the client.'],
  ['server-proto', pool, 'enum', 'HTTP version spoken to servers.'],
  ['standalone-backend', pool, 'boolean', 'Whether an Ingress has backends of its own.'],
  ['cr-backend', pool, 'text', 'Custom resource that replaces the whole backend, with its rules.'],
  ['cr-frontend-http', operator, 'text', 'Custom resource whose rules are added to the frontend of plain HTTP.'],
  ['cr-frontend-https', operator, 'text', 'Custom resource whose rules are added to the frontend of HTTPS.'],
  ['cors-enable', route, 'boolean', 'Whether answers tell browsers which other sites may ask.'],
  ['cors-allow-origin', route, 'text', 'Sites that may ask.'],
  ['cors-allow-methods', route, 'text', 'Methods that other sites may use.'],
  ['cors-allow-headers', route, 'text', 'Headers that other sites may send.'],
  ['cors-max-age', route, 'duration', 'How long a browser may keep the answer.'],
  ['cors-allow-credentials', route, 'boolean', 'Whether other sites may send cookies.'],
  ['cors-respond-to-options', route, 'boolean', 'Whether HAProxy itself answers the questions of browsers.'],
  ['set-host', route, 'text', 'Host that servers are asked for.'],
  ['request-redirect', route, 'text', 'Where requests are sent instead.'],
  ['request-redirect-code', route, 'integer', 'Status of that answer.'],
  ['request-capture', route, 'lines', 'What of requests is written to the log.'],
  ['request-capture-len', route, 'integer', 'How many characters of each.'],
  ['ssl-certificate', operator, 'text', 'Secret with the default certificate.'],
  ['ssl-passthrough', route, 'boolean', 'Whether TLS is left to the servers.'],
  ['tls-alpn', operator, 'text', 'Protocols that HTTPS offers.'],
  ['client-strict-sni', operator, 'boolean', 'Whether names without a certificate are turned away.'],
  ['generate-certificates-signer', operator, 'text', 'Secret with the authority that signs certificates made on demand.'],
  ['quic-alt-svc-max-age', operator, 'integer', 'How long browsers keep in mind that there is HTTP/3.'],
  ['proxy-protocol', operator, 'networks', 'Clients that speak the PROXY protocol.'],
  ['nbthread', operator, 'integer', 'Threads of HAProxy.'],
  ['hard-stop-after', operator, 'duration', 'How long a process of HAProxy may go on after a reload.'],
  ['syslog-server', operator, 'lines', 'Where HAProxy sends its log.'],
  ['cr-global', operator, 'text', 'Custom resource for the global section.'],
  ['cr-defaults', operator, 'text', 'Custom resource for the defaults section.'],
  ['cr-frontend-stats', operator, 'text', 'Custom resource whose lines are added to the statistics frontend.'],
  ['prometheus-endpoint-auth-secret', operator, 'text', "Secret with the users who may read the controller's metrics."],
  ['default-backend-service', operator, 'text', 'Service for requests that no route takes.'],
  ['dontlognull', operator, 'boolean', 'Whether connections without a request stay out of the log.'],
  ['logasap', operator, 'boolean', 'Whether a request is logged before it has ended.'],
  ['log-format', operator, 'text', 'What a line of the log holds.'],
  ['http-connection-mode', operator, 'enum', 'What becomes of a connection after a request.'],
  ['http-keep-alive', operator, 'boolean', 'Old form of "http-connection-mode: http-keep-alive".'],
  ['http-server-close', operator, 'boolean', 'Old form of "http-connection-mode: http-server-close".'],
];

const notYet = 'it is not yet supported.';

/** The keys of HAProxy's own ingress controller that do nothing here, and why. */
export const withoutEffect: readonly KnownKey[] = [
  ...guards.map((row): KnownKey => ({ ...described(row), status: 'refused', reason: notYet, guard: true })),
  ...others.map((row): KnownKey => ({ ...described(row), status: 'refused', reason: notYet })),
  {
    ...described(['clean-certs', operator, 'boolean', 'Whether certificate files that the controller did not write are removed.']),
    status: 'refused',
    reason: 'each configuration has a folder of its own, in which only the certificates that it uses are written.',
  },
  dead(['default-backend-port', operator, 'integer', 'Read by nothing.'], 'no version has read it.'),
  dead(['cookie-indirect', pool, 'boolean', 'Read by nothing.'], 'a persistence cookie is always hidden from servers.'),
  dead(['cookie-nocache', pool, 'boolean', 'Read by nothing.'], 'an answer that sets a persistence cookie is never cached.'),
  dead(['cookie-type', pool, 'text', 'Read by nothing.'], 'a persistence cookie is always inserted.'),
  dead(['ingress.class', ['ingress'], 'text', 'Former way to choose a class.'], 'only spec.ingressClassName chooses a class.'),
];

function described([key, scopes, type, doc]: Row): Pick<KnownKey, 'key' | 'scopes' | 'type' | 'doc'> {
  return { key, scopes, type, doc };
}

function dead(row: Row, reason: string): KnownKey {
  return { ...described(row), status: 'dead', reason };
}
