import {
  type Diagnostic,
  kindKey,
  objectKey,
  type ObjectRef,
  refOf,
  type Resource,
  type ResourceKind,
  type ResourceWriter,
  type SourceObject,
  groupOf,
} from '@signalbox/core';

/** Holds what a source writes, as the controller would, and remembers what was wrong with how it did. */
export class RecordingWriter implements ResourceWriter {
  readonly objects: Map<string, Resource> = new Map();
  /** Calls that no source may make. */
  readonly offences: string[] = [];
  /** What was there when the source said that it was synced. */
  namesAtSync: readonly string[] | undefined;
  /** Set when `run` has returned: nothing is written after that. */
  isOver = false;
  diagnostics: readonly Diagnostic[] = [];
  /** Objects that are said to be on their way. */
  readonly expected: Set<string> = new Set();

  /** The objects by `KIND namespace/name`, sorted. */
  get names(): string[] {
    return [...this.objects.keys()].sort();
  }

  set(object: Resource): void {
    this.#called('set');
    this.#put(object);
  }

  delete(ref: ObjectRef): void {
    this.#called('delete');
    this.expected.delete(nameOf(ref));
    this.objects.delete(nameOf(ref));
  }

  replaceAll(objects: Iterable<SourceObject>, kind?: ResourceKind): void {
    this.#called('replaceAll');
    for (const [name, object] of this.objects) {
      if (kind === undefined || kindKey(kind) === kindKey({ group: groupOf(object.apiVersion), kind: object.kind }))
        this.objects.delete(name);
    }
    for (const { object } of objects) this.#put(object);
  }

  expect(ref: ObjectRef): void {
    this.#called('expect');
    this.expected.add(nameOf(ref));
  }

  report(diagnostics: readonly Diagnostic[]): void {
    this.#called('report');
    this.diagnostics = diagnostics;
  }

  synced(): void {
    this.#called('synced');
    this.namesAtSync ??= this.names;
  }

  #put(object: Resource): void {
    const name = nameOf(refOf(object));
    this.expected.delete(name);
    // Everyone treats objects as immutable: a source that changes one later throws.
    this.objects.set(name, deepFreeze(object));
  }

  #called(call: string): void {
    if (this.isOver) this.offences.push(`${call} after run had returned`);
  }
}

export function nameOf(ref: ObjectRef): string {
  return `${ref.kind} ${objectKey(ref)}`;
}

function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const each of Object.values(value)) deepFreeze(each);
  return value;
}
