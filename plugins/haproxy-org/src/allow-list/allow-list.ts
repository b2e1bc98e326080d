import { addressLists, type AnyFamily, family, haproxy } from '@signalbox/core';
import { isListed } from '../listed.js';

/**
 * Serves some clients only.
 * @see {@link https://docs.haproxy.org/3.2/configuration.html#4.2-http-request%20deny | HAProxy: http-request deny}
 * @public
 */
export const allowList: AnyFamily = family({
  name: 'allow-list',
  since: '0.1.0',
  scopes: ['global', 'ingress'],
  on: 'route',
  keys: {
    'allow-list': addressLists({
      guard: true,
      aliases: ['whitelist'],
      doc: 'Addresses and networks whose clients are served; all others are answered 403.',
    }),
  },
  apply({ 'allow-list': listed }, { route }) {
    if (listed === undefined) return;
    route.add(haproxy`http-request deny deny_status 403 unless ${isListed(route, 'allow-list', listed)}`);
  },
});
