import { type AnyFamily, type Directive, type Duration, duration, family, haproxy } from '@signalbox/core';

/** A timeout that holds for all frontends and backends. Each is a family of its own, so that its line is told as its key's. */
function timeout(
  key: string,
  directive: (time: Duration) => Directive,
  options: { readonly doc: string; readonly fallback?: string },
): AnyFamily {
  return family({
    name: key,
    since: '0.1.0',
    scopes: ['global'],
    on: 'defaults',
    // Zero would mean "for ever", of which HAProxy warns.
    keys: { [key]: duration({ minMs: 1, ...options }) },
    apply({ [key]: time }, { defaults }) {
      if (time !== undefined) defaults.add(directive(time));
    },
  });
}

/**
 * The timeouts that only the operator sets.
 * @see {@link https://docs.haproxy.org/3.2/configuration.html#4.2-timeout%20client | HAProxy: timeout}
 * @public
 */
export const timeouts: readonly AnyFamily[] = [
  timeout('timeout-client', (time) => haproxy`timeout client ${time}`, {
    fallback: '50s',
    doc: 'How long a client may be silent while HAProxy waits for it.',
  }),
  timeout('timeout-client-fin', (time) => haproxy`timeout client-fin ${time}`, {
    doc: 'How long a client may be silent after one direction of its connection was closed.',
  }),
  timeout('timeout-connect', (time) => haproxy`timeout connect ${time}`, {
    fallback: '5s',
    doc: 'How long connecting to a server may take.',
  }),
  timeout('timeout-http-request', (time) => haproxy`timeout http-request ${time}`, {
    fallback: '5s',
    doc: "How long a client may take for the whole of a request's headers.",
  }),
  timeout('timeout-http-keep-alive', (time) => haproxy`timeout http-keep-alive ${time}`, {
    fallback: '1m',
    doc: 'How long a connection is kept for the next request of its client.',
  }),
  timeout('timeout-queue', (time) => haproxy`timeout queue ${time}`, {
    fallback: '5s',
    doc: 'How long a request may wait for a server that is at its limit of connections.',
  }),
  timeout('timeout-server-fin', (time) => haproxy`timeout server-fin ${time}`, {
    doc: 'How long a server may be silent after one direction of its connection was closed.',
  }),
  timeout('timeout-tunnel', (time) => haproxy`timeout tunnel ${time}`, {
    fallback: '1h',
    doc: 'How long both sides of a tunnel, such as a WebSocket, may be silent.',
  }),
];
