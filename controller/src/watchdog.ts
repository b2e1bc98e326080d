import type { Controller, Pipeline } from '@signalbox/core';

/** What a watchdog looks at. */
export interface Watched extends Pick<Controller, 'events'> {
  readonly pipeline: {
    readonly collection: Pick<Pipeline['collection'], 'isSynced' | 'hasChanges'>;
    readonly tables: Pick<Pipeline['tables'], 'nextWake'>;
  };
}

export interface WatchdogOptions {
  /** How long something may be due. Default three minutes: HAProxy may take one to check, and another to load. */
  readonly limitMs?: number;
  /** Called when the controller gets stuck. */
  readonly onStuck?: (why: string) => void;
}

const lookEveryMs = 5_000;
/** Rather overlook something until the next change than take a controller that has all done for a stuck one. */
const toleranceMs = 20;

/**
 * Notices that a controller has something to do and does not get on with it, so that something else can start it anew. To fail again and again
 * is to get on. Time in which this process stood still does not count.
 */
export class Watchdog implements Disposable {
  readonly #watched: Watched;
  readonly #limitMs: number;
  readonly #onStuck: (why: string) => void;
  readonly #timer: NodeJS.Timeout;
  /** How long a commit has been due, and an attempt, without any. */
  #commitDueMs = 0;
  #attemptDueMs = 0;
  #hasCommitted = false;
  /** Rows that HAProxy is to have, and has not as far as is known. */
  #isWanting = false;
  #committedAt = 0;
  #isStuck = false;

  constructor(watched: Watched, { limitMs = 180_000, onStuck = () => undefined }: WatchdogOptions = {}) {
    this.#watched = watched;
    this.#limitMs = limitMs;
    this.#onStuck = onStuck;
    this.#follow();
    let lookedAt = performance.now();
    this.#timer = setInterval(() => {
      const nowMs = performance.now();
      this.look(Math.min(nowMs - lookedAt, 2 * lookEveryMs));
      lookedAt = nowMs;
    }, lookEveryMs).unref();
  }

  /** What does not get on, for people; `undefined` while all is well. */
  get stuck(): string | undefined {
    const tell = (what: string, ms: number): string | undefined =>
      ms < this.#limitMs ? undefined : `${what} for ${String(Math.round(ms / 1_000))} s`;
    return tell('changes have not been computed', this.#commitDueMs) ?? tell('HAProxy has not been brought up to date', this.#attemptDueMs);
  }

  /** Counts so many milliseconds. */
  look(elapsedMs: number): void {
    this.#commitDueMs = this.#isCommitDue ? this.#commitDueMs + elapsedMs : 0;
    this.#attemptDueMs = this.#isWanting ? this.#attemptDueMs + elapsedMs : 0;
    const why = this.stuck;
    if (why !== undefined && !this.#isStuck) this.#onStuck(why);
    this.#isStuck = why !== undefined;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  get #isCommitDue(): boolean {
    const { collection, tables } = this.#watched.pipeline;
    return collection.isSynced && (collection.hasChanges || !this.#hasCommitted || (tables.nextWake() ?? Infinity) <= Date.now());
  }

  #follow(): void {
    const { events } = this.#watched;
    const attempted = (isWanting: boolean): void => {
      this.#attemptDueMs = 0;
      this.#isWanting = isWanting;
    };
    events.on('changed', ({ rows }) => {
      this.#commitDueMs = 0;
      this.#hasCommitted = true;
      this.#committedAt = performance.now();
      this.#isWanting ||= rows > 0;
    });
    events.on('applied', ({ waiting, durationMs }) => {
      // What was committed while the attempt ran is for the next one.
      const isOlder = performance.now() - durationMs < this.#committedAt - toleranceMs;
      attempted(waiting !== undefined || (this.#isWanting && isOlder));
    });
    events.on('rejected', () => attempted(true));
    events.on('failed', ({ retryInMs }) => {
      if (Number.isFinite(retryInMs)) attempted(true);
    });
    // The search for those to blame is over, for which commits had to wait.
    events.on('quarantined', () => {
      this.#commitDueMs = 0;
      this.#attemptDueMs = 0;
    });
  }
}
