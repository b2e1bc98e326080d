import type { Resource, ResourceKind } from '@signalbox/core';

/**
 * networking.k8s.io/v1 Ingress, as far as it is read here. What a manifest may leave empty can be `null`.
 * @see {@link https://kubernetes.io/docs/reference/kubernetes-api/service-resources/ingress-v1/ | Kubernetes: Ingress}
 * @public
 */
export interface Ingress extends Resource {
  readonly spec?: IngressSpec | null;
}

/** @public */
export interface IngressSpec {
  readonly ingressClassName?: string | null;
  readonly defaultBackend?: IngressBackend | null;
  readonly rules?: readonly (IngressRule | null)[] | null;
  readonly tls?: readonly (IngressTls | null)[] | null;
}

/** Paths of one host. @public */
export interface IngressRule {
  /** A DNS name, or `*.` and a DNS name; absent or empty: any host. */
  readonly host?: string | null;
  readonly http?: { readonly paths?: readonly (IngressPath | null)[] | null } | null;
}

/** @public */
export interface IngressPath {
  readonly path?: string | null;
  /** `Exact`, `Prefix` or `ImplementationSpecific`. */
  readonly pathType?: string | null;
  readonly backend?: IngressBackend | null;
}

/** Either a Service, or an object of another kind in the same namespace. @public */
export interface IngressBackend {
  readonly service?: {
    readonly name?: string | null;
    readonly port?: { readonly number?: number | null; readonly name?: string | null } | null;
  } | null;
  readonly resource?: { readonly apiGroup?: string | null; readonly kind?: string | null; readonly name?: string | null } | null;
}

/** @public */
export interface IngressTls {
  readonly hosts?: readonly (string | null)[] | null;
  readonly secretName?: string | null;
}

/** @public */
export const ingressKind: ResourceKind<Ingress> = {
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'Ingress',
  plural: 'ingresses',
  namespaced: true,
};
