import type { Clock } from './clock.js';

/** Does the work for one key. Gives the milliseconds after which it is due again; `undefined`: when it is added again. */
export type Work = (key: string) => Promise<number | undefined>;

/** Keys that something is to be done for: each once, however often it is added, and never twice at a time. */
export class WorkQueue {
  readonly #clock: Clock;
  readonly #atOnce: number;
  readonly #work: Work;
  /** In the order in which they became due. */
  readonly #ready = new Set<string>();
  /** Each with what cancels its timer. */
  readonly #delayed = new Map<string, () => void>();
  /** Those that work is done for, and whether they were added in the meantime. */
  readonly #active = new Map<string, boolean>();
  #signal: AbortSignal | undefined;
  #cancelHold: (() => void) | undefined;
  #heldUntilMs = 0;
  #failed: ((error: unknown) => void) | undefined;
  #idle: (() => void) | undefined;

  /** @param atOnce - For how many keys work may be done at a time. */
  constructor(clock: Clock, atOnce: number, work: Work) {
    this.#clock = clock;
    this.#atOnce = atOnce;
    this.#work = work;
  }

  /** A key is due now. */
  add(key: string): void {
    if (this.#active.has(key)) this.#active.set(key, true);
    else {
      this.delete(key);
      this.#ready.add(key);
      this.#pump();
    }
  }

  /** A key is not due any more; what is being done for it is done to the end. */
  delete(key: string): void {
    this.#ready.delete(key);
    this.#delayed.get(key)?.();
    this.#delayed.delete(key);
    if (this.#active.has(key)) this.#active.set(key, false);
  }

  /** Begins nothing for so long. */
  hold(ms: number): void {
    const untilMs = this.#clock.monotonicMs() + ms;
    if (untilMs <= this.#heldUntilMs) return;
    this.#heldUntilMs = untilMs;
    this.#cancelHold?.();
    this.#cancelHold = this.#clock.after(ms, () => {
      this.#cancelHold = undefined;
      this.#pump();
    });
  }

  /** Works until `signal` is aborted and what had begun has ended. Rejects only if the work does. Called once. */
  async run(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    this.#signal = signal;
    const { promise: ended, resolve, reject } = Promise.withResolvers<void>();
    this.#failed = reject;
    const end = (): void => resolve();
    signal.addEventListener('abort', end, { once: true });
    this.#pump();
    try {
      await ended;
    } finally {
      signal.removeEventListener('abort', end);
      this.#signal = undefined;
      this.#cancelHold?.();
      for (const cancel of this.#delayed.values()) cancel();
      this.#delayed.clear();
      const { promise: idle, resolve: isIdle } = Promise.withResolvers<void>();
      this.#idle = isIdle;
      if (this.#active.size > 0) await idle;
    }
  }

  #pump(): void {
    if (this.#signal === undefined || this.#cancelHold !== undefined) return;
    for (const key of this.#ready) {
      if (this.#active.size >= this.#atOnce || this.#cancelHold !== undefined) return;
      this.#ready.delete(key);
      this.#active.set(key, false);
      void this.#do(key);
    }
  }

  async #do(key: string): Promise<void> {
    let againMs: number | undefined;
    try {
      againMs = await this.#work(key);
    } catch (error) {
      this.#failed?.(error);
    }
    const isAgain = this.#active.get(key) ?? false;
    this.#active.delete(key);
    if (this.#signal === undefined) {
      if (this.#active.size === 0) this.#idle?.();
      return;
    }
    if (isAgain) this.#ready.add(key);
    else if (againMs !== undefined) this.#delay(key, againMs);
    this.#pump();
  }

  #delay(key: string, ms: number): void {
    const cancel = this.#clock.after(ms, () => {
      this.#delayed.delete(key);
      this.#ready.add(key);
      this.#pump();
    });
    this.#delayed.set(key, cancel);
  }
}
