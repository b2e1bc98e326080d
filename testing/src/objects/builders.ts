import type { ConfigMap, EndpointSlice, ObjectMeta, Resource, Secret, Service, ServicePort, SliceEndpoint } from '@signalbox/core';

/** What all builders take of `metadata`. @public */
export interface ObjectDraft {
  readonly name: string;
  /** Default `default`. */
  readonly namespace?: string;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
  /** RFC 3339. */
  readonly created?: string;
}

function metadataOf({ name, namespace = 'default', annotations, labels, created }: ObjectDraft): ObjectMeta {
  return {
    name,
    namespace,
    ...(annotations && { annotations }),
    ...(labels && { labels }),
    ...(created !== undefined && { creationTimestamp: created }),
  };
}

/** A path of {@link ingressOf}, `PATH → SERVICE:PORT`. @public */
export interface PathDraft {
  readonly path?: string;
  /** Default `Prefix`. */
  readonly type?: string;
  readonly service: string;
  /** Default 80. */
  readonly port?: number | string;
}

/** A Service and a port as `spec.rules[].http.paths[].backend` has them. @public */
export interface IngressBackendDraft {
  readonly service: { readonly name: string; readonly port: { readonly number: number } | { readonly name: string } };
}

/** The Ingress that {@link ingressOf} makes. @public */
export interface IngressObject extends Resource {
  readonly spec: {
    readonly ingressClassName?: string;
    readonly defaultBackend?: IngressBackendDraft;
    readonly rules: readonly {
      readonly host?: string;
      readonly http?: {
        readonly paths: readonly { readonly path?: string; readonly pathType: string; readonly backend: IngressBackendDraft }[];
      };
    }[];
    readonly tls?: readonly { readonly hosts?: readonly string[]; readonly secretName?: string }[];
  };
}

/**
 * A networking.k8s.io/v1 Ingress. `rules` has the paths of each host; an empty host is any host.
 * @example
 * ```ts
 * ingressOf({ name: 'shop', rules: { 'shop.example': [{ path: '/', service: 'web' }] } });
 * ```
 * @public
 */
export function ingressOf(
  draft: ObjectDraft & {
    readonly rules?: Readonly<Record<string, readonly PathDraft[]>>;
    readonly defaultBackend?: { readonly service: string; readonly port?: number | string };
    readonly tls?: readonly { readonly hosts?: readonly string[]; readonly secretName?: string }[];
    readonly className?: string;
  },
): IngressObject {
  const { rules = {}, defaultBackend, tls, className } = draft;
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: metadataOf(draft),
    spec: {
      ...(className !== undefined && { ingressClassName: className }),
      ...(defaultBackend && { defaultBackend: backendOf(defaultBackend) }),
      rules: Object.entries(rules).map(([host, paths]) => ({
        ...(host !== '' && { host }),
        ...(paths.length > 0 && {
          http: {
            paths: paths.map(({ path, type = 'Prefix', ...backend }) => ({
              ...(path !== undefined && { path }),
              pathType: type,
              backend: backendOf(backend),
            })),
          },
        }),
      })),
      ...(tls && { tls }),
    },
  };
}

function backendOf({ service, port = 80 }: { readonly service: string; readonly port?: number | string }): IngressBackendDraft {
  return { service: { name: service, port: typeof port === 'number' ? { number: port } : { name: port } } };
}

/** A Service; default: one unnamed port 80. @public */
export function serviceOf(draft: ObjectDraft & { readonly ports?: readonly ServicePort[]; readonly externalName?: string }): Service {
  const { ports = [{ port: 80 }], externalName } = draft;
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: metadataOf(draft),
    spec: { ...(externalName !== undefined && { type: 'ExternalName', externalName }), ports },
  };
}

/** An EndpointSlice of a Service; default name: the Service's with `-1`. Addresses stand for endpoints that are ready. @public */
export function sliceOf(
  draft: Omit<ObjectDraft, 'name'> & {
    readonly name?: string;
    readonly service: string;
    readonly endpoints: readonly (string | SliceEndpoint)[];
    /** Port by name; a number alone is the unnamed port. */
    readonly ports: number | Readonly<Record<string, number>>;
    readonly addressType?: string;
  },
): EndpointSlice {
  const { service, endpoints, ports, addressType = 'IPv4', name = `${service}-1`, labels } = draft;
  const named = typeof ports === 'number' ? { '': ports } : ports;
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: metadataOf({ ...draft, name, labels: { 'kubernetes.io/service-name': service, ...labels } }),
    addressType,
    endpoints: endpoints.map((endpoint) => (typeof endpoint === 'string' ? { addresses: [endpoint] } : endpoint)),
    ports: Object.entries(named).map(([portName, port]) => ({ name: portName, protocol: 'TCP', port })),
  };
}

/** A Secret; `data` is plain text, as in `stringData`. @public */
export function secretOf(draft: ObjectDraft & { readonly data: Readonly<Record<string, string>>; readonly type?: string }): Secret {
  const { data, type = 'Opaque' } = draft;
  const encoded = Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'utf8').toString('base64')]);
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: metadataOf(draft),
    type,
    data: Object.fromEntries(encoded) as Record<string, string>,
  };
}

/** A Secret of type kubernetes.io/tls. @public */
export function tlsSecretOf(draft: ObjectDraft & { readonly certificate: string; readonly key: string }): Secret {
  return secretOf({ ...draft, type: 'kubernetes.io/tls', data: { 'tls.crt': draft.certificate, 'tls.key': draft.key } });
}

/** A ConfigMap. @public */
export function configMapOf(draft: ObjectDraft & { readonly data: Readonly<Record<string, string>> }): ConfigMap {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: metadataOf(draft), data: draft.data };
}
