import { type AnyFamily, duration, family, haproxy } from '@signalbox/core';

/**
 * Patience with a server.
 * @see {@link https://docs.haproxy.org/3.2/configuration.html#4.2-timeout%20server | HAProxy: timeout server}
 * @public
 */
export const timeoutServer: AnyFamily = family({
  name: 'timeout-server',
  since: '0.1.0',
  scopes: ['global', 'ingress', 'service'],
  on: 'pool',
  keys: {
    'timeout-server': duration({
      minMs: 1,
      fallback: '50s',
      doc: 'How long a server may be silent while HAProxy waits for it; above it the answer is 504.',
    }),
  },
  apply({ 'timeout-server': time }, { pool }) {
    pool.add(haproxy`timeout server ${time}`);
  },
});
