import { type AnyFamily, boolean, family, haproxy, integer, oneOfNumbers } from '@signalbox/core';

/**
 * Sends requests that came over plain HTTP to the same host, path and query over HTTPS.
 * @see {@link https://docs.haproxy.org/3.2/configuration.html#4.2-http-request%20redirect | HAProxy: http-request redirect}
 * @public
 */
export const sslRedirect: AnyFamily = family({
  name: 'ssl-redirect',
  since: '0.1.0',
  scopes: ['global', 'ingress'],
  on: 'route',
  keys: {
    'ssl-redirect': boolean({
      doc: 'Whether plain HTTP is sent to HTTPS. Where it is not set: on hosts that the Ingress names in spec.tls.',
    }),
    'ssl-redirect-code': oneOfNumbers([301, 302, 303, 307, 308], { fallback: 302, doc: 'Status of that answer.' }),
    'ssl-redirect-port': integer({
      min: 1,
      max: 65_535,
      doc: 'Port in the URL; 443 is left out of it. Where it is not set: the port of the HTTPS frontend.',
    }),
  },
  apply({ 'ssl-redirect': isWanted, 'ssl-redirect-code': code, 'ssl-redirect-port': ownPort }, { route }) {
    if (!(isWanted ?? route.tls)) return;
    const port = ownPort ?? route.httpsPort;
    // There is no HTTPS to send anybody to.
    if (port === 0) return;
    // The host without the port of plain HTTP; an IPv6 literal keeps its brackets.
    route.add(
      port === 443
        ? haproxy`http-request redirect location https://%[req.fhdr(Host),host_only]%[pathq] code ${code} unless { ${route.isTls} }`
        : haproxy`http-request redirect location https://%[req.fhdr(Host),host_only]:${port}%[pathq] code ${code} unless { ${route.isTls} }`,
    );
  },
});
