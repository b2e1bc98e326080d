import { type AnyFamily, duration, family, haproxy } from '@signalbox/core';

/**
 * Patience with the answer to a health check. Without checks it says nothing.
 * @see {@link https://docs.haproxy.org/3.2/configuration.html#4.2-timeout%20check | HAProxy: timeout check}
 * @public
 */
export const timeoutCheck: AnyFamily = family({
  name: 'timeout-check',
  since: '0.1.0',
  scopes: ['global', 'ingress', 'service'],
  on: 'pool',
  keys: {
    'timeout-check': duration({
      minMs: 1,
      doc: 'How long the answer to a health check may take once the connection stands; else the check interval bounds it.',
    }),
  },
  apply({ 'timeout-check': time }, { pool }) {
    if (time !== undefined) pool.add(haproxy`timeout check ${time}`);
  },
});
