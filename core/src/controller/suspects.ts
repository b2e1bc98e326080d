import { type ConfigMap, configMapKind, endpointSliceKind, hostAddressesKind, secretKind, serviceKind } from '../resource/kinds.js';
import { kindKey, objectKey, type ObjectRef, type Resource, type ResourceKind } from '../resource/resource.js';

/** An object, or a field of it, that may be what HAProxy refuses. */
export interface Suspect {
  readonly ref: ObjectRef;
  readonly field?: string;
  /** What HAProxy has against it, for people. */
  readonly why: string;
}

/** An object that changed, as the sources hold it now and as HAProxy last took it. */
export interface Changed {
  readonly ref: ObjectRef;
  readonly held: Resource;
  readonly lastGood: Resource | undefined;
}

/**
 * All that may be to blame among what changed; of the operator's ConfigMaps, which are given by key, each field by itself. What others refer
 * to comes last.
 */
export function suspectsAmong(changed: readonly Changed[], configMaps: ReadonlyMap<string, unknown>, why: string): readonly Suspect[] {
  const all = changed.flatMap(({ ref, held, lastGood }) => {
    if (!mayBeToBlame(ref)) return [];
    if (kindKey(ref) !== kindKey(configMapKind)) return [{ ref, why }];
    return configMaps.has(objectKey(ref)) ? changedFields(held, lastGood).map((field) => ({ ref, field, why })) : [];
  });
  return all.toSorted((a, b) => lastToBlame.indexOf(kindKey(a.ref)) - lastToBlame.indexOf(kindKey(b.ref)));
}

/** Whether anything that objects of a kind hold could be what HAProxy refuses. */
export function mayBeToBlame(kind: Pick<ResourceKind, 'group' | 'kind'>): boolean {
  return !neverToBlame.has(kindKey(kind));
}

/** Nothing that they hold reaches HAProxy but for addresses, which are checked. */
const neverToBlame: ReadonlySet<string> = new Set([kindKey(endpointSliceKind), kindKey(hostAddressesKind)]);

/** Of an object and one that it refers to, the latter is found guilty. */
const lastToBlame: readonly string[] = [kindKey(serviceKind), kindKey(configMapKind), kindKey(secretKind)];

function changedFields(now: ConfigMap, before: ConfigMap | undefined): readonly string[] {
  const entries = Object.entries(now.data ?? {}).filter(([key, text]) => before?.data?.[key] !== text);
  return entries.map(([key]) => `data[${key}]`);
}
