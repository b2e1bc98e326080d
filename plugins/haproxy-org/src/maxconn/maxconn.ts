import { type AnyFamily, family, haproxy, integer } from '@signalbox/core';

/**
 * Bound of connections for the whole process.
 * @see {@link https://docs.haproxy.org/3.2/configuration.html#3.2-maxconn | HAProxy: maxconn}
 * @public
 */
export const maxconn: AnyFamily = family({
  name: 'maxconn',
  since: '0.1.0',
  scopes: ['global'],
  on: 'global',
  keys: {
    maxconn: integer({
      min: 1,
      max: 2_000_000,
      doc: 'Connections of clients that are served at a time; more wait to be accepted. Where it is not set, HAProxy takes what the limits of its process allow.',
    }),
  },
  apply({ maxconn: connections }, { global }) {
    if (connections !== undefined) global.add(haproxy`maxconn ${connections}`);
  },
});
