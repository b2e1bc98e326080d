import { SignalboxError } from '../errors.js';
import { type HaproxyRow, serverKey } from '../haproxy/rows.js';
import type { Applied } from './applied.js';
import { HalfGone } from './half-gone.js';
import type { LiveSink, LiveStep, Sent, StepOutcome } from './live-sink.js';
import type { LiveSteps, Told } from './live-steps.js';
import { Expected } from './repair.js';
import type { Running } from './running.js';
import type { Step } from './plan.js';

/**
 * How soon after a change somebody else's reload is looked for, in milliseconds: the files may lag behind what HAProxy was told. Then half as often,
 * and so on, since they do not.
 */
const firstLookMs = 500;
const longestLookMs = 4_000;
/** Reading everything back takes at most this part of the time. */
const observeShare = 0.001;
const leastObserveMs = 60_000;
/** What a row takes, in milliseconds, as long as it has not been tried. */
const observeRowMs = 0.01;
/** So many times in a row it may not answer before HAProxy is reloaded for it. */
const mostFailures = 4;
/** After the first failure it is asked again at once, then after so long, twice as long…, in milliseconds. */
const firstRetryMs = 100;
/** After a reload that did not help it is tried again so much later, in milliseconds. */
const givenUpMs = 10_000;
/** How often servers that finish are asked whether they have, in milliseconds. */
const leavingMs = 250;
/** A server that goes may finish what it has for so long, in milliseconds: as long as an old worker may. */
const mostLeavingMs = 30 * 60_000;

/** What became of an attempt to tell HAProxy something. */
export interface Telling {
  /** Steps that HAProxy refused, and its words. */
  readonly refused: ReadonlyMap<Step, string>;
  readonly commands: number;
  readonly bytes: number;
  /** Why only a reload helps. */
  readonly needsReload?: 'unreachable';
}

/** What was found by reading back. */
export interface Settled {
  readonly drift: readonly string[];
  /** What HAProxy refused to have mended. */
  readonly refused?: readonly LiveStep[];
  /** Why only a reload helps. */
  readonly needsReload?: 'drift' | 'unreachable';
}

/** The way to the worker that runs: knows which one that is, when to doubt what it has, and the servers that are about to go. */
export class LiveLane {
  readonly #sink: LiveSink;
  #worker: number | undefined;
  #isInDoubt = true;
  #failures = 0;
  #givenUpUntil = Number.NEGATIVE_INFINITY;
  /** While it does not answer. */
  #retryAt = Number.NEGATIVE_INFINITY;
  #nextLookAt = 0;
  #lookInMs = firstLookMs;
  #nextObservationAt = Number.POSITIVE_INFINITY;
  #nextLeavingAt = Number.POSITIVE_INFINITY;
  readonly #halfGone = new HalfGone();
  /** Servers that go, and since when. By `BACKEND/NAME`. */
  readonly #leaving = new Map<string, { readonly step: LiveStep & { readonly do: 'remove server' }; readonly since: number }>();

  constructor(sink: LiveSink) {
    this.#sink = sink;
  }

  /** Whether it is worth while to tell HAProxy anything this way. */
  get isUsable(): boolean {
    return performance.now() >= this.#givenUpUntil;
  }

