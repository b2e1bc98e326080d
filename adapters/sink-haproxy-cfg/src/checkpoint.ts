import type { Exclusive } from './exclusive.js';

/** What a {@link Checkpoint} has from the sink. */
export interface CheckpointParts {
  readonly exclusive: Exclusive;
  /** Whether the files lag behind. */
  readonly isDue: () => boolean;
  /** All of it, where nothing else goes on. */
  readonly catchUp: () => Promise<unknown>;
  /** The long part of it, which begins where nothing else goes on; more may be noted until it ends. */
  readonly build: () => Promise<unknown>;
  /** The short part, where nothing else goes on. `false` if somebody needed the files and has caught up since. */
  readonly switchOver: () => Promise<boolean>;
  /** Told of the first failure among several in a row. */
  readonly failed: (error: unknown) => void;
}

const shortestDelayMs = 100;
const retryDelayMs = 1_000;
/** After it, it rests for so many times as long as it took, so that changes which never end cost little. */
const restShare = 100;
/** A HAProxy that somebody else starts anew has what is in the files. */
const longestRestMs = 10_000;

/** Has the files catch up with what was noted: a moment after it was, so that many edits cost no more than one, and when somebody needs them. */
export class Checkpoint {
  readonly #parts: CheckpointParts;
  #timer: NodeJS.Timeout | undefined;
  #isUnderWay = false;
  #isStopped = false;
  #restsUntil = 0;
  #hasFailed = false;

  constructor(parts: CheckpointParts) {
    this.#parts = parts;
  }

  /** Something was noted. */
  soon(): void {
    if (!this.#parts.isDue() || this.#timer !== undefined || this.#isUnderWay || this.#isStopped) return;
    const delayMs = Math.max(this.#hasFailed ? retryDelayMs : shortestDelayMs, this.#restsUntil - performance.now());
    this.#timer = setTimeout(() => void this.#onTime(), delayMs).unref();
  }

  /** Does it now, where nothing else goes on. Never rejects: what was noted is safe in any case. */
  async attempt(): Promise<void> {
    if (!this.#parts.isDue()) return;
    const startedAt = performance.now();
    await this.#try(async () => {
      await this.#parts.catchUp();
      this.#hasFailed = false;
    });
    this.#rest(performance.now() - startedAt);
  }

  /** Nothing happens by itself any more. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#isStopped = true;
  }

  async #onTime(): Promise<void> {
    this.#timer = undefined;
    this.#isUnderWay = true;
    await this.#try(async () => this.#inPassing());
    this.#isUnderWay = false;
    this.soon();
  }

  async #inPassing(): Promise<void> {
    const { exclusive, isDue, build, switchOver } = this.#parts;
    let startedAt = 0;
    // In an object, since whoever comes next is not to wait for it.
    const begun = await exclusive.run(async () => {
      startedAt = performance.now();
      return !this.#isStopped && isDue() ? { built: build() } : undefined;
    });
    if (begun === undefined) return;
    try {
      await begun.built;
    } catch (error) {
      this.#rest(performance.now() - startedAt);
      throw error;
    }
    const buildMs = performance.now() - startedAt;
    await exclusive.run(async () => {
      startedAt = performance.now();
      if (!(await switchOver())) return;
      this.#hasFailed = false;
      this.#rest(buildMs + performance.now() - startedAt);
    });
  }

  #rest(tookMs: number): void {
    this.#restsUntil = performance.now() + Math.min(longestRestMs, restShare * tookMs);
  }

  async #try(task: () => Promise<void>): Promise<void> {
    try {
      await task();
    } catch (error) {
      if (!this.#hasFailed) this.#parts.failed(error);
      this.#hasFailed = true;
    }
  }
}
