/** Lets so many through at once, and then one per interval. */
export class TokenBucket {
  readonly #burst: number;
  readonly #intervalMs: number;
  /** When the bucket will be full again. */
  #fullAtMs = Number.NEGATIVE_INFINITY;

  constructor({ burst, intervalMs }: { readonly burst: number; readonly intervalMs: number }) {
    this.#burst = burst;
    this.#intervalMs = intervalMs;
  }

  /** Milliseconds until there is a token; 0 if there is one. */
  waitMs(nowMs: number): number {
    return Math.max(0, this.#fullAtMs - (this.#burst - 1) * this.#intervalMs - nowMs);
  }

  /** Takes one that is there. */
  take(nowMs: number): void {
    this.#fullAtMs = Math.max(this.#fullAtMs, nowMs) + this.#intervalMs;
  }

  isFull(nowMs: number): boolean {
    return this.#fullAtMs <= nowMs;
  }
}
