import { setImmediate as immediate } from 'node:timers/promises';
import type { DirtyKeys, HaproxyModel } from '../haproxy/model.js';
import type { HaproxyRow } from '../haproxy/rows.js';
import type { Table } from '../table/index.js';
import type { Complaint, ConfigurationRefusal, Outcome, Target } from '../target/target.js';

/** What a {@link TargetKeeper} tells. */
export interface KeeperEvents {
  /** An attempt begins. What this returns comes back with what became of it. */
  began(this: void): number;
  /** What was wanted when the attempt began is done, but for what {@link Outcome.waiting} says. */
  applied(this: void, outcome: Outcome, began: number): void;
  /** Some of it is done, and the rest was refused or has failed. */
  partly(this: void, outcome: Outcome): void;
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

/** Brings one target to what is wanted: one attempt at a time, again and again until it is there. */
export class TargetKeeper {
  readonly target: Target;
  readonly #model: HaproxyModel;
  readonly #events: KeeperEvents;
  #dirty = new Map<string, Table<HaproxyRow>>();
  #attempt: Promise<void> | undefined;
  /** After a failure not before this time, by the monotonic clock. */
  #notBefore = 0;
  /** What waits is due, or the target wants to be called, at this time. */
  #againAt = Number.POSITIVE_INFINITY;
  #failures = 0;
  #isReady = false;
  #isRefused = false;
  /** Keys were added since the last attempt began. */
  #hasNew = false;

  constructor(target: Target, model: HaproxyModel, events: KeeperEvents) {
    this.target = target;
    this.#model = model;
    this.#events = events;
  }

  /** Whether the target has had everything at least once. */
  get isReady(): boolean {
    return this.#isReady;
  }

  /** Whether the target has all that was ever added. */
  get hasAll(): boolean {
    return this.#isReady && !this.#isRefused && this.#failures === 0 && this.#attempt === undefined && this.#dirty.size === 0;
  }

  /** The attempt that runs. */
  get attempt(): Promise<void> | undefined {
    return this.#attempt;
  }

  /** Keys that may differ from what is applied. What was refused is tried again with them. */
  add(dirty: DirtyKeys): void {
    if (this.#dirty.size === 0) this.#dirty = new Map(dirty);
    else for (const [key, table] of dirty) this.#dirty.set(key, table);
    this.#hasNew ||= dirty.size > 0;
    if (this.#hasNew && this.#isRefused) this.#notBefore = 0;
  }

  /** Something happened to HAProxy: the target may have something to do. */
  poke(): void {
    if (this.#isReady) this.#againAt = 0;
  }

  applyIfDue(signal: AbortSignal): void {
    if (this.#attempt !== undefined || this.dueInMs > 0) return;
    const dirty = this.#dirty;
    this.#dirty = new Map();
    this.#hasNew = false;
    this.#againAt = Number.POSITIVE_INFINITY;
    // The target reads the rows before its first wait: no commit runs now.
    this.#attempt = this.#try(dirty, signal).finally(() => {
      this.#attempt = undefined;
      this.#events.wake();
    });
  }

  /** Milliseconds until an attempt is due; infinite while none is. */
  get dueInMs(): number {
    if (this.#attempt !== undefined) return Number.POSITIVE_INFINITY;
    const dueAt = this.#hasNew || !this.#isReady || this.#failures > 0 || this.#isRefused ? 0 : this.#againAt;
    return Math.max(this.#notBefore, dueAt) - performance.now();
  }

  async #try(dirty: DirtyKeys, signal: AbortSignal): Promise<void> {
    try {
      const began = this.#events.began();
      const outcome = await this.target.apply(this.#model, dirty, signal);
      this.#failures = 0;
      this.#wait(outcome);
      if (outcome.failure !== undefined) this.#fail(outcome, outcome.failure);
      else if (outcome.refused === undefined) await this.#settle(outcome, began, dirty);
      else await this.#refuse(outcome, outcome.refused, began, dirty, signal);
    } catch (error) {
      this.#keepDirty(dirty);
      if (signal.aborted) return;
      const retryInMs = Math.min(longestRetryMs, 250 * 2 ** this.#failures);
      this.#failures += 1;
      this.#notBefore = performance.now() + retryInMs;
      this.#events.failed(error, retryInMs);
    }
  }

  #wait({ waiting, againInMs = Number.POSITIVE_INFINITY }: Outcome): void {
    if (waiting !== undefined) this.#keepDirty(waiting.keys);
    const inMs = Math.min(againInMs, waiting?.inMs ?? Number.POSITIVE_INFINITY);
    this.#againAt = Math.min(this.#againAt, performance.now() + inMs);
  }

  #fail(outcome: Outcome, { error, retryInMs }: NonNullable<Outcome['failure']>): void {
    if (outcome.steps.length > 0) this.#events.partly(outcome);
    this.#events.failed(error, retryInMs);
  }

  async #settle(outcome: Outcome, began: number, dirty: DirtyKeys): Promise<void> {
    const isFirst = !this.#isReady;
    this.#isReady = true;
    this.#isRefused = false;
    this.#notBefore = 0;
    const isQuiet = dirty.size === 0 && outcome.steps.length === 0 && outcome.reload === 'none' && outcome.drift === undefined;
    // Whoever asks whether it is ready hears that before all are told of everything.
    if (isFirst) await immediate();
    // A target that only looked has nothing to tell.
    if (isFirst || !isQuiet) this.#events.applied(outcome, began);
  }

  async #refuse(outcome: Outcome, refusal: ConfigurationRefusal, began: number, dirty: DirtyKeys, signal: AbortSignal): Promise<void> {
    this.#keepDirty(dirty);
    this.#isRefused = true;
    if (outcome.steps.length > 0) this.#events.partly(outcome);
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
