import { dnsSubdomain, isControllerName } from './names.js';
import { type Shape, fields, text } from './shape.js';

export const ingressClassShape: Shape = fields({
  spec: fields({ controller: text(`${dnsSubdomain}, then "/" and a path, as in haproxy.org/ingress-controller`, isControllerName) }),
});
