import type { Clock } from '../clock.js';
import { TokenBucket } from '../token-bucket.js';

/** How many Events are written. @public */
export interface EventLimits {
  /** Of all objects together: so many at once, and then one per interval. Default 100, and one each 100 ms. */
  readonly overall: { readonly burst: number; readonly intervalMs: number };
  /** Of each object. Default 10, and one each 10 s. */
  readonly perObject: { readonly burst: number; readonly intervalMs: number };
}

const manyBuckets = 1000;

/** Decides whether one more Event may be written now. What may not is not lost, only later. */
export class EventAllowance {
  readonly #limits: EventLimits;
  readonly #clock: Clock;
  readonly #overall: TokenBucket;
  readonly #perObject = new Map<string, TokenBucket>();

  constructor(limits: EventLimits, clock: Clock) {
    this.#limits = limits;
    this.#clock = clock;
    this.#overall = new TokenBucket(limits.overall);
  }

  /** Takes what one Event needs, or says for how long all or this object alone must wait. */
  take(object: string): { readonly waitMs: number; readonly isForAll: boolean } {
    const nowMs = this.#clock.monotonicMs();
    const own = this.#bucket(object, nowMs);
    const ownMs = own.waitMs(nowMs);
    if (ownMs > 0) return { waitMs: ownMs, isForAll: false };
    const allMs = this.#overall.waitMs(nowMs);
    if (allMs > 0) return { waitMs: allMs, isForAll: true };
    own.take(nowMs);
    this.#overall.take(nowMs);
    return { waitMs: 0, isForAll: false };
  }

  #bucket(object: string, nowMs: number): TokenBucket {
    const found = this.#perObject.get(object);
    if (found !== undefined) return found;
    // A full bucket is like none.
    if (this.#perObject.size >= manyBuckets)
      for (const [id, bucket] of this.#perObject) if (bucket.isFull(nowMs)) this.#perObject.delete(id);
    const made = new TokenBucket(this.#limits.perObject);
    this.#perObject.set(object, made);
    return made;
  }
}
