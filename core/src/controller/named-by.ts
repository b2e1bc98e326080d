import { patternPath } from '../haproxy/pattern-file.js';
import { type ConfigMap, configMapKind, secretKind } from '../resource/kinds.js';
import { kindKey, type ObjectRef, type Resource } from '../resource/resource.js';

/** How lines of HAProxy, and values of the operator's ConfigMap, name some objects: Secrets by their names, ConfigMaps by their pattern files. */
export interface NamesInTexts {
  readonly secrets: readonly string[];
  readonly files: readonly string[];
}

export function namesInTexts(refs: readonly ObjectRef[], held: (ref: ObjectRef) => Resource | undefined): NamesInTexts {
  const of = (kind: { readonly group: string; readonly kind: string }): ObjectRef[] => refs.filter((ref) => kindKey(ref) === kindKey(kind));
  return {
    secrets: of(secretKind).map(({ name }) => name),
    files: of(configMapKind).flatMap((ref) => Object.keys((held(ref) as ConfigMap | undefined)?.data ?? {}).map(patternPath)),
  };
}

/** Whether texts of an object hold one of the names. */
export function namesAny(object: Resource | undefined, { secrets, files }: NamesInTexts): boolean {
  const { data } = (object as ConfigMap | undefined) ?? {};
  const names = data === undefined ? files : [...secrets, ...files];
  if (names.length === 0) return false;
  return Object.values(data ?? object?.metadata.annotations ?? {}).some((text) => names.some((name) => text.includes(name)));
}
