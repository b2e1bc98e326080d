import { type AnyFamily, family, integer } from '@signalbox/core';

/**
 * Spare servers, into which endpoints that appear are put without a reload. Endpoints need none where HAProxy can add servers while it
 * runs, as from 2.6 on; so the value is checked, and nothing follows from it.
 * @see {@link https://docs.haproxy.org/3.2/management.html#9.3-add%20server | HAProxy: add server}
 * @public
 */
export const scaleServerSlots: AnyFamily = family({
  name: 'scale-server-slots',
  since: '0.1.0',
  scopes: ['global', 'ingress', 'service'],
  on: 'pool',
  keys: {
    'scale-server-slots': integer({
      min: 1,
      max: 10_000,
      fallback: 42,
      aliases: ['servers-increment', 'server-slots'],
      doc: 'Steps in which servers would be made in advance. Accepted, without effect: servers are added while HAProxy runs, and where it takes none there are ten slots.',
    }),
  },
  apply() {
    // Servers are added while HAProxy runs.
  },
});
