import type { ObjectMeta, Resource } from './resource.js';

/** No field of Kubernetes is named like this. */
const mark = 'signalbox/refused';

interface MarkedMeta extends ObjectMeta {
  readonly [mark]?: readonly string[];
}

/** The object with a note of the fields for which HAProxy refuses what it leads to. It is a row like any other: those who read it see the note. */
export function withRefusedFields<T extends Resource>(object: T, fields: readonly string[]): T {
  const metadata: MarkedMeta = { ...object.metadata, [mark]: fields };
  return { ...object, metadata };
}

/** The fields that are noted on an object; nearly always none. */
export function refusedFields({ metadata }: Resource): readonly string[] {
  return (metadata as MarkedMeta)[mark] ?? none;
}

const none: readonly string[] = [];
