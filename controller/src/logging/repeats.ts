/** After so many milliseconds without it, what is said again is a first time. */
const forgottenMs = 10_000;
/** Messages that are remembered. */
const most = 100;

interface Said {
  readonly atMs: number;
  lastMs: number;
  held: number;
}

/**
 * Lets a message through the first time, and then, while it is repeated, once a minute with the number of times. Numbers in it do not count: a
 * pid or a delay does not make it another one.
 */
export class Repeats {
  readonly #everyMs: number;
  readonly #now: () => number;
  readonly #said = new Map<string, Said>();

  constructor(everyMs: number = 60_000, now: () => number = () => performance.now()) {
    this.#everyMs = everyMs;
    this.#now = now;
  }

  /**
   * What to say of `message` now; `undefined` for nothing.
   * @param kind - Messages of one kind count as the same, however they differ. Default: its words.
   */
  pass(message: string, kind: string = message.replace(/\d+/g, '#')): string | undefined {
    const nowMs = this.#now();
    const before = this.#said.get(kind);
    if (before === undefined) {
      this.#keep(kind, nowMs);
      return message;
    }
    before.held += 1;
    before.lastMs = nowMs;
    if (nowMs - before.atMs < this.#everyMs) return undefined;
    this.#said.delete(kind);
    this.#keep(kind, nowMs);
    return `${message} (${String(before.held)} times since it was last said)`;
  }

  /** What was wrong is over: the next time is a first time, unless it comes and goes. */
  clear(): void {
    for (const [kind, { lastMs }] of this.#said) if (this.#now() - lastMs >= forgottenMs) this.#said.delete(kind);
  }

  #keep(kind: string, nowMs: number): void {
    const [oldest] = this.#said.keys();
    if (this.#said.size >= most && oldest !== undefined) this.#said.delete(oldest);
    this.#said.set(kind, { atMs: nowMs, lastMs: nowMs, held: 0 });
  }
}
