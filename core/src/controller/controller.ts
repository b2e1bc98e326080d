import { EventEmitter } from 'eventemitter3';
import { setImmediate as immediate, setTimeout as sleep } from 'node:timers/promises';
import { signalboxError } from '../errors.js';
import { allKeys, dirtyKeys, type DirtyKeys } from '../haproxy/model.js';
import type { HaproxyRow } from '../haproxy/rows.js';
import type { Source } from '../resource/source.js';
import { formatRef } from '../resource/resource.js';
import type { Table } from '../table/index.js';
import type { DurableSink } from '../target/durable-sink.js';
import { LocalTarget } from '../target/local-target.js';
import type { Step } from '../target/plan.js';
import type { Outcome, Target } from '../target/target.js';
import { DiagnosticBook } from './diagnostic-book.js';
import type { ControllerEvents } from './events.js';
import { WantedObjects } from './wanted-objects.js';
import { createPipeline, type Pipeline, type PipelineOptions } from './pipeline.js';
import type { Reporter } from './reporter.js';
import { Signal } from './signal.js';

/** @public */
export interface ControllerOptions extends Omit<PipelineOptions, 'onChange'> {
  /** Of an object that several hold, the one of the source named first counts. */
  readonly sources: readonly Source[];
  /** Short for the target of this machine. */
  readonly sinks?: readonly DurableSink[];
  readonly targets?: readonly Target[];
  readonly reporters?: readonly Reporter[];
  /** At least so long between two reloads of one target, in milliseconds. Default 500. */
  readonly reloadIntervalMs?: number;
  /** What becomes of the HAProxy that was started. Default `stop`. */
  readonly onStop?: 'stop' | 'keep';
  /** How long requests in flight may take at the end, in milliseconds. Default 10,000. */
  readonly stopDeadlineMs?: number;
}

/** Keeps HAProxies in the state that the sources ask for. @public */
export interface Controller {
  readonly events: EventEmitter<ControllerEvents>;
  readonly pipeline: Pipeline;
  /** Whether the first configuration that holds all listed objects is serving. */
  readonly isReady: boolean;
  /**
   * Runs until `signal` is aborted, then stops cleanly; called once.
   * @throws {@link SignalboxError} of a source or target that is lost for good. HAProxy is left serving then, whatever `onStop` says.
   */
  run(signal: AbortSignal): Promise<void>;
}

/** Composes a controller. @throws {@link SignalboxError} `COMPOSITION_INVALID`. @public */
export function createController(options: ControllerOptions): Controller {
  return new Loop(options);
}

/** What is known of one target. */
interface TargetState {
  readonly target: Target;
  dirty: Map<string, Table<HaproxyRow>>;
  attempt: Promise<void> | undefined;
  /** Not before this time, by the monotonic clock. */
  notBefore: number;
  failures: number;
  isReady: boolean;
}

/** Changes that come within this time of each other are one change. */
const gatherMs = 10;

const refusedRetryMs = 30_000;

class Loop implements Controller {
  readonly events: EventEmitter<ControllerEvents> = new EventEmitter<ControllerEvents>();
  readonly pipeline: Pipeline;
  readonly #options: ControllerOptions;
  readonly #targets: TargetState[];
  /** Raised when there may be something to do. */
  readonly #work = new Signal();
  readonly #diagnostics: DiagnosticBook;
  readonly #wanted: WantedObjects;
  #isSynced = false;
  #hasRun = false;

  constructor(options: ControllerOptions) {
    this.#options = options;
    const targets = [...(options.sinks ?? []).map((durable) => new LocalTarget({ durable })), ...(options.targets ?? [])];
    if (targets.length === 0)
      throw signalboxError('COMPOSITION_INVALID', 'A controller needs a target. Name a sink in "sinks", or a target in "targets".');
    this.#targets = targets.map((target) => ({ target, dirty: new Map(), attempt: undefined, notBefore: 0, failures: 0, isReady: false }));
    this.pipeline = createPipeline({
      ...options,
      listen: { ...options.sinks?.find((sink) => sink.listen !== undefined)?.listen, ...options.listen },
      onChange: () => {
        this.#work.raise();
      },
    });
    this.#diagnostics = new DiagnosticBook(this.pipeline);
    this.#wanted = new WantedObjects(this.pipeline);
  }

  get isReady(): boolean {
    return this.#targets.every((state) => state.isReady);
  }

