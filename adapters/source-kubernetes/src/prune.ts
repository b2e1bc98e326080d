import { endpointSliceKind, kindKey, type Resource, type ResourceKind, serviceKind } from '@signalbox/core';
import { isObject } from './api-failure.js';
import type { WireMetadata, WireObject } from './wire.js';

/** Fields of `metadata` that nobody reads. */
const unread: ReadonlySet<string> = new Set([
  // Who set which field: often more than half of an object.
  'managedFields',
  // For the garbage collector; an EndpointSlice names its Service by a label.
  'ownerReferences',
  // What the API server keeps for itself.
  'finalizers',
  'selfLink',
  'generateName',
]);

/** Annotations in which `kubectl apply` keeps a copy of the object: of a Secret, all of its data once more. */
const copies: ReadonlySet<string> = new Set(['kubectl.kubernetes.io/last-applied-configuration']);

/** Kinds of which nobody reads the status. That of Ingresses we write ourselves. */
const statusUnread: ReadonlySet<string> = new Set([serviceKind, { group: 'networking.k8s.io', kind: 'Ingress' }].map(kindKey));
const status: ReadonlySet<string> = new Set(['status']);

/** Fields of an endpoint that nobody reads: which Pod on which node it is. There may be a hundred thousand. */
const unreadOfEndpoints: ReadonlySet<string> = new Set(['targetRef', 'nodeName', 'zone', 'hostname', 'deprecatedTopology']);

/** The object without what nobody reads, and with `apiVersion` and `kind`, without which objects in a list come. */
export function prune(object: WireObject, kind: ResourceKind): Resource {
  const { group, version } = kind;
  return {
    ...prunedFields(object, kindKey(kind)),
    apiVersion: group === '' ? version : [group, version].join('/'),
    kind: kind.kind,
    metadata: prunedMetadata(object.metadata),
  };
}

const sliceKey = kindKey(endpointSliceKind);

function prunedFields(object: WireObject, kind: string): WireObject {
  if (statusUnread.has(kind)) return without(object, status);
  return kind === sliceKey ? prunedSlice(object) : object;
}

function prunedSlice(slice: WireObject & { readonly endpoints?: unknown }): WireObject {
  const { endpoints } = slice;
  if (!Array.isArray(endpoints)) return slice;
  const pruned = endpoints.map((endpoint: unknown) => (isObject(endpoint) ? without(endpoint, unreadOfEndpoints) : endpoint));
  return { ...slice, endpoints: pruned } as WireObject;
}

function prunedMetadata(metadata: WireMetadata): WireMetadata {
  const kept = without(metadata, unread);
  return kept.annotations === undefined ? kept : { ...kept, annotations: without(kept.annotations, copies) };
}

/** A copy with the other keys only; made key by key, as deleting would leave a slow object. */
function without<T extends object>(from: T, keys: ReadonlySet<string>): T {
  const names = Object.keys(from);
  if (!names.some((name) => keys.has(name))) return from;
  const kept: Record<string, unknown> = {};
  for (const name of names) if (!keys.has(name)) kept[name] = (from as Readonly<Record<string, unknown>>)[name];
  return kept as T;
}
