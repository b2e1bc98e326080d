import type { FileLayout } from '../haproxy/config-files.js';
import type { HaproxyFeatures } from '../haproxy/features.js';
import type { DirtyKeys, HaproxyModel } from '../haproxy/model.js';
import { Applied, layoutFor } from './applied.js';
import { allLater, Attempt, type Failed, reasonsOf } from './attempt.js';
import type { DurableSink, SinkReport } from './durable-sink.js';
import { type Lanes, type LaterStep, splitLanes } from './lanes.js';
import { LiveLane, type Telling } from './live-lane.js';
import { concerns, LiveSteps, needsProof, type Told } from './live-steps.js';
import type { LocalTargetOptions } from './local-target-options.js';
import type { Step } from './plan.js';
import { ReloadPace } from './reload-pace.js';
import { Running, slotCount } from './running.js';
import { complaintsOfTaken } from './taken-addresses.js';
import type { Complaint, Outcome, ReloadReason, Target } from './target.js';

/** Steps after HAProxy was asked about those that only it can judge. */
interface Proven {
  readonly accepted: readonly Step[];
  readonly refused: readonly LaterStep[];
}

/**
 * The HAProxy of this machine. Its configuration is on disk before HAProxy has it; what HAProxy can take up while it runs it is told at once,
 * the rest by a reload, soon after. What runs is read back whenever it may differ.
 * @public
 */
export class LocalTarget implements Target {
  readonly name: string;
  readonly #durable: DurableSink;
  readonly #lane: LiveLane | undefined;
  readonly #layout: FileLayout | undefined;
  readonly #pace: ReloadPace;
  readonly #running = new Running();
  #features: HaproxyFeatures | undefined;
  #applied: Applied | undefined;
  /** Steps that are on disk, and that a HAProxy which did not answer is still to have. */
  #untold: readonly Step[] = [];
  /** A reload is due whatever else there is to do. */
  #mustReload: 'drift' | 'unreachable' | undefined;

  constructor({ durable, live, layout, reloadIntervalMs }: LocalTargetOptions) {
    this.name = durable.name;
    this.#durable = durable;
    this.#lane = live === undefined || durable.note === undefined ? undefined : new LiveLane(live);
    this.#layout = layout;
    this.#pace = new ReloadPace(reloadIntervalMs);
  }

  async features(signal: AbortSignal): Promise<HaproxyFeatures> {
    return (this.#features = await this.#durable.features(signal));
  }

  async apply(desired: HaproxyModel, dirty: DirtyKeys, signal: AbortSignal): Promise<Outcome> {
    const applied = this.#appliedOf(desired);
    const attempt = new Attempt(desired, dirty);
    const steps = applied.plan(dirty);
    if (!applied.isComplete) return this.#reload(attempt, allLater(steps), applied, signal);
    if (this.#lane !== undefined) return this.#applyBoth(attempt, steps, applied, this.#lane, signal);
    return steps.length === 0 ? attempt.outcome({}) : this.#whenDue(attempt, allLater(steps), applied, signal);
  }

  check(desired: HaproxyModel, dirty: DirtyKeys, signal: AbortSignal): Promise<readonly Complaint[]> {
    const applied = this.#appliedOf(desired);
    return applied.check(applied.plan(dirty), signal);
  }

  onReport(listener: (report: SinkReport) => void): () => void {
    return this.#durable.onReport((report) => {
      if (report.kind === 'died' || report.kind === 'restarted') this.#lane?.doubt();
      listener(report);
    });
  }

  async close(how: 'stop' | 'keep', deadlineMs: number): Promise<void> {
    await this.#lane?.close();
    await this.#durable.close(how, deadlineMs);
  }

  #appliedOf(desired: HaproxyModel): Applied {
    const slots = this.#lane === undefined ? 0 : slotCount;
    return (this.#applied ??= new Applied(this.#durable, { slots, ...(this.#layout ?? layoutFor(desired)) }));
  }

