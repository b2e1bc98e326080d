import { type AnyFamily, family, haproxy } from '@signalbox/core';
import { headerLines } from '../header-lines.js';

/**
 * Headers of answers.
 * @see {@link https://docs.haproxy.org/3.2/configuration.html#4.2-http-response%20set-header | HAProxy: http-response set-header}
 * @public
 */
export const responseSetHeader: AnyFamily = family({
  name: 'response-set-header',
  since: '0.1.0',
  scopes: ['global', 'ingress'],
  on: 'route',
  keys: {
    'response-set-header': headerLines({
      doc: 'Headers that answers of servers have when they reach the client, one "NAME VALUE" a line, in place of what they came with. Values are literal text.',
    }),
  },
  apply({ 'response-set-header': headers }, { route }) {
    for (const { name, value } of headers ?? []) route.add(haproxy`http-response set-header ${name} ${value}`);
  },
});
