/** Old workers cost memory: above so many the next reload waits longer. */
const fewOldWorkers = 2;
/** Whatever happens, a reload comes within so many milliseconds. */
const longestMs = 5_000;

const firstRetryMs = 250;
const longestRetryMs = 10_000;

/** When the next reload is due. */
export class ReloadPace {
  readonly #intervalMs: number;
  #notBefore = Number.NEGATIVE_INFINITY;
  #failures = 0;

  constructor(intervalMs: number = 500) {
    this.#intervalMs = intervalMs;
  }

  /** Milliseconds until HAProxy may be reloaded; 0 if now. */
  get dueInMs(): number {
    return Math.max(0, this.#notBefore - performance.now());
  }

  /** HAProxy could not be reloaded. Returns when it is tried again, in milliseconds. */
  failed(): number {
    const retryInMs = Math.min(longestRetryMs, firstRetryMs * 2 ** this.#failures);
    this.#failures += 1;
    this.#notBefore = performance.now() + retryInMs;
    return retryInMs;
  }

  /** @param isReloaded - Otherwise it had the files already. */
  reloaded(isReloaded: boolean, oldWorkers: number = 0): void {
    this.#failures = 0;
    if (!isReloaded) return;
    const factor = 2 ** Math.max(0, oldWorkers - fewOldWorkers);
    this.#notBefore = performance.now() + Math.min(Math.max(longestMs, this.#intervalMs), this.#intervalMs * factor);
  }
}
