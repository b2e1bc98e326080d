import { type AnyFamily, boolean, family, haproxy } from '@signalbox/core';

/**
 * Tells servers the address of the client. What the client itself says there is removed: anybody can write it. Switched off, the
 * header goes through as it came.
 * @see {@link https://docs.haproxy.org/3.2/configuration.html#4.2-option%20forwardfor | HAProxy: option forwardfor}
 * @public
 */
export const forwardedFor: AnyFamily = family({
  name: 'forwarded-for',
  since: '0.1.0',
  scopes: ['global', 'ingress', 'service'],
  on: 'pool',
  keys: {
    'forwarded-for': boolean({
      fallback: true,
      doc: 'Whether requests reach servers with the address of their client in X-Forwarded-For.',
    }),
  },
  apply({ 'forwarded-for': isTold }, { pool }) {
    if (!isTold) return;
    pool.add(haproxy`http-request del-header X-Forwarded-For`);
    pool.add(haproxy`option forwardfor`);
  },
});
