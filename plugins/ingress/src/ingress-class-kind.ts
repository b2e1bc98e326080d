import type { Resource, ResourceKind } from '@signalbox/core';

/**
 * networking.k8s.io/v1 IngressClass.
 * @see {@link https://kubernetes.io/docs/concepts/services-networking/ingress/#ingress-class | Kubernetes: Ingress class}
 * @public
 */
export interface IngressClass extends Resource {
  readonly spec?: {
    /** Names the controller that serves the class: `haproxy.org/ingress-controller`. */
    readonly controller?: string | null;
  } | null;
}

/** @public */
export const ingressClassKind: ResourceKind<IngressClass> = {
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'IngressClass',
  plural: 'ingressclasses',
  namespaced: false,
};
