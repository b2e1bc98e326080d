import { setImmediate as nextTurn } from 'node:timers/promises';

const longestTurnMs = 5;

/** The time for which one reader works before it lets all others have theirs. */
export class Turn {
  readonly #signal: AbortSignal | undefined;
  #startMs = performance.now();

  constructor(signal?: AbortSignal) {
    this.#signal = signal;
  }

  /** Whether it is time for {@link end}. */
  get isOver(): boolean {
    return performance.now() - this.#startMs > longestTurnMs;
  }

  /** Lets others go on. Rejects once the signal is aborted. */
  async end(): Promise<void> {
    await nextTurn();
    this.#signal?.throwIfAborted();
    this.#startMs = performance.now();
  }
}
