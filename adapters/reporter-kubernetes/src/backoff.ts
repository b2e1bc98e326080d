import type { Outcome } from './api-caller.js';

const firstMs = 100;
const longestMs = 5_000;
/** Rights are given by people, if not at once: an API server that has just started may not know them yet. */
const longestForbiddenMs = 60_000;

/** How long to wait after each failure in a row of each of many: twice as long each time, up to a bound, and never in step. */
export class Backoff {
  readonly #failures = new Map<string, number>();

  /** Counts a failure. */
  fail(key: string, outcome: Outcome): { readonly waitMs: number; readonly isFirst: boolean } {
    const failures = (this.#failures.get(key) ?? 0) + 1;
    this.#failures.set(key, failures);
    const { afterMs = 0, because } = outcome.is === 'failed' ? outcome : {};
    const ms = Math.min(because === 'forbidden' ? longestForbiddenMs : longestMs, firstMs * 2 ** Math.min(failures - 1, 20));
    return { waitMs: afterMs + ms * (0.5 + Math.random() / 2), isFirst: failures === 1 };
  }

  succeed(key: string): void {
    this.#failures.delete(key);
  }
}
