/**
 * Lets a message through the first time, and then, while it is repeated, once a minute with the number of times. Numbers in it do not count: a
 * pid or a delay does not make it another one.
 */
export class Repeats {
  readonly #everyMs: number;
  readonly #now: () => number;
  readonly #said = new Map<string, { atMs: number; held: number }>();

  constructor(everyMs: number = 60_000, now: () => number = () => performance.now()) {
    this.#everyMs = everyMs;
    this.#now = now;
  }

  /** What to say of `message` now; `undefined` for nothing. */
  pass(message: string): string | undefined {
    const key = message.replace(/\d+/g, '#');
    const before = this.#said.get(key);
    if (before === undefined) {
      this.#said.set(key, { atMs: this.#now(), held: 0 });
      return message;
    }
    before.held += 1;
    if (this.#now() - before.atMs < this.#everyMs) return undefined;
    const times = before.held;
    this.#said.set(key, { atMs: this.#now(), held: 0 });
    return `${message} (${String(times)} times since it was last said)`;
  }

  /** What was wrong is over: the next time is a first time. */
  clear(): void {
    this.#said.clear();
  }
}
