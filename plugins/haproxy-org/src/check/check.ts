import { type AnyFamily, boolean, family, haproxy } from '@signalbox/core';

/**
 * Health checks of a pool's servers.
 * @see {@link https://docs.haproxy.org/3.2/configuration.html#5.2-check | HAProxy: check}
 * @public
 */
export const check: AnyFamily = family({
  name: 'check',
  since: '0.1.0',
  scopes: ['global', 'ingress', 'service'],
  on: 'pool',
  keys: {
    check: boolean({
      fallback: true,
      doc: 'Whether HAProxy checks that a server answers and leaves out one that does not: by connecting to it, or as "check-http" says.',
    }),
  },
  apply({ check: isChecked }, { pool }) {
    if (isChecked) pool.add(haproxy`default-server check`);
  },
});
