import { addressLists, type AnyFamily, duration, family, haproxy, integer, not, oneOfNumbers } from '@signalbox/core';
import { isListed } from '../listed.js';
import { tableSize } from './table-size.js';

/** What every HAProxy since 2.6 can deny with. */
const statuses = [200, 400, 401, 403, 404, 405, 407, 408, 410, 413, 421, 422, 425, 429, 500, 501, 502, 503, 504] as const;

/**
 * Turns clients away that ask too often. Each Ingress counts for itself, over all its hosts, paths and Services.
 * @see {@link https://docs.haproxy.org/3.2/configuration.html#7.3.3-sc0_http_req_rate | HAProxy: sc_http_req_rate}
 * @public
 */
export const rateLimit: AnyFamily = family({
  name: 'rate-limit',
  since: '0.1.0',
  scopes: ['global', 'ingress'],
  on: 'route',
  keys: {
    'rate-limit-requests': integer({
      min: 1,
      guard: true,
      doc: 'Requests that one client address may send in a period; those above are turned away.',
    }),
    'rate-limit-period': duration({ minMs: 1, guard: true, fallback: '1s', doc: 'Length of the period in which requests are counted.' }),
    'rate-limit-size': tableSize({
      fallback: '100k',
      doc: 'How many clients are counted at a time, by all Ingresses of the same period and size together; above it, those who were silent longest are forgotten.',
    }),
    'rate-limit-status-code': oneOfNumbers(statuses, { fallback: 403, doc: 'Status of the answer above the limit.' }),
    'rate-limit-whitelist': addressLists({ doc: 'Addresses and networks whose clients have no limit.' }),
  },
  apply(
    {
      'rate-limit-requests': limit,
      'rate-limit-period': period,
      'rate-limit-size': size,
      'rate-limit-status-code': status,
      'rate-limit-whitelist': unlimited,
    },
    { route },
  ) {
    if (limit === undefined) return;
    const requests = route.track({ by: 'src', counter: 'http_req_rate', period, size });
    // Strictly greater: the request that reaches the limit is still served.
    route.add(
      unlimited === undefined
        ? haproxy`http-request deny deny_status ${status} if { ${requests} gt ${limit} }`
        : haproxy`http-request deny deny_status ${status} if { ${requests} gt ${limit} } ${not(isListed(route, 'rate-limit-whitelist', unlimited))}`,
    );
  },
});
