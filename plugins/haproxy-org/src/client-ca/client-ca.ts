import { type AnyFamily, authoritiesRef, boolean, family } from '@signalbox/core';

/**
 * Asks clients of HTTPS for a certificate. Plain HTTP is not concerned: `ssl-redirect` sends it to HTTPS.
 * @see {@link https://docs.haproxy.org/3.2/configuration.html#5.1-ca-file | HAProxy: ca-file}
 * @public
 */
export const clientCa: AnyFamily = family({
  name: 'client-ca',
  since: '0.1.0',
  scopes: ['global'],
  on: 'https',
  keys: {
    'client-ca': authoritiesRef({
      guard: true,
      doc: 'Secret with the authorities, one of which must have signed the certificate that a client of HTTPS shows.',
    }),
    'client-crt-optional': boolean({
      fallback: false,
      doc: 'With "client-ca": whether clients may come without a certificate. One that they show is verified all the same.',
    }),
  },
  apply({ 'client-ca': authorities, 'client-crt-optional': isOptional }, { https }) {
    if (authorities !== undefined) https.clientAuthorities(authorities, isOptional ? 'optional' : 'required');
  },
});
