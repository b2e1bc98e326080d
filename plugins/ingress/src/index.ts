export { ingress } from './ingress.js';
export type { IngressOptions } from './ingress.js';
export type { ClassOptions } from './class-selection.js';
export { ingressKind } from './ingress-kind.js';
export type { Ingress, IngressBackend, IngressPath, IngressRule, IngressSpec, IngressTls } from './ingress-kind.js';
export { ingressClassKind } from './ingress-class-kind.js';
export type { IngressClass } from './ingress-class-kind.js';
