import { type AnyFamily, duration, family, haproxy } from '@signalbox/core';

/**
 * Time between two health checks of a server. Without checks it says nothing.
 * @see {@link https://docs.haproxy.org/3.2/configuration.html#5.2-inter | HAProxy: inter}
 * @public
 */
export const checkInterval: AnyFamily = family({
  name: 'check-interval',
  since: '0.1.0',
  scopes: ['global', 'ingress', 'service'],
  on: 'pool',
  keys: {
    'check-interval': duration({ minMs: 1, doc: 'Time between two health checks of a server; where it is not set, HAProxy takes 2s.' }),
  },
  apply({ 'check-interval': interval }, { pool }) {
    if (interval !== undefined) pool.add(haproxy`default-server inter ${interval}`);
  },
});