  /** First what is told at once, then what a reload is for, if one is due. */
  async #applyBoth(attempt: Attempt, steps: readonly Step[], applied: Applied, lane: LiveLane, signal: AbortSignal): Promise<Outcome> {
    const live = new LiveSteps(this.#running, applied.files, this.#features);
    lane.expect(steps);
    const refused = await this.#settle(attempt, applied, lane, live, signal);
    if (this.#mustReload === undefined && lane.isUsable && lane.isInDoubt) return attempt.notNow(steps, lane.dueInMs);
    const { live: now, later, stands } = this.#lanes(steps, applied, lane);
    let waiting = [...refused, ...later];
    if (now.length > 0) {
      const proven = await this.#prove(attempt, now, lane, live, signal);
      if (lane.isInDoubt) return attempt.notNow(steps, lane.dueInMs);
      for (const section of stands) this.#running.stand(section);
      waiting = [...waiting, ...proven.refused, ...(await this.#tell(attempt, proven, applied, lane, live, signal))];
      // The worker may have gone in the middle.
      if (lane.isInDoubt) {
        this.#untold = [...this.#untold, ...attempt.live];
        attempt.live = [];
        waiting = [...waiting, ...(await this.#settle(attempt, applied, lane, live, signal))];
      }
    }
    return this.#whenDue(attempt, waiting, applied, signal);
  }

  /** Returns what HAProxy refused of what it had not been told before it went away: only a reload can bring that. */
  async #settle(attempt: Attempt, applied: Applied, lane: LiveLane, live: LiveSteps, signal: AbortSignal): Promise<readonly LaterStep[]> {
    const { drift, needsReload, refused = [] } = await lane.settle(() => applied.rows(), this.#running, live, signal);
    attempt.drift = [...attempt.drift, ...drift];
    this.#mustReload ??= needsReload;
    if (lane.isInDoubt) return [];
    const untold = this.#untold;
    this.#untold = [];
    const back = refused.length === 0 ? [] : untold.filter((step) => refused.some((each) => concerns(each, step)));
    if (refused.length > 0 && back.length === 0) this.#mustReload ??= 'drift';
    attempt.live = [...attempt.live, ...untold.filter((step) => !back.includes(step))];
    await applied.takeBack(back, signal);
    return back.map((step) => ({ step, cause: 'refused' }));
  }

  #lanes(steps: readonly Step[], applied: Applied, lane: LiveLane): Lanes {
    if (this.#mustReload !== undefined) return { live: [], later: allLater(steps), stands: [] };
    // A complete write helps where edits of files do not.
    if (applied.needsWrite) return { live: [], later: allLater(steps, 'drift'), stands: [] };
    if (!lane.isUsable) return { live: [], later: allLater(steps, 'unreachable'), stands: [] };
    const around = { running: this.#running, ...(this.#features && { features: this.#features }) };
    const spared = splitLanes(steps, { ...around, maySpare: true });
    // A reload that comes anyway brings the pools along.
    return spared.stands.length > 0 && spared.later.length > 0 && this.#pace.dueInMs === 0
      ? splitLanes(steps, { ...around, maySpare: false })
      : spared;
  }

  /** What only HAProxy can judge it is told first. What it refuses does not reach the disk but by a reload, which is checked. */
  async #prove(attempt: Attempt, steps: readonly Step[], lane: LiveLane, live: LiveSteps, signal: AbortSignal): Promise<Proven> {
    const { refused } = await this.#send(attempt, live.for(steps.filter(needsProof)), lane, signal);
    const accepted = refused.size === 0 ? steps : steps.filter((step) => !refused.has(step));
    return { accepted, refused: Array.from(refused.keys(), (step) => ({ step, cause: 'refused' })) };
  }

  /** Disk first, then HAProxy. Returns what it refused, which only a reload can bring. */
  async #tell(
    attempt: Attempt,
    { accepted: steps }: Proven,
    applied: Applied,
    lane: LiveLane,
    live: LiveSteps,
    signal: AbortSignal,
  ): Promise<readonly LaterStep[]> {
    try {
      await applied.note(steps, signal);
    } catch (cause) {
      // It has what was proven.
      if (steps.some(needsProof)) lane.doubt();
      throw cause;
    }
    const { refused } = await this.#send(attempt, live.for(steps.filter((step) => !needsProof(step))), lane, signal);
    await applied.takeBack([...refused.keys()], signal);
    attempt.live = [...attempt.live, ...(refused.size === 0 ? steps : steps.filter((step) => !refused.has(step)))];
    return Array.from(refused.keys(), (step) => ({ step, cause: 'refused' }));
  }

  async #send(attempt: Attempt, told: readonly Told[], lane: LiveLane, signal: AbortSignal): Promise<Telling> {
    const telling = await lane.tell(told, signal);
    attempt.sent.commands += telling.commands;
    attempt.sent.bytes += telling.bytes;
    this.#mustReload ??= telling.needsReload;
    return telling;
  }

  /** Reloads if it is time to; says otherwise when it will be. */
  async #whenDue(attempt: Attempt, later: readonly LaterStep[], applied: Applied, signal: AbortSignal): Promise<Outcome> {
    const isWanted = later.length > 0 || this.#mustReload !== undefined;
    const dueInMs = Math.min(
      isWanted ? this.#pace.dueInMs : Number.POSITIVE_INFINITY,
      Math.max(this.#running.renameDueInMs, this.#pace.dueInMs),
    );
    if (dueInMs <= 0) return this.#tryToReload(attempt, later, applied, signal);
    const againInMs = Math.min(this.#lane?.dueInMs ?? Number.POSITIVE_INFINITY, dueInMs);
    if (this.#untold.length > 0)
      return attempt.outcome({
        waiting: later.map(({ step }) => step),
        inMs: againInMs,
        reasons: [{ cause: 'unreachable' }, ...reasonsOf(later)],
      });
    return attempt.outcome({
      ...(later.length > 0 && { waiting: later.map(({ step }) => step), inMs: dueInMs, reasons: reasonsOf(later) }),
      ...(againInMs < Number.POSITIVE_INFINITY && { againInMs }),
    });
  }

  /** A reload that fails does not keep HAProxy from what it takes up while it runs. */
  async #tryToReload(attempt: Attempt, later: readonly LaterStep[], applied: Applied, signal: AbortSignal): Promise<Outcome> {
    try {
      return await this.#reload(attempt, later, applied, signal);
    } catch (error) {
      const lane = this.#lane;
      if (lane === undefined || signal.aborted) throw error;
      const retryInMs = this.#pace.failed();
      const failed: Failed = {
        waiting: later.map(({ step }) => step),
        inMs: retryInMs,
        reasons: reasonsOf(later),
        failure: { error, retryInMs },
      };
      const outcome = (): Outcome => attempt.outcome({ ...failed, againInMs: Math.min(retryInMs, lane.dueInMs) });
      if (later.length === 0 || (await lane.answers(signal))) return outcome();
      // HAProxy 3.2 closes its admin socket when two reloads in a row have failed, until one succeeds: then one with what it had.
      this.#mustReload ??= 'unreachable';
      return this.#reload(attempt, [], applied, signal, failed).catch(outcome);
    }
  }

  /** @param failed - What does not come with this one, because it failed. */
  async #reload(attempt: Attempt, later: readonly LaterStep[], applied: Applied, signal: AbortSignal, failed?: Failed): Promise<Outcome> {
    const steps = later.map(({ step }) => step);
    const isFirst = !applied.isComplete;
    const spares = this.#lane === undefined ? [] : this.#running.spareSteps(applied.sectionsAfter(steps));
    this.#lane?.rest();
    const hasStands = this.#running.renameDueInMs < Number.POSITIVE_INFINITY;
    const written = await applied.write(steps, spares, this.#mustReload !== undefined || hasStands, signal).catch((error: unknown) => {
      const complaints = signal.aborted ? [] : complaintsOfTaken(error, applied.sectionsAfter(steps));
      if (complaints.length === 0) throw error;
      return { complaints, outcome: { lastGoodPasses: true } };
    });
    if ('complaints' in written)
      return attempt.outcome(failed ?? { refused: { isProven: written.outcome.lastGoodPasses, complaints: written.complaints } });
    const { outcome } = written;
    const reasons: ReloadReason[] = reasonsOf(later);
    // A HAProxy of before that has other files.
    if (isFirst && outcome.action === 'reloaded') reasons.push({ cause: 'drift' });
    if (this.#mustReload !== undefined) reasons.push({ cause: this.#mustReload });
    if (hasStands && reasons.length === 0) reasons.push({ cause: 'names' });
    this.#mustReload = undefined;
    this.#running.load(applied.rows(), spares);
    this.#lane?.loaded(outcome.action === 'unchanged' ? undefined : outcome.worker, applied);
    if (failed === undefined) this.#pace.reloaded(outcome.action !== 'unchanged', outcome.oldWorkers);
    attempt.done = [...this.#untold, ...steps];
    this.#untold = [];
    const againInMs = Math.min(this.#lane?.dueInMs ?? Number.POSITIVE_INFINITY, failed?.inMs ?? Number.POSITIVE_INFINITY);
    return attempt.outcome({
      ...failed,
      reload: outcome.action === 'unchanged' ? 'none' : outcome.action,
      reloadReasons: reasons,
      ...(againInMs < Number.POSITIVE_INFINITY && { againInMs }),
      ...(outcome.oldWorkers !== undefined && { oldWorkers: outcome.oldWorkers }),
    });
  }
}
