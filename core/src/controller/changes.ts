import { objectId, type ObjectRef, type Resource } from '../resource/resource.js';

/** One or more changes of an object between two attempts. */
interface Change {
  /** As it was; absent where there was none. */
  readonly before: Resource | undefined;
  /** Number of the last commit that changed it. */
  commit: number;
}

/** What has changed since HAProxy last took everything: who may be to blame for a refusal, and each as it was before. */
export class Changes {
  readonly #byObject = new Map<string, { readonly ref: ObjectRef; changes: Change[] }>();
  /** Number of the last commit. */
  #commit = 0;
  /** Number of the last commit when the last attempt began. */
  #began = 0;

  /** Number of the last commit. */
  get commits(): number {
    return this.#commit;
  }

  /** An attempt to apply begins. Returns the number of the last commit that it sees. */
  begin(): number {
    this.#began = this.#commit;
    return this.#commit;
  }

  /** There is one more commit. Returns its number, from 1. */
  nextCommit(): number {
    this.#commit += 1;
    return this.#commit;
  }

  /** The last commit changed an object. */
  note(ref: ObjectRef, before: Resource | undefined): void {
    const { changes } = this.#of(ref);
    const last = changes.at(-1);
    // Nobody has seen what was in between.
    if (last !== undefined && last.commit > this.#began) last.commit = this.#commit;
    else if (last?.commit !== this.#commit) changes.push({ before, commit: this.#commit });
  }

  /** An object counts again, changed at once from what HAProxy last took of it. */
  renew(ref: ObjectRef, lastGood: Resource | undefined): void {
    this.#of(ref).changes = [{ before: lastGood, commit: this.#commit }];
  }

  /** HAProxy took all that was committed up to a commit. */
  taken(commit: number): void {
    for (const [id, each] of this.#byObject) {
      each.changes = each.changes.filter((change) => change.commit > commit);
      if (each.changes.length === 0) this.#byObject.delete(id);
    }
  }

  /** All objects that changed. */
  refs(): readonly ObjectRef[] {
    return Array.from(this.#byObject.values(), ({ ref }) => ref);
  }

  /** Whether an object changed after a commit. */
  isNewerThan(ref: ObjectRef, commit: number): boolean {
    return (this.#byObject.get(objectId(ref))?.changes.at(-1)?.commit ?? 0) > commit;
  }

  /** An object as HAProxy last took it. */
  lastGood(ref: ObjectRef): Resource | undefined {
    return this.#byObject.get(objectId(ref))?.changes[0]?.before;
  }

  #of(ref: ObjectRef): { changes: Change[] } {
    const id = objectId(ref);
    let found = this.#byObject.get(id);
    if (found === undefined) this.#byObject.set(id, (found = { ref, changes: [] }));
    return found;
  }
}
