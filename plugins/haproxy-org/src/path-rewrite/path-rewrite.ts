import { type AnyFamily, family, haproxy } from '@signalbox/core';
import { rewriteLines } from './rewrite-lines.js';

/**
 * Changes the path of requests on their way to a server.
 * @see {@link https://docs.haproxy.org/3.2/configuration.html#4.2-http-request%20replace-path | HAProxy: http-request replace-path}
 * @public
 */
export const pathRewrite: AnyFamily = family({
  name: 'path-rewrite',
  since: '0.1.0',
  scopes: ['global', 'ingress'],
  on: 'route',
  keys: {
    'path-rewrite': rewriteLines({
      doc: 'How paths are changed on their way to a server, one "REGEX REPLACEMENT" a line, in this order: a path that matches becomes the replacement; "REPLACEMENT" alone is for every path. In it "\\1" to "\\9" are the groups of the expression, all else is literal.',
    }),
  },
  apply({ 'path-rewrite': rewrites }, { route }) {
    for (const { match, replacement } of rewrites ?? []) route.add(haproxy`http-request replace-path ${match} ${replacement}`);
  },
});
