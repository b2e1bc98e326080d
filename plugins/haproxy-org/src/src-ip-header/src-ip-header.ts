import { type AnyFamily, family, haproxy } from '@signalbox/core';
import { headerName } from '../header-name.js';

/**
 * Takes the address of the client from a header, for all that goes by it: lists, limits, what servers are told.
 * @see {@link https://docs.haproxy.org/3.2/configuration.html#4.2-http-request%20set-src | HAProxy: http-request set-src}
 * @public
 */
export const srcIpHeader: AnyFamily = family({
  name: 'src-ip-header',
  since: '0.1.0',
  scopes: ['global', 'ingress'],
  on: 'route',
  keys: {
    'src-ip-header': headerName({
      guard: true,
      doc: 'Header that holds the address of the client, for lists and limits; of several values the last. Set it where a proxy writes the header: any client could. Requests without it keep the address that they come from.',
    }),
  },
  apply({ 'src-ip-header': header }, { route }) {
    if (header !== undefined) route.add(haproxy`http-request set-src hdr(${header})`);
  },
});
