import { type AnyFamily, boolean, family, haproxy } from '@signalbox/core';

/**
 * Tells servers the address of the client. What clients themselves say there is removed before, whether this is on or off, unless they
 * are trusted sources: then the address is added to what they say.
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
    if (isTold) pool.add(haproxy`option forwardfor`);
  },
});
