import { configMapKind, endpointSliceKind, kindKey, type ResourceKind, secretKind, serviceKind } from '@signalbox/core';

const group = 'networking.k8s.io';

export const ingressKind: ResourceKind = { group, version: 'v1', kind: 'Ingress', plural: 'ingresses', namespaced: true };
const ingressClassKind: ResourceKind = { group, version: 'v1', kind: 'IngressClass', plural: 'ingressclasses', namespaced: false };

const usual = [ingressKind, ingressClassKind, serviceKind, endpointSliceKind, secretKind, configMapKind];

/** The kinds of objects on which Events are written, by {@link kindKey}. @param more - Those of the host's own plugins. */
export function toldKinds(more: readonly ResourceKind[] = []): ReadonlyMap<string, ResourceKind> {
  return new Map([...usual, ...more].map((kind) => [kindKey(kind), kind]));
}
