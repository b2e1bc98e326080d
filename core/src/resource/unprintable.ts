import { concealed } from '../concealed.js';
import { type Secret, secretKind } from './kinds.js';
import { groupOf, type Resource } from './resource.js';

/** An object as the tables have it: a Secret shows its names only, wherever it is printed. Annotations may hold a copy of the whole object. */
export function unprintable(object: Resource): Resource {
  if (object.kind !== secretKind.kind || groupOf(object.apiVersion) !== secretKind.group) return object;
  const { data, metadata } = object as Secret;
  const { annotations } = metadata;
  return {
    ...object,
    ...(data && { data: concealed({ ...data }) }),
    ...(annotations && { metadata: { ...metadata, annotations: concealed({ ...annotations }) } }),
  };
}
