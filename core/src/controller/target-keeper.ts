import type { DirtyKeys, HaproxyModel } from '../haproxy/model.js';
import type { HaproxyRow } from '../haproxy/rows.js';
import type { Table } from '../table/index.js';
import type { Complaint, ConfigurationRefusal, Outcome, Target } from '../target/target.js';

/** What a {@link TargetKeeper} tells. */
export interface KeeperEvents {
  /** An attempt begins. What this returns comes back with what became of it. */
  began(this: void): number;
  applied(this: void, outcome: Outcome, began: number): void;
  /**
   * HAProxy refused. Resolves to whether something was done about it, so that another attempt makes sense at once.
   * @param check - Says what HAProxy has against what the tables show now, with some keys dirty besides those that are.
   */
  refused(this: void, refusal: ConfigurationRefusal, began: number, check: CheckNow | undefined): Promise<boolean>;
  failed(this: void, error: unknown, retryInMs: number): void;
  /** Something may be due. */
  wake(this: void): void;
}

/** Asks HAProxy what it has against that which the tables show at the time of the call. */
export type CheckNow = (more: DirtyKeys) => Promise<readonly Complaint[]>;

/** What HAProxy refused is not tried again before something changes, or so much later. */
const refusedRetryMs = 30_000;
const longestRetryMs = 10_000;

/** Brings one target to what is wanted: one attempt at a time, with rests between them, again and again until it is there. */
export class TargetKeeper {
  readonly target: Target;
  readonly #model: HaproxyModel;
  readonly #events: KeeperEvents;
  readonly #intervalMs: number;
  #dirty = new Map<string, Table<HaproxyRow>>();
  #attempt: Promise<void> | undefined;
  /** Not before this time, by the monotonic clock. */
  #notBefore = 0;
  #failures = 0;
  #isReady = false;
  #isRefused = false;
  /** Keys were added since the last attempt began. */
  #hasNew = false;

  /** @param intervalMs - At least so long between two reloads. */
  constructor(target: Target, model: HaproxyModel, intervalMs: number, events: KeeperEvents) {
    this.target = target;
    this.#model = model;
    this.#intervalMs = intervalMs;
    this.#events = events;
  }

  /** Whether the target has had everything at least once. */
  get isReady(): boolean {
    return this.#isReady;
  }

  /** The attempt that runs. */
  get attempt(): Promise<void> | undefined {
    return this.#attempt;
  }

  /** Keys that may differ from what is applied. What was refused is tried again with them. */
  add(dirty: DirtyKeys): void {
    for (const [key, table] of dirty) this.#dirty.set(key, table);
    this.#hasNew ||= dirty.size > 0;
    if (this.#hasNew && this.#isRefused) this.#notBefore = 0;
  }

  applyIfDue(signal: AbortSignal): void {
    const needs = this.#dirty.size > 0 || !this.#isReady;
    if (!needs || this.#attempt !== undefined || performance.now() < this.#notBefore) return;
    const dirty = this.#dirty;
    this.#dirty = new Map();
    this.#hasNew = false;
    // The target reads the rows before its first wait: no commit runs now.
    this.#attempt = this.#try(dirty, signal).finally(() => {
      this.#attempt = undefined;
      this.#events.wake();
    });
  }

  /** Milliseconds until an attempt is due; infinite while none is. */
  get dueInMs(): number {
    const waits = this.#attempt === undefined && (this.#dirty.size > 0 || !this.#isReady);
    return waits ? this.#notBefore - performance.now() : Number.POSITIVE_INFINITY;
  }

  async #try(dirty: DirtyKeys, signal: AbortSignal): Promise<void> {
    try {
      const began = this.#events.began();
      const outcome = await this.target.apply(this.#model, dirty, signal);
      this.#failures = 0;
      if (outcome.refused === undefined) this.#settle(outcome, began);
      else await this.#refuse(outcome.refused, began, dirty, signal);
    } catch (error) {
      this.#keepDirty(dirty);
      if (signal.aborted) return;
      const retryInMs = Math.min(longestRetryMs, 250 * 2 ** this.#failures);
      this.#failures += 1;
      this.#notBefore = performance.now() + retryInMs;
      this.#events.failed(error, retryInMs);
    }
  }

  #settle(outcome: Outcome, began: number): void {
    this.#isReady = true;
    this.#isRefused = false;
    this.#notBefore = performance.now() + (outcome.reload === 'none' ? 0 : this.#intervalMs);
    this.#events.applied(outcome, began);
  }

  async #refuse(refusal: ConfigurationRefusal, began: number, dirty: DirtyKeys, signal: AbortSignal): Promise<void> {
    this.#keepDirty(dirty);
    this.#isRefused = true;
    const { target } = this;
    const check = target.check?.bind(target);
    const now = check && ((more: DirtyKeys) => check(this.#model, new Map([...this.#dirty, ...more]), signal));
    const isMended = await this.#events.refused(refusal, began, now);
    this.#notBefore = isMended || this.#hasNew ? 0 : performance.now() + refusedRetryMs;
  }

  #keepDirty(dirty: DirtyKeys): void {
    for (const [key, table] of dirty) if (!this.#dirty.has(key)) this.#dirty.set(key, table);
  }
}
