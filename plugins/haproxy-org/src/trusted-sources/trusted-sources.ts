import { type AnyFamily, family, networks } from '@signalbox/core';

/**
 * Believes what proxies in front of HAProxy say of the way of a request.
 * @public
 */
export const trustedSources: AnyFamily = family({
  name: 'trusted-sources',
  since: '0.1.0',
  scopes: ['global'],
  on: 'listener',
  keys: {
    'trusted-sources': networks({
      doc: 'Addresses and networks of proxies whose X-Forwarded-For, -Host, -Port and -Proto are kept; of all others they are replaced. Counts in place of --trusted-sources.',
    }),
  },
  apply({ 'trusted-sources': listed }, { listener }) {
    if (listed !== undefined) listener.trust(listed);
  },
});
