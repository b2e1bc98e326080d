const names = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** npm passes on what the terminal has sent us already; that is not a second wish. */
const sameWishMs = 300;

/** The wish to stop, as the system tells it. */
export class StopSignals implements Disposable {
  readonly #stopping = new AbortController();
  readonly #onHurry = new Set<() => void>();
  readonly #hear: (signal: NodeJS.Signals) => void;
  #firstAtMs: number | undefined;

  constructor() {
    this.#hear = (signal) => this.#heard(signal);
    for (const name of names) process.on(name, this.#hear);
  }

  /** Aborted when it is asked for; the reason is the name of the signal. */
  get signal(): AbortSignal {
    return this.#stopping.signal;
  }

  /** Stops for another reason. */
  stop(reason: unknown): void {
    this.#firstAtMs ??= performance.now();
    this.#stopping.abort(reason);
  }

  /** Called each time that it is asked for again. */
  onHurry(listener: () => void): void {
    this.#onHurry.add(listener);
  }

  [Symbol.dispose](): void {
    for (const name of names) process.off(name, this.#hear);
  }

  #heard(signal: NodeJS.Signals): void {
    if (this.#firstAtMs === undefined) this.stop(signal);
    else if (performance.now() - this.#firstAtMs > sameWishMs) for (const listener of this.#onHurry) listener();
  }
}