  /** Milliseconds until {@link LiveLane.settle} has something to do. */
  get dueInMs(): number {
    if (!this.isUsable) return this.#givenUpUntil - performance.now();
    if (this.#isInDoubt) return Math.max(0, this.#retryAt - performance.now());
    return Math.max(0, Math.min(this.#nextLookAt, this.#nextObservationAt, this.#nextLeavingAt) - performance.now());
  }

  /** Whether what runs may be something else than we know. */
  get isInDoubt(): boolean {
    return this.#isInDoubt;
  }

  /** Learns what is to be done: a server that was to go, and is not to any more, is still in maintenance. */
  expect(steps: readonly Step[]): void {
    this.#isInDoubt ||= this.#halfGone.staysOne(steps);
  }

  /** What runs may be something else than we know. */
  doubt(): void {
    this.#isInDoubt = true;
  }

  /**
   * A worker has loaded the files.
   * @param worker - Its pid, where that is known.
   */
  loaded(worker: number | undefined, applied: Pick<Applied, 'size' | 'has'>): void {
    this.#worker = worker;
    // Servers that were about to go are in maintenance, and one that is wanted again takes that over from the worker before.
    const going = [...this.#halfGone.keys, ...Array.from(this.#leaving.values(), ({ step }) => serverKey(step))];
    this.#isInDoubt = worker === undefined || this.#failures > 0 || going.some((key) => applied.has(key));
    this.#halfGone.clear();
    this.#retryAt = Number.NEGATIVE_INFINITY;
    this.#leaving.clear();
    this.#nextLeavingAt = Number.POSITIVE_INFINITY;
    this.#lookSoon();
    this.#observeIn(applied.size * observeRowMs);
  }

  /** Looks whether the worker is the one that we know, whether servers that go have finished; and if there is doubt, reads back and repairs. */
  async settle(applied: () => Iterable<HaproxyRow>, running: Running, live: LiveSteps, signal: AbortSignal): Promise<Settled> {
    const now = performance.now();
    if (!this.isUsable || (this.#isInDoubt && now < this.#retryAt)) return { drift: [] };
    try {
      if (!this.#isInDoubt && now >= this.#nextLookAt) await this.#look(signal);
      if (this.#isInDoubt || now >= this.#nextObservationAt) return await this.#observe(applied, running, live, signal);
      if (now >= this.#nextLeavingAt) await this.#askLeaving(signal);
      return { drift: [] };
    } catch (cause) {
      if (signal.aborted || !SignalboxError.is(cause)) throw cause;
      return { drift: [], ...this.#failed() };
    }
  }

  /** Tells a HAProxy that is not in doubt. */
  async tell(told: readonly Told[], signal: AbortSignal): Promise<Telling> {
    const refused = new Map<Step, string>();
    if (told.length === 0 || this.#worker === undefined) return { refused, commands: 0, bytes: 0 };
    const steps = told.map(({ live }) => live);
    try {
      const sent = await this.#sink.send(steps, this.#worker, signal);
      for (const [at, outcome] of sent.outcomes.entries())
        if (outcome.status === 'refused') for (const step of told[at]?.steps ?? []) refused.set(step, outcome.why);
      this.#halfGone.note(refused.keys());
      this.#take(steps, sent);
      this.#lookSoon();
      const { commands, bytes } = sent;
      if (this.#isInDoubt) return { refused, commands, bytes, ...this.#failed() };
      this.#failures = 0;
      return { refused, commands, bytes };
    } catch (cause) {
      this.#isInDoubt = true;
      if (!SignalboxError.is(cause)) throw cause;
      return { refused, commands: 0, bytes: 0, ...this.#failed() };
    }
  }

  /** Whether HAProxy answers now. */
  async answers(signal: AbortSignal): Promise<boolean> {
    return this.#look(signal).then(
      () => true,
      () => false,
    );
  }

  /** Keeps nothing open that a reload would have to wait for. */
  rest(): void {
    this.#sink.rest?.();
  }

  close(): Promise<void> {
    return this.#sink.close();
  }

  /** Whoever reloads HAProxy behind our back has it read files that may lag behind what it was told. */
  async #look(signal: AbortSignal): Promise<void> {
    this.#isInDoubt ||= (await this.#sink.worker(signal)) !== this.#worker;
    this.#failures = 0;
    this.#lookInMs = Math.min(longestLookMs, 2 * this.#lookInMs);
    this.#nextLookAt = performance.now() + this.#lookInMs;
  }

  #lookSoon(): void {
    this.#lookInMs = firstLookMs;
    this.#nextLookAt = performance.now() + firstLookMs;
  }

  async #observe(applied: () => Iterable<HaproxyRow>, running: Running, live: LiveSteps, signal: AbortSignal): Promise<Settled> {
    const startedAt = performance.now();
    const expected = new Expected(applied());
    const observed = await this.#sink.observe(expected.scope, signal);
    const isNew = observed.worker !== this.#worker;
    this.#worker = observed.worker;
    if (isNew) {
      // It has read the files, by its own or somebody else's doing.
      this.#leaving.clear();
      running.load(applied(), []);
    }
    const { steps, drift, needsReload } = expected.repair(withoutLeaving(observed, this.#leaving), running, live);
    if (needsReload) return { drift, needsReload: 'drift' };
    const sent = steps.length === 0 ? undefined : await this.#sink.send(steps, observed.worker, signal);
    this.#isInDoubt = false;
    if (sent !== undefined) this.#take(steps, sent);
    // It went away again while it was mended.
    if (this.#isInDoubt) return { ...this.#failed(), drift };
    this.#observeIn(performance.now() - startedAt);
    this.#lookSoon();
    const refused = steps.filter((_step, at) => sent?.outcomes[at]?.status === 'refused');
    return { drift, ...(refused.length > 0 && { refused }) };
  }

  /** @param takesMs - What it takes, or took. */
  #observeIn(takesMs: number): void {
    this.#nextObservationAt = performance.now() + Math.max(leastObserveMs, takesMs / observeShare);
  }

  async #askLeaving(signal: AbortSignal): Promise<void> {
    const now = performance.now();
    const steps = Array.from(this.#leaving.values(), ({ step, since }) => ({ ...step, cut: now - since >= mostLeavingMs }));
    this.#take(steps, await this.#sink.send(steps, this.#worker ?? 0, signal));
  }

  /** Learns what became of steps. */
  #take(steps: readonly LiveStep[], { outcomes }: Sent): void {
    for (const [at, step] of steps.entries()) {
      const status: StepOutcome['status'] = outcomes[at]?.status ?? 'unknown';
      this.#isInDoubt ||= status === 'unknown';
      if (step.do === 'remove server') this.#noteLeaving(step, status);
      else if (step.do === 'add server') this.#leaving.delete(`${step.backend}/${step.server.name}`);
    }
    this.#nextLeavingAt = this.#leaving.size === 0 ? Number.POSITIVE_INFINITY : performance.now() + leavingMs;
  }

  #noteLeaving(step: LiveStep & { readonly do: 'remove server' }, status: StepOutcome['status']): void {
    const key = `${step.backend}/${step.name}`;
    if (status === 'busy') this.#leaving.set(key, { step, since: this.#leaving.get(key)?.since ?? performance.now() });
    else this.#leaving.delete(key);
  }

  /** It counts as well again once it was told something, or looked at. */
  #failed(): Pick<Telling, 'needsReload'> {
    this.#isInDoubt = true;
    this.#failures += 1;
    this.#retryAt = performance.now() + (this.#failures === 1 ? 0 : firstRetryMs * 2 ** (this.#failures - 2));
    if (this.#failures > mostFailures) this.#givenUpUntil = performance.now() + givenUpMs;
    return this.#failures === mostFailures ? { needsReload: 'unreachable' } : {};
  }
}

/** Servers that finish are neither wanted nor in the way. */
function withoutLeaving<T extends { readonly servers: readonly { readonly backend: string; readonly name: string }[] }>(
  observed: T,
  leaving: ReadonlyMap<string, unknown>,
): T {
  if (leaving.size === 0) return observed;
  return { ...observed, servers: observed.servers.filter(({ backend, name }) => !leaving.has(`${backend}/${name}`)) };
}
