import type { ObjectRef, ResourceKind } from '@signalbox/core';

/** The part of a kind that leads to it. */
export type KindPath = Pick<ResourceKind, 'group' | 'version' | 'plural'>;

/** `/apis/networking.k8s.io/v1/ingresses`, in all namespaces or in one. */
export function listPath({ group, version, plural }: KindPath, namespace?: string): string {
  const api = group === '' ? ['/api', version] : ['/apis', group, version];
  return [...api, ...(namespace ? ['namespaces', encodeURIComponent(namespace)] : []), plural].join('/');
}

/** The path of one object. */
export function objectPath(kind: KindPath, { namespace, name }: Pick<ObjectRef, 'namespace' | 'name'>): string {
  return [listPath(kind, namespace), encodeURIComponent(name)].join('/');
}
