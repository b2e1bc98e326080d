import type { Step } from './plan.js';

/** Servers that HAProxy did not let go. They are in maintenance, and so not as they were. */
export class HalfGone {
  /** By row key. */
  readonly #servers = new Set<string>();

  get keys(): Iterable<string> {
    return this.#servers;
  }

  /** HAProxy refused these. */
  note(refused: Iterable<Step>): void {
    for (const { kind, key, before } of refused) if (kind === 'remove' && before?.type === 'server') this.#servers.add(key);
  }

  /** Forgets those that are not to go any more, and says whether there were any. */
  staysOne(steps: readonly Step[]): boolean {
    if (this.#servers.size === 0) return false;
    const going = new Set(steps.filter(({ kind }) => kind === 'remove').map(({ key }) => key));
    const stay = [...this.#servers].filter((key) => !going.has(key));
    for (const key of stay) this.#servers.delete(key);
    return stay.length > 0;
  }

  clear(): void {
    this.#servers.clear();
  }
}
