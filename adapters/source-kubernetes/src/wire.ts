import type { ObjectRef, ResourceKind } from '@signalbox/core';
import { isObject } from './api-failure.js';

/** An object as it comes over the wire, before it is known to be usable. */
export interface WireObject {
  readonly metadata: WireMetadata;
}

export interface WireMetadata {
  readonly name: string;
  readonly namespace?: string;
  readonly resourceVersion?: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** For objects of which only `metadata` is wanted. */
export const metadataOnly = {
  object: 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1',
  list: 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1',
} as const;

/** Whether an object has the names that tell it from others. */
export function isNamed(value: unknown, { namespaced }: ResourceKind): value is WireObject {
  if (!isObject(value) || !isObject(value['metadata'])) return false;
  const { name, namespace } = value['metadata'];
  return isText(name) && (namespaced ? isText(namespace) : true);
}

/** The version of a list or an object; empty where there is none. */
export function versionOf(value: unknown): string {
  const metadata = isObject(value) ? value['metadata'] : undefined;
  const version = isObject(metadata) ? metadata['resourceVersion'] : undefined;
  return typeof version === 'string' ? version : '';
}

/** The reference to an object of a kind, from its key among those. */
export function refTo({ group, kind }: ResourceKind, key: string): ObjectRef {
  const slash = key.indexOf('/');
  return { group, kind, namespace: slash < 0 ? '' : key.slice(0, slash), name: key.slice(slash + 1) };
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}
