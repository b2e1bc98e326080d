import { EventEmitter } from 'eventemitter3';
import { setImmediate as immediate, setTimeout as sleep } from 'node:timers/promises';
import { signalboxError } from '../errors.js';
import { allKeys, dirtyKeys } from '../haproxy/model.js';
import type { Source } from '../resource/source.js';
import type { Delta } from '../table/index.js';
import type { ConfigurationRefusal, Target } from '../target/target.js';
import type { Controller, ControllerOptions } from './controller-options.js';
import { DiagnosticBook } from './diagnostic-book.js';
import type { ControllerEvents } from './events.js';
import { emitOutcome } from './emit-outcome.js';
import { Isolation } from './isolation.js';
import { type CheckNow, TargetKeeper } from './target-keeper.js';
import { unexplained } from './unexplained.js';
import { WantedObjects } from './wanted-objects.js';
import { createPipeline, type Pipeline } from './pipeline.js';
import { Patience } from './patience.js';
import { Reporters } from './reporters.js';
import { resumeWhenLate } from './resume-when-late.js';
import { ServingBook } from './serving-book.js';
import { Signal } from './signal.js';
import { isDurable, localTargets } from './sinks.js';

/** Composes a controller. @throws {@link SignalboxError} `COMPOSITION_INVALID`. @public */
export function createController(options: ControllerOptions): Controller {
  return new Loop(options);
}

/** Changes that come within this time of each other are one change. */
const gatherMs = 4;

/** So long reporters may take to end. */
const reportersEndMs = 2_000;

class Loop implements Controller {
  readonly events: EventEmitter<ControllerEvents> = new EventEmitter<ControllerEvents>();
  readonly pipeline: Pipeline;
  readonly #options: ControllerOptions;
  readonly #keepers: readonly TargetKeeper[];
  /** Raised when there may be something to do. */
  readonly #work = new Signal();
  readonly #diagnostics: DiagnosticBook;
  readonly #wanted: WantedObjects;
  readonly #isolation: Isolation;
  readonly #serving: ServingBook;
  readonly #reporters: Reporters;
  readonly #patience: Patience;
  /** The last commit that each target has all of. */
  readonly #taken = new Map<string, number>();
  #isSynced = false;
  #hasRun = false;
  #committing: Promise<Delta> | undefined;

