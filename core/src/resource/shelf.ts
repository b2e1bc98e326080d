import { dequal } from 'dequal';
import type { Diagnostic } from './diagnostic.js';
import { idOf, kindKey, objectId, type ObjectRef, withoutVersion } from './resource.js';
import type { SourceObject } from './source.js';

/** The objects that one source has written. */
export class Shelf {
  readonly name: string;
  readonly isOperator: boolean;
  /** What it has told that goes with no change of an object. */
  reported: readonly Diagnostic[] = [];
  /** Whether its first full list is here, or nobody waits for it. */
  synced: boolean;
  /** By kind and key. */
  readonly #held: ReadonlyMap<string, Map<string, SourceObject>>;
  /** Objects that are on their way, by kind and key. */
  readonly #expected = new Map<string, ObjectRef>();

  constructor(
    name: string,
    kinds: Iterable<string>,
    { required, isOperator }: { readonly required: boolean; readonly isOperator: boolean },
  ) {
    this.name = name;
    this.isOperator = isOperator;
    this.synced = !required;
    this.#held = new Map([...kinds].map((kind) => [kind, new Map<string, SourceObject>()]));
  }

  get(kind: string, key: string): SourceObject | undefined {
    return this.#held.get(kind)?.get(key);
  }

  /** The keys of one kind, or of all, by kind. */
  keys(only?: string): Map<string, Set<string>> {
    const kinds = [...this.#held].filter(([kind]) => only === undefined || kind === only);
    return new Map(kinds.map(([kind, held]) => [kind, new Set(held.keys())]));
  }

  /** Takes an object of a kind that somebody reads. Returns whether that is a change: it says something else, or has been waited for. */
  put(kind: string, key: string, entry: SourceObject): boolean {
    const held = this.#held.get(kind);
    if (held === undefined) return false;
    const wasExpected = this.#expected.delete(idOf(kind, key));
    if (!wasExpected && saysTheSame(held.get(key), entry)) return false;
    held.set(key, entry);
    return true;
  }

  /** Returns whether it was there. */
  remove(kind: string, key: string): boolean {
    return this.#held.get(kind)?.delete(key) === true;
  }

  /** How many objects are on their way. */
  get expected(): number {
    return this.#expected.size;
  }

  /** None is on its way any more. Returns those that did not come. */
  expectNothing(): readonly ObjectRef[] {
    const missing = [...this.#expected.values()];
    this.#expected.clear();
    return missing;
  }

  /** An object of a kind that somebody reads is on its way. */
  expect(ref: ObjectRef): void {
    if (this.#held.has(kindKey(ref))) this.#expected.set(objectId(ref), ref);
  }

  /** Returns whether it was on its way. */
  expectNoMore(kind: string, key: string): boolean {
    return this.#expected.delete(idOf(kind, key));
  }
}

function saysTheSame(before: SourceObject | undefined, after: SourceObject): boolean {
  if (before === undefined || !dequal(before.location, after.location)) return false;
  return dequal(withoutVersion(before.object), withoutVersion(after.object));
}
