const firstMs = 100;

/** How long to wait after each failure in a row: twice as long each time, up to a bound, and never in step with others. */
export class Backoff {
  readonly #longestMs: number;
  #failures = 0;

  constructor(longestMs: number) {
    this.#longestMs = longestMs;
  }

  /** Failures since something last went well. */
  get failures(): number {
    return this.#failures;
  }

  /** Counts a failure. Gives the milliseconds to wait. */
  fail(): number {
    this.#failures += 1;
    const longest = Math.min(this.#longestMs, firstMs * 2 ** Math.min(this.#failures - 1, 20));
    return jittered(longest);
  }

  succeed(): void {
    this.#failures = 0;
  }
}

/** Between half of `ms` and all of it. */
export function jittered(ms: number): number {
  return ms * (0.5 + Math.random() / 2);
}