  async run(signal: AbortSignal): Promise<void> {
    if (this.#hasRun) throw signalboxError('CONTROLLER_STATE', 'This controller has run already. Make another with createController.');
    this.#hasRun = true;
    const ended = new AbortController();
    const life = AbortSignal.any([signal, ended.signal]);
    const wake = (): void => {
      this.#work.raise();
    };
    life.addEventListener('abort', wake, { once: true });
    const unfollow = this.#targets.map(({ target }) =>
      target.onReport((report) => this.events.emit('haproxy', { target: target.name, report })),
    );
    try {
      await Promise.all(this.#targets.map(({ target }) => target.features(life)));
      const lost = Promise.all(this.#options.sources.map((source) => this.#follow(source, life)));
      lost.catch(wake);
      await Promise.race([this.#loop(life), lost.then(() => new Promise<never>(() => undefined))]);
    } finally {
      ended.abort();
      // Nobody asked for an end when something is lost: what serves goes on.
      await this.#stop(signal.aborted ? (this.#options.onStop ?? 'stop') : 'keep');
      for (const end of unfollow) end();
      this.events.emit('stopped');
    }
  }

  async #follow(source: Source, signal: AbortSignal): Promise<void> {
    const writer = this.pipeline.collection.writer(source.name, source.required ?? true, source.isOperator);
    try {
      await source.run(writer, this.#wanted, signal);
    } catch (cause) {
      if (!signal.aborted) throw cause;
    }
  }

  async #loop(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      if (this.#canCommit()) await this.#commit(signal);
      if (this.#isSynced && !signal.aborted) for (const state of this.#targets) this.#applyIfDue(state, signal);
      await this.#work.wait(this.#nextDue());
    }
  }

  #canCommit(): boolean {
    const { collection, tables } = this.pipeline;
    const isWakeDue = (tables.nextWake() ?? Infinity) <= (this.#options.now ?? Date.now)();
    return collection.isSynced && (collection.hasChanges || isWakeDue || !this.#isSynced);
  }

  async #commit(signal: AbortSignal): Promise<void> {
    const { collection, tables, model } = this.pipeline;
    await sleep(gatherMs, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
    const startedAt = performance.now();
    const delta = await tables.commitYielding(collection.take());
    const dirty = this.#isSynced ? dirtyKeys(model, delta) : allKeys(model);
    for (const state of this.#targets) for (const [key, table] of dirty) state.dirty.set(key, table);
    if (!this.#isSynced) {
      this.#isSynced = true;
      this.events.emit('synced');
    }
    this.events.emit('changed', { rows: dirty.size, durationMs: performance.now() - startedAt });
    this.#wanted.update();
    this.#tell(this.#diagnostics.update(delta));
    // After a large change others have their turn before the targets plan.
    await immediate();
  }

  #tell(change: ReturnType<DiagnosticBook['update']>): void {
    if (change.added.length + change.removed.length === 0) return;
    for (const reporter of this.#options.reporters ?? []) reporter.report(change);
    this.events.emit('diagnostics', change);
  }

  #applyIfDue(state: TargetState, signal: AbortSignal): void {
    const needs = state.dirty.size > 0 || !state.isReady;
    if (!needs || state.attempt !== undefined || performance.now() < state.notBefore) return;
    const dirty = state.dirty;
    state.dirty = new Map();
    // The target reads the rows before its first wait: no commit runs now.
    state.attempt = this.#attempt(state, dirty, signal).finally(() => {
      state.attempt = undefined;
      this.#work.raise();
    });
  }

  async #attempt(state: TargetState, dirty: DirtyKeys, signal: AbortSignal): Promise<void> {
    try {
      const outcome = await state.target.apply(this.pipeline.model, dirty, signal);
      state.failures = 0;
      this.#settle(state, dirty, outcome);
    } catch (error) {
      this.#keepDirty(state, dirty);
      if (signal.aborted) return;
      const retryInMs = Math.min(10_000, 250 * 2 ** state.failures);
      state.failures += 1;
      state.notBefore = performance.now() + retryInMs;
      this.events.emit('failed', { target: state.target.name, error, retryInMs });
    }
  }

  #settle(state: TargetState, dirty: DirtyKeys, outcome: Outcome): void {
    const { name } = state.target;
    const { steps, reload, refused, durationMs } = outcome;
    state.notBefore = performance.now() + (reload === 'none' && refused === undefined ? 0 : (this.#options.reloadIntervalMs ?? 500));
    this.#tell(this.#diagnostics.refused(name, refused ?? []));
    if (refused !== undefined) {
      this.events.emit('rejected', { target: name, diagnostics: refused });
      // Tried again when something changes; before that HAProxy would only say the same, unless the cause is not in what is wanted.
      this.#keepDirty(state, dirty);
      state.notBefore = performance.now() + refusedRetryMs;
      this.#wakeOnChange(state);
      return;
    }
    state.isReady = true;
    this.events.emit('applied', { target: name, steps, reload, durationMs });
    if (reload !== 'none') this.events.emit('reloaded', { target: name, reasons: reasonsOf(steps), durationMs });
  }

  #wakeOnChange(state: TargetState): void {
    this.events.once('changed', () => {
      state.notBefore = 0;
    });
  }

  #keepDirty(state: TargetState, dirty: DirtyKeys): void {
    for (const [key, table] of dirty) if (!state.dirty.has(key)) state.dirty.set(key, table);
  }

  /** Milliseconds until something is due without anybody raising the signal. */
  #nextDue(): number {
    const waiting = this.#targets.filter((state) => state.attempt === undefined && (state.dirty.size > 0 || !state.isReady));
    const targets = waiting.map((state) => state.notBefore - performance.now());
    const wake = (this.pipeline.tables.nextWake() ?? Infinity) - (this.#options.now ?? Date.now)();
    return Math.max(0, Math.min(...(this.#isSynced ? targets : []), wake, 60_000));
  }

  async #stop(how: 'stop' | 'keep'): Promise<void> {
    const { stopDeadlineMs = 10_000 } = this.#options;
    await Promise.allSettled(
      this.#targets.map(async ({ attempt, target }) => {
        // A HAProxy that is slow to load may take longer than we have: closing cuts the wait short.
        await Promise.race([attempt, sleep(stopDeadlineMs / 5, undefined, { ref: false })]);
        await target.close(how, stopDeadlineMs);
      }),
    );
  }
}

/** The objects for which HAProxy was reloaded, each once; cut where there are many. */
function reasonsOf(steps: readonly Step[]): string[] {
  const all = new Set(
    steps.map(({ kind, key, reason }) =>
      reason === undefined ? `${kind} ${key}` : [formatRef(reason.object), reason.field ?? ''].join(' ').trim(),
    ),
  );
  const most = 10;
  return all.size <= most ? [...all] : [...[...all].slice(0, most), `and ${all.size - most} more`];
}
