import type { Collection } from '../resource/collection.js';
import { kindKey, objectId, objectKey, type ObjectRef, refOf, type Resource } from '../resource/resource.js';
import type { Delta, Table } from '../table/index.js';
import type { ServingChange } from './reporter.js';

/** An object as of a commit. */
interface Pending {
  readonly ref: ObjectRef;
  readonly has: boolean;
  readonly uid: string | undefined;
  readonly commit: number;
}

/** Knows which objects have routes, and which of them HAProxy has taken up. Its work is that of what changed. */
export class ServingBook {
  readonly #owners: Table<ObjectRef>;
  /** Of the objects themselves, by kind. */
  readonly #objects: ReadonlyMap<string, Table<Resource>>;
  /** By object: whether it has routes, and since which commit. */
  readonly #pending = new Map<string, Pending>();
  /** By object, the uid: one that is made anew has the name of the one before, and nothing else of it. */
  readonly #told = new Map<string, string | undefined>();
  #isEmpty = true;
  #hasTold = false;

  /** @param owners - The objects that have routes. */
  constructor({ owners, collection }: { readonly owners: Table<ObjectRef>; readonly collection: Collection }) {
    this.#owners = owners;
    this.#objects = new Map(collection.kinds.map((kind) => [kindKey(kind), collection.table(kind)]));
  }

  /** After a commit. @param commit - Its number. */
  update(delta: Delta, commit: number): void {
    if (this.#isEmpty) {
      this.#isEmpty = false;
      for (const ref of this.#owners.rows.values()) this.#note(ref, commit);
      return;
    }
    for (const { before, after } of delta.changes(this.#owners).values()) this.#note(after ?? before, commit);
    for (const objects of this.#objects.values()) {
      for (const { before, after } of delta.changes(objects).values())
        if (before !== undefined && after !== undefined && before.metadata.uid !== after.metadata.uid) this.#note(refOf(after), commit);
    }
  }

  /** All targets have what was committed up to a commit. Returns what is new of that, the first time also where nothing is. */
  taken(commit: number): ServingChange | undefined {
    const due = [...this.#pending].filter(([, pending]) => pending.commit <= commit);
    const [added, removed]: [ObjectRef[], ObjectRef[]] = [[], []];
    for (const [id, { ref, has, uid }] of due) {
      this.#pending.delete(id);
      if (has === this.#told.has(id) && uid === this.#told.get(id)) continue;
      if (has) this.#told.set(id, uid);
      else this.#told.delete(id);
      (has ? added : removed).push(ref);
    }
    const isFirst = !this.#hasTold;
    this.#hasTold = true;
    return isFirst || added.length + removed.length > 0 ? { added, removed } : undefined;
  }

  #note(ref: ObjectRef | undefined, commit: number): void {
    if (ref === undefined) return;
    const id = objectId(ref);
    const has = this.#owners.rows.has(id);
    if (!has && !this.#told.has(id) && !this.#pending.has(id)) return;
    const uid = has ? this.#objects.get(kindKey(ref))?.rows.get(objectKey(ref))?.metadata.uid : undefined;
    this.#pending.set(id, { ref, has, uid, commit });
  }
}
