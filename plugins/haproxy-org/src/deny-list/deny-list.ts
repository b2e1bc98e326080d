import { addressLists, type AnyFamily, family, haproxy } from '@signalbox/core';
import { isListed } from '../listed.js';

/**
 * Turns some clients away.
 * @see {@link https://docs.haproxy.org/3.2/configuration.html#4.2-http-request%20deny | HAProxy: http-request deny}
 * @public
 */
export const denyList: AnyFamily = family({
  name: 'deny-list',
  since: '0.1.0',
  scopes: ['global', 'ingress'],
  on: 'route',
  keys: {
    'deny-list': addressLists({
      guard: true,
      aliases: ['blacklist'],
      doc: 'Addresses and networks whose clients are answered 403.',
    }),
  },
  apply({ 'deny-list': listed }, { route }) {
    if (listed === undefined) return;
    route.add(haproxy`http-request deny deny_status 403 if ${isListed(route, 'deny-list', listed)}`);
  },
});