  constructor(options: ControllerOptions) {
    this.#options = options;
    const targets = [...localTargets(options.sinks ?? [], options.reloadIntervalMs), ...(options.targets ?? [])];
    if (targets.length === 0)
      throw signalboxError('COMPOSITION_INVALID', 'A controller needs a target. Name a sink in "sinks", or a target in "targets".');
    const durableSinks = (options.sinks ?? []).filter(isDurable);
    this.pipeline = createPipeline({
      ...options,
      listen: { ...durableSinks.find((sink) => sink.listen !== undefined)?.listen, ...options.listen },
      onChange: () => {
        this.#work.raise();
      },
    });
    this.#diagnostics = new DiagnosticBook(this.pipeline);
    this.#wanted = new WantedObjects(this.pipeline);
    this.#isolation = new Isolation(this.pipeline, durableSinks.find((sink) => sink.memory !== undefined)?.memory, options.now);
    this.#serving = new ServingBook(this.pipeline);
    this.#reporters = new Reporters(options.reporters ?? [], (target, error) =>
      this.events.emit('failed', { target, error, retryInMs: Number.POSITIVE_INFINITY }),
    );
    this.#patience = new Patience(this.pipeline.collection, (objects) => this.events.emit('incomplete', { objects }));
    this.#keepers = targets.map((target) => this.#keeper(target));
  }

  get waitsFor(): readonly string[] {
    return this.pipeline.collection.unsynced;
  }

  get isReady(): boolean {
    return this.#keepers.every((keeper) => keeper.isReady);
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
    const unfollow = this.#keepers.map((keeper) =>
      keeper.target.onReport((report) => {
        keeper.poke();
        wake();
        this.events.emit('haproxy', { target: keeper.target.name, report });
      }),
    );
    let reporting: Promise<void> | undefined;
    try {
      const features = await Promise.all(this.#keepers.map(({ target }) => target.features(life)));
      await this.#isolation.restore(features.map(({ version }) => version).join(' '));
      const lost = Promise.all(this.#options.sources.map((source) => this.#follow(source, life)));
      lost.catch(wake);
      reporting = this.#reporters.run(life);
      void resumeWhenLate(this.#options.sinks ?? [], this.pipeline.collection, this.events, life);
      await Promise.race([this.#loop(life), lost.then(() => new Promise<never>(() => undefined))]);
    } finally {
      ended.abort();
      // Nobody asked for an end when something is lost: what serves goes on.
      await Promise.race([reporting, sleep(reportersEndMs, undefined, { ref: false })]);
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
      if (this.#isolation.letOutDue()) this.#tellOfQuarantine();
      if (this.#canCommit()) await this.#commit(signal);
      if (this.#isSynced && !signal.aborted) this.#apply(signal);
      await this.#work.wait(this.#nextDue());
    }
  }

  /** Lets the targets have what is computed, and reporters know of it, unless there is more to come right away. */
  #apply(signal: AbortSignal): void {
    this.#patience.update();
    if (this.#patience.isWaiting) return;
    this.#tell();
    for (const keeper of this.#keepers) {
      // An object made anew that says the same leaves nothing to do, and is taken up.
      if (keeper.hasAll) this.#settled(keeper.target.name, this.#isolation.commits);
      keeper.applyIfDue(signal);
    }
  }

  #canCommit(): boolean {
    const { collection, tables } = this.pipeline;
    const isWakeDue = (tables.nextWake() ?? Infinity) <= (this.#options.now ?? Date.now)();
    if (this.#isolation.isSearching) return false;
    return collection.isSynced && (collection.hasChanges || isWakeDue || !this.#isSynced);
  }

  async #commit(signal: AbortSignal): Promise<void> {
    const { collection, tables, model } = this.pipeline;
    await sleep(gatherMs, undefined, { signal }).catch(() => undefined);
    if (signal.aborted || this.#isolation.isSearching) return;
    const startedAt = performance.now();
    this.#committing = tables.commitYielding(collection.take());
    const delta = await this.#committing;
    const dirty = this.#isSynced ? dirtyKeys(model, delta) : allKeys(model);
    for (const keeper of this.#keepers) keeper.add(dirty);
    if (!this.#isSynced) {
      this.#isSynced = true;
      this.events.emit('synced');
    }
    this.events.emit('changed', { rows: dirty.size, durationMs: performance.now() - startedAt });
    this.#wanted.update();
    this.#patience.update();
    this.#diagnostics.update(delta);
    if (this.#isolation.update(delta)) this.#tellOfQuarantine();
    this.#serving.update(delta, this.#isolation.commits);
    // After a large change others have their turn before the targets plan.
    await immediate();
  }

  /** What is missing only because it is on its way is nothing to tell of. */
  #tell(): void {
    if (!this.#isSynced || this.#patience.isWaiting) return;
    const change = this.#diagnostics.take();
    if (change.added.length + change.removed.length === 0) return;
    this.#reporters.report(change);
    this.events.emit('diagnostics', change);
  }

  #keeper(target: Target): TargetKeeper {
    const { name } = target;
    return new TargetKeeper(target, this.pipeline.model, {
      began: () => this.#isolation.begin(),
      applied: (outcome, commit) => {
        if (outcome.waiting === undefined) this.#settled(name, commit);
        this.#diagnostics.replace(`target ${name}`, []);
        this.#tell();
        emitOutcome(this.events, name, outcome);
      },
      partly: (outcome) => emitOutcome(this.events, name, outcome),
      refused: async (refusal, commit, check) => this.#refused(name, refusal, commit, check),
      failed: (error, retryInMs) => this.events.emit('failed', { target: name, error, retryInMs }),
      wake: () => {
        this.#work.raise();
      },
    });
  }

  /** A target has all that was committed up to a commit. */
  #settled(target: string, commit: number): void {
    this.#isolation.taken(commit);
    this.#taken.set(target, commit);
    if (this.#taken.size < this.#keepers.length) return;
    const change = this.#serving.taken(Math.min(...this.#taken.values()));
    if (change !== undefined) this.#reporters.serving(change);
  }

  /** Isolates what is to blame, so that all else is taken up; if nobody can be found, everybody waits. */
  async #refused(target: string, refusal: ConfigurationRefusal, commit: number, check: CheckNow | undefined): Promise<boolean> {
    const isIsolated = await this.#isolation.isolate(refusal, commit, async () => this.#committing, check);
    const left = isIsolated ? [] : unexplained(refusal);
    this.#diagnostics.replace(`target ${target}`, left);
    this.#tell();
    if (isIsolated) this.#tellOfQuarantine();
    else this.events.emit('rejected', { target, diagnostics: left });
    return isIsolated;
  }

  #tellOfQuarantine(): void {
    this.#diagnostics.replace('quarantine', this.#isolation.diagnostics());
    this.#tell();
    this.events.emit('quarantined', { objects: this.#isolation.objects() });
    this.#work.raise();
  }

  /** Milliseconds until something is due without anybody raising the signal. */
  #nextDue(): number {
    const targets = this.#patience.isWaiting ? [this.#patience.dueInMs] : this.#keepers.map((keeper) => keeper.dueInMs);
    const wake = (this.pipeline.tables.nextWake() ?? Infinity) - (this.#options.now ?? Date.now)();
    const letOut = this.#isolation.nextDueMs - (this.#options.now ?? Date.now)();
    return Math.max(0, Math.min(...(this.#isSynced ? targets : []), wake, letOut, 60_000));
  }

  async #stop(how: 'stop' | 'keep'): Promise<void> {
    const { stopDeadlineMs = 10_000 } = this.#options;
    await Promise.allSettled(
      this.#keepers.map(async ({ attempt, target }) => {
        // A HAProxy that is slow to load may take longer than we have: closing cuts the wait short.
        await Promise.race([attempt, sleep(stopDeadlineMs / 5, undefined, { ref: false })]);
        await target.close(how, stopDeadlineMs);
      }),
    );
  }
}
