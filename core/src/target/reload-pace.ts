/** Old workers cost memory: above so many the next reload waits longer. */
const fewOldWorkers = 2;
/** Whatever happens, a reload comes within so many milliseconds. */
const longestMs = 5_000;

/** When the next reload is due. */
export class ReloadPace {
  readonly #intervalMs: number;
  #notBefore = Number.NEGATIVE_INFINITY;

  constructor(intervalMs: number = 500) {
    this.#intervalMs = intervalMs;
  }

  /** Milliseconds until HAProxy may be reloaded; 0 if now. */
  get dueInMs(): number {
    return Math.max(0, this.#notBefore - performance.now());
  }

  /** @param isReloaded - Otherwise it had the files already. */
  reloaded(isReloaded: boolean, oldWorkers: number = 0): void {
    if (!isReloaded) return;
    const factor = 2 ** Math.max(0, oldWorkers - fewOldWorkers);
    this.#notBefore = performance.now() + Math.min(Math.max(longestMs, this.#intervalMs), this.#intervalMs * factor);
  }
}
