import type { Resource, ResourceKind } from './resource.js';

/** A port of a Service. @public */
export interface ServicePort {
  readonly name?: string;
  readonly protocol?: string;
  readonly port: number;
  readonly targetPort?: number | string;
  readonly appProtocol?: string;
}

/** v1 Service. @see {@link https://kubernetes.io/docs/concepts/services-networking/service/ | Kubernetes: Service} @public */
export interface Service extends Resource {
  readonly spec?: {
    readonly type?: string;
    readonly clusterIP?: string;
    readonly externalName?: string;
    readonly ports?: readonly ServicePort[];
  };
}

/** One endpoint of an EndpointSlice. @public */
export interface SliceEndpoint {
  readonly addresses: readonly string[];
  readonly conditions?: { readonly ready?: boolean; readonly serving?: boolean; readonly terminating?: boolean };
}

/** discovery.k8s.io/v1 EndpointSlice. @see {@link https://kubernetes.io/docs/concepts/services-networking/endpoint-slices/ | Kubernetes: EndpointSlices} @public */
export interface EndpointSlice extends Resource {
  readonly addressType: string;
  readonly endpoints?: readonly SliceEndpoint[];
  readonly ports?: readonly { readonly name?: string; readonly protocol?: string; readonly port?: number }[];
}

/** v1 Secret. Values are base64. @public */
export interface Secret extends Resource {
  readonly type?: string;
  readonly data?: Readonly<Record<string, string>>;
}

/** v1 ConfigMap. @public */
export interface ConfigMap extends Resource {
  readonly data?: Readonly<Record<string, string>>;
}

/**
 * What the resolver of the system says of a host name; written by a source of names, never read from a cluster.
 * Its object's name is the host name.
 * @public
 */
export interface HostAddresses extends Resource {
  /** IPv4 and IPv6 addresses, sorted; empty when the name does not resolve. */
  readonly addresses: readonly string[];
}

/** @public */
export const serviceKind: ResourceKind<Service> = { group: '', version: 'v1', kind: 'Service', plural: 'services', namespaced: true };

/** @public */
export const endpointSliceKind: ResourceKind<EndpointSlice> = {
  group: 'discovery.k8s.io',
  version: 'v1',
  kind: 'EndpointSlice',
  plural: 'endpointslices',
  namespaced: true,
};

/** @public */
export const secretKind: ResourceKind<Secret> = {
  group: '',
  version: 'v1',
  kind: 'Secret',
  plural: 'secrets',
  namespaced: true,
  wanted: 'referenced',
};

/** @public */
export const configMapKind: ResourceKind<ConfigMap> = {
  group: '',
  version: 'v1',
  kind: 'ConfigMap',
  plural: 'configmaps',
  namespaced: true,
  wanted: 'referenced',
};

/** @public */
export const hostAddressesKind: ResourceKind<HostAddresses> = {
  group: 'signalbox',
  version: 'v1',
  kind: 'HostAddresses',
  plural: 'hostaddresses',
  namespaced: false,
  wanted: 'referenced',
};
