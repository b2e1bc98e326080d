import { type AnyFamily, family, haproxy } from '@signalbox/core';
import { checkRequest } from './check-request.js';

/**
 * Health checks by an HTTP request. Without checks it says nothing.
 * @see {@link https://docs.haproxy.org/3.2/configuration.html#4.2-option%20httpchk | HAProxy: option httpchk}
 * @public
 */
export const checkHttp: AnyFamily = family({
  name: 'check-http',
  since: '0.1.0',
  scopes: ['global', 'ingress', 'service'],
  on: 'pool',
  keys: {
    'check-http': checkRequest({
      doc: 'Request of a health check: URI (asked for by OPTIONS), METHOD URI, or METHOD URI VERSION. A status of 2xx or 3xx is good.',
    }),
  },
  apply({ 'check-http': request }, { pool }) {
    if (request === undefined) return;
    const { method, uri, version } = request;
    pool.add(version === undefined ? haproxy`option httpchk ${method} ${uri}` : haproxy`option httpchk ${method} ${uri} ${version}`);
    // HTTP/1.1 without a Host is answered 400; HAProxy adds none.
    if (version === 'HTTP/1.1') pool.add(haproxy`http-check send hdr Host localhost`);
  },
});
