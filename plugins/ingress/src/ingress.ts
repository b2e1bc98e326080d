import type { Plugin, Translator } from '@signalbox/core';
import { type ClassOptions, ClassSelection } from './class-selection.js';
import { ingressClassKind } from './ingress-class-kind.js';
import { type Ingress, ingressKind } from './ingress-kind.js';
import { translateIngress } from './translate-ingress.js';

/** What {@link ingress} takes. @public */
export type IngressOptions = ClassOptions;

/**
 * Routes from networking.k8s.io/v1 Ingresses: those of our classes, and those without a class.
 *
 * @example
 * ```ts
 * createController({ sources, plugins: [ingress({ className: 'haproxy' })], targets });
 * ```
 * @see {@link https://kubernetes.io/docs/concepts/services-networking/ingress/ | Kubernetes: Ingress}
 * @public
 */
export function ingress(options: IngressOptions = {}): Plugin {
  const classes = new ClassSelection(options);
  const translator: Translator<Ingress> = {
    kind: ingressKind,
    reads: [ingressClassKind],
    scope: 'ingress',
    translate(object, context) {
      if (classes.takes(object, context)) translateIngress(object, context);
    },
  };
  return { name: 'ingress', translators: [translator] };
}
