import { type AnyFamily, family, haproxy } from '@signalbox/core';
import { algorithm } from './algorithm.js';

const isHash = /^(?:source|uri|url_param|hdr|rdp-cookie)\b/;

/**
 * Balancing algorithm of a pool.
 * @see {@link https://docs.haproxy.org/3.2/configuration.html#4.2-balance | HAProxy: balance}
 * @public
 */
export const loadBalance: AnyFamily = family({
  name: 'load-balance',
  since: '0.1.0',
  scopes: ['global', 'ingress', 'service'],
  on: 'pool',
  keys: {
    'load-balance': algorithm({
      fallback: 'roundrobin',
      doc: 'How a server is chosen for a request, in the words of HAProxy\'s "balance".',
    }),
  },
  apply({ 'load-balance': words }, { pool }) {
    pool.add(haproxy`balance ${words}`);
    // Few clients change their server when servers come and go, and HAProxy takes them up without a reload.
    if (isHash.test(words[0] ?? '')) pool.add(haproxy`hash-type consistent`);
  },
});
