import type { Exclusive } from './exclusive.js';

/** What a {@link Checkpoint} has from the sink. */
export interface CheckpointParts {
  readonly exclusive: Exclusive;
  /** Whether the files lag behind. */
  readonly isDue: () => boolean;
  readonly catchUp: () => Promise<unknown>;
  /** Told of the first failure among several in a row. */
  readonly failed: (error: unknown) => void;
}

const shortestDelayMs = 100;
const retryDelayMs = 1_000;
/** Of the time, at most one part in so many goes into it. */
const share = 20;

/** Has the files catch up with what was noted: a moment after it was, so that many edits cost no more than one, and when somebody needs them. */
export class Checkpoint {
  readonly #parts: CheckpointParts;
  #timer: NodeJS.Timeout | undefined;
  #lastMs = 0;
  #hasFailed = false;

  constructor(parts: CheckpointParts) {
    this.#parts = parts;
  }

  /** Something was noted. */
  soon(): void {
    if (!this.#parts.isDue() || this.#timer !== undefined) return;
    const delayMs = Math.max(this.#hasFailed ? retryDelayMs : shortestDelayMs, share * this.#lastMs);
    this.#timer = setTimeout(() => void this.#parts.exclusive.run(async () => this.#onTime()), delayMs).unref();
  }

  /** Does it now, where nothing else goes on. Never rejects: what was noted is safe in any case. */
  async attempt(): Promise<void> {
    if (!this.#parts.isDue()) return;
    const startedAt = performance.now();
    try {
      await this.#parts.catchUp();
      this.#hasFailed = false;
    } catch (error) {
      if (!this.#hasFailed) this.#parts.failed(error);
      this.#hasFailed = true;
    }
    this.#lastMs = performance.now() - startedAt;
  }

  /** Nothing happens by itself any more. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  async #onTime(): Promise<void> {
    // Stopped while it waited for its turn.
    if (this.#timer === undefined) return;
    this.#timer = undefined;
    await this.attempt();
    this.soon();
  }
}
