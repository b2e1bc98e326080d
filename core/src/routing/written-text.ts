import type { Collection } from '../resource/collection.js';
import { kindKey, objectKey, type ObjectRef, type Resource } from '../resource/resource.js';

/** What an object has in a field of its annotations or data; the name of a Secret is shown, a Secret never. */
export function writtenIn(collection: Collection, ref: ObjectRef, field: string): string {
  const kind = collection.kinds.find((each) => kindKey(each) === kindKey(ref));
  const object: Named | undefined = kind && collection.table(kind).rows.get(objectKey(ref));
  const [, part, key = ''] = /^(metadata\.annotations|data)\[(.*)\]$/s.exec(field) ?? [];
  if (part === 'data') return object?.data?.[key] ?? '';
  return object?.metadata.annotations?.[key] ?? '';
}

/** An object that may have `data`, such as a ConfigMap. */
interface Named extends Resource {
  readonly data?: Readonly<Record<string, string>>;
}
