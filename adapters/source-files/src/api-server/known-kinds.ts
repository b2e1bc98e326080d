import { configMapShape } from './config-map.js';
import { endpointSliceDefaults, endpointSliceShape } from './endpoint-slice.js';
import { endpointsShape, isMirrored, sliceFromEndpoints } from './endpoints.js';
import { ingressFromV1beta1, ingressShape, ingressV1beta1Shape } from './ingress.js';
import { ingressClassShape } from './ingress-class.js';
import type { Manifest } from './manifest.js';
import { secretDefaults, secretShape } from './secret.js';
import { serviceDefaults, serviceShape } from './service.js';
import { type Shape, fields } from './shape.js';

/** How the objects of one `apiVersion` and `kind` are read. */
export interface KnownKind {
  /** What the object is once it is read: group, version and kind. */
  readonly as: { readonly group: string; readonly version: string; readonly kind: string };
  readonly shape: (manifest: Manifest) => Shape;
  readonly defaults: (manifest: Manifest) => Manifest;
  /** For kinds of the past. */
  readonly convert?: {
    /** What to write today. */
    readonly advice: string;
    /** Nothing where the object cannot be said in today's kind. */
    readonly toToday: (manifest: Manifest) => Manifest | undefined;
    /** Whether an object can be left out without a word. */
    readonly isNeedless?: (manifest: Manifest) => boolean;
  };
}

const same = (manifest: Manifest): Manifest => manifest;
const ingress = { group: 'networking.k8s.io', version: 'v1', kind: 'Ingress' };
const ingressClass = { ...ingress, kind: 'IngressClass' };
const endpointSlice = { group: 'discovery.k8s.io', version: 'v1', kind: 'EndpointSlice' };
const core = (kind: string): KnownKind['as'] => ({ group: '', version: 'v1', kind });

const oldIngress: KnownKind = {
  as: ingress,
  shape: () => ingressV1beta1Shape,
  defaults: same,
  convert: {
    advice: 'write apiVersion networking.k8s.io/v1, a pathType for each path, and service.name and service.port in each backend',
    toToday: ingressFromV1beta1,
  },
};

const knownKinds: ReadonlyMap<string, KnownKind> = new Map<string, KnownKind>([
  ['networking.k8s.io/v1 Ingress', { as: ingress, shape: () => ingressShape, defaults: same }],
  ['networking.k8s.io/v1beta1 Ingress', oldIngress],
  ['extensions/v1beta1 Ingress', oldIngress],
  ['networking.k8s.io/v1 IngressClass', { as: ingressClass, shape: () => ingressClassShape, defaults: same }],
  ['networking.k8s.io/v1beta1 IngressClass', renamed(ingressClass, () => ingressClassShape, same)],
  ['discovery.k8s.io/v1 EndpointSlice', { as: endpointSlice, shape: endpointSliceShape, defaults: endpointSliceDefaults }],
  ['discovery.k8s.io/v1beta1 EndpointSlice', renamed(endpointSlice, endpointSliceShape, endpointSliceDefaults)],
  ['v1 Service', { as: core('Service'), shape: () => serviceShape, defaults: serviceDefaults }],
  ['v1 Secret', { as: core('Secret'), shape: () => secretShape, defaults: secretDefaults }],
  ['v1 ConfigMap', { as: core('ConfigMap'), shape: () => configMapShape, defaults: same }],
  ['v1 Namespace', { as: core('Namespace'), shape: () => fields({}), defaults: same }],
  [
    'v1 Endpoints',
    {
      as: endpointSlice,
      shape: () => endpointsShape,
      defaults: endpointSliceDefaults,
      convert: { advice: 'write an EndpointSlice of discovery.k8s.io/v1', toToday: sliceFromEndpoints, isNeedless: isMirrored },
    },
  ],
]);

/** How this kind is read; nothing for kinds of plugins. */
export function knownKind(apiVersion: string, kind: string): KnownKind | undefined {
  return knownKinds.get(`${apiVersion} ${kind}`);
}

/** Every kind that is read here, in every version, as `apiVersion kind`. */
export function knownKindNames(): Iterable<string> {
  return knownKinds.keys();
}

/** Whether the kind is one of Kubernetes' own that is read here in some version. */
export function isKnownGroupKind(group: string, kind: string): boolean {
  return knownKinds.values().some(({ as }) => as.group === group && as.kind === kind);
}

function renamed(as: KnownKind['as'], shape: KnownKind['shape'], defaults: KnownKind['defaults']): KnownKind {
  const apiVersion = `${as.group}/${as.version}`;
  return {
    as,
    shape,
    defaults,
    convert: { advice: `write apiVersion ${apiVersion}`, toToday: (manifest) => ({ ...manifest, apiVersion }) },
  };
}
