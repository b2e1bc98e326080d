import { type AnyFamily, authoritiesRef, boolean, certificateRef, family, haproxy } from '@signalbox/core';

/**
 * TLS to the servers of a pool, for health checks too. An authority or a certificate of our own implies it. No SNI is sent and no name is
 * compared: with an authority any certificate that it signed is taken.
 * @see {@link https://docs.haproxy.org/3.2/configuration.html#5.2-ssl | HAProxy: ssl}
 * @public
 */
export const serverSsl: AnyFamily = family({
  name: 'server-ssl',
  since: '0.1.0',
  scopes: ['global', 'ingress', 'service'],
  on: 'pool',
  keys: {
    'server-ssl': boolean({
      fallback: false,
      doc: 'Whether servers are spoken to over TLS. Their certificates are not verified unless "server-ca" says by whom.',
    }),
    'server-ca': authoritiesRef({
      guard: true,
      doc: 'Secret with the authorities, one of which must have signed the certificate of a server; implies TLS. Names are not compared.',
    }),
    'server-crt': certificateRef({
      guard: true,
      doc: 'Secret with the certificate that HAProxy shows to servers; implies TLS.',
    }),
  },
  apply({ 'server-ssl': isAsked, 'server-ca': authorities, 'server-crt': certificate }, { pool }) {
    if (!isAsked && authorities === undefined && certificate === undefined) return;
    // A request of a health check is one of HTTP/1: as HTTP/2 it needs a Host, and HAProxy 2.6 cannot send it at all.
    pool.add(haproxy`default-server ssl alpn h2,http/1.1 check-alpn http/1.1`);
    if (authorities === undefined) pool.add(haproxy`default-server verify none`);
    else pool.add(haproxy`default-server verify required ca-file ${pool.certificate('authorities', authorities)}`);
    if (certificate !== undefined) pool.add(haproxy`default-server crt ${pool.certificate('certificate', certificate)}`);
  },
});
