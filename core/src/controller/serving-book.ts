import { objectId, type ObjectRef } from '../resource/resource.js';
import type { Delta, Table } from '../table/index.js';
import type { ServingChange } from './reporter.js';

/** Knows which objects have routes, and which of them HAProxy has taken up. Its work is that of what changed. */
export class ServingBook {
  readonly #owners: Table<ObjectRef>;
  /** By object: whether it has routes, and since which commit. */
  readonly #pending = new Map<string, { readonly ref: ObjectRef; readonly has: boolean; readonly commit: number }>();
  readonly #told = new Set<string>();
  #isEmpty = true;
  #hasTold = false;

  /** @param owners - The objects that have routes. */
  constructor(owners: Table<ObjectRef>) {
    this.#owners = owners;
  }

  /** After a commit. @param commit - Its number. */
  update(delta: Delta, commit: number): void {
    if (this.#isEmpty) {
      this.#isEmpty = false;
      for (const ref of this.#owners.rows.values()) this.#pending.set(objectId(ref), { ref, has: true, commit });
      return;
    }
    for (const { before, after } of delta.changes(this.#owners).values()) {
      const ref = after ?? before;
      if (ref !== undefined) this.#pending.set(objectId(ref), { ref, has: after !== undefined, commit });
    }
  }

  /** All targets have what was committed up to a commit. Returns what is new of that, the first time also where nothing is. */
  taken(commit: number): ServingChange | undefined {
    const due = [...this.#pending].filter(([, pending]) => pending.commit <= commit);
    const [added, removed]: [ObjectRef[], ObjectRef[]] = [[], []];
    for (const [id, { ref, has }] of due) {
      this.#pending.delete(id);
      if (has === this.#told.has(id)) continue;
      if (has) this.#told.add(id);
      else this.#told.delete(id);
      (has ? added : removed).push(ref);
    }
    const isFirst = !this.#hasTold;
    this.#hasTold = true;
    return isFirst || added.length + removed.length > 0 ? { added, removed } : undefined;
  }
}
