import { type AnyFamily, family, haproxy } from '@signalbox/core';
import { headerLines } from '../header-lines.js';

/**
 * Headers of requests.
 * @see {@link https://docs.haproxy.org/3.2/configuration.html#4.2-http-request%20set-header | HAProxy: http-request set-header}
 * @public
 */
export const requestSetHeader: AnyFamily = family({
  name: 'request-set-header',
  since: '0.1.0',
  scopes: ['global', 'ingress'],
  on: 'route',
  keys: {
    'request-set-header': headerLines({
      doc: 'Headers that requests have when they reach a server, one "NAME VALUE" a line, in place of what they came with. Values are literal text.',
    }),
  },
  apply({ 'request-set-header': headers }, { route }) {
    for (const { name, value } of headers ?? []) route.add(haproxy`http-request set-header ${name} ${value}`);
  },
});
