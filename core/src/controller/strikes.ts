/** So often an object may be refused before it has to wait. */
const free = 2;
const firstWaitMs = 1000;
const longestWaitMs = 60_000;
/** What was refused longer ago is forgotten. */
const forgottenAfterMs = 10 * 60_000;

/**
 * Counts how often each object was refused lately. An object that is refused again and again has to wait longer and longer before its next
 * version is tried: every refusal costs a round that everybody else waits for.
 */
export class Strikes {
  readonly #byObject = new Map<string, { readonly count: number; readonly atMs: number }>();

  /** An object was refused. Returns how long its next version has to wait. */
  note(id: string, nowMs: number): number {
    const before = this.#byObject.get(id);
    const count = before === undefined || nowMs - before.atMs > forgottenAfterMs ? 1 : before.count + 1;
    this.#byObject.set(id, { count, atMs: nowMs });
    this.#forget(nowMs);
    return count <= free ? 0 : Math.min(longestWaitMs, firstWaitMs * 2 ** (count - free - 1));
  }

  #forget(nowMs: number): void {
    if (this.#byObject.size < 1000) return;
    for (const [id, { atMs }] of this.#byObject) if (nowMs - atMs > forgottenAfterMs) this.#byObject.delete(id);
  }
}
