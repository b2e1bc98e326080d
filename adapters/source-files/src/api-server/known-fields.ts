/** Fields of a map; `true` stands for a value in which nobody looks further. A list is looked at item by item. */
export interface KnownFields {
  readonly [field: string]: KnownFields | true;
}

/** The fields in common of all objects. @see {@link https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/object-meta/ | Kubernetes: ObjectMeta} */
const ofAll: KnownFields = {
  apiVersion: true,
  kind: true,
  status: true,
  metadata: {
    name: true,
    generateName: true,
    namespace: true,
    labels: true,
    annotations: true,
    finalizers: true,
    managedFields: true,
    ownerReferences: true,
    uid: true,
    resourceVersion: true,
    generation: true,
    creationTimestamp: true,
    deletionTimestamp: true,
    deletionGracePeriodSeconds: true,
    // Gone from Kubernetes; old exports have them.
    selfLink: true,
    clusterName: true,
  },
};

const reference: KnownFields = { apiGroup: true, kind: true, name: true };
const ingressBackend: KnownFields = { service: { name: true, port: { name: true, number: true } }, resource: reference };

const service: KnownFields = {
  allocateLoadBalancerNodePorts: true,
  clusterIP: true,
  clusterIPs: true,
  externalIPs: true,
  externalName: true,
  externalTrafficPolicy: true,
  healthCheckNodePort: true,
  internalTrafficPolicy: true,
  ipFamilies: true,
  ipFamilyPolicy: true,
  loadBalancerClass: true,
  loadBalancerIP: true,
  loadBalancerSourceRanges: true,
  ports: { appProtocol: true, name: true, nodePort: true, port: true, protocol: true, targetPort: true },
  publishNotReadyAddresses: true,
  selector: true,
  sessionAffinity: true,
  sessionAffinityConfig: true,
  trafficDistribution: true,
  type: true,
  // Gone from Kubernetes.
  ipFamily: true,
  topologyKeys: true,
};

/**
 * What Kubernetes 1.36 knows of the kinds that are read here, by `apiVersion kind`, read or not. Other versions of them are looked at by
 * the API server alone.
 * @see {@link https://kubernetes.io/docs/reference/kubernetes-api/ | Kubernetes: API reference}
 */
export const knownFields: ReadonlyMap<string, KnownFields> = new Map<string, KnownFields>([
  [
    'networking.k8s.io/v1 Ingress',
    {
      ...ofAll,
      spec: {
        defaultBackend: ingressBackend,
        ingressClassName: true,
        rules: { host: true, http: { paths: { path: true, pathType: true, backend: ingressBackend } } },
        tls: { hosts: true, secretName: true },
      },
    },
  ],
  [
    'networking.k8s.io/v1 IngressClass',
    { ...ofAll, spec: { controller: true, parameters: { ...reference, namespace: true, scope: true } } },
  ],
  ['v1 Service', { ...ofAll, spec: service }],
  [
    'discovery.k8s.io/v1 EndpointSlice',
    {
      ...ofAll,
      addressType: true,
      endpoints: {
        addresses: true,
        conditions: { ready: true, serving: true, terminating: true },
        deprecatedTopology: true,
        hints: true,
        hostname: true,
        nodeName: true,
        targetRef: true,
        zone: true,
      },
      ports: { appProtocol: true, name: true, port: true, protocol: true },
    },
  ],
  ['v1 Secret', { ...ofAll, data: true, immutable: true, stringData: true, type: true }],
  ['v1 ConfigMap', { ...ofAll, binaryData: true, data: true, immutable: true }],
]);
