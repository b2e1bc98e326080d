import type { HaproxyFeatures } from '../haproxy/features.js';
import type { DirtyKeys, HaproxyModel } from '../haproxy/model.js';
import type { Origin } from '../resource/origin.js';
import type { SinkReport } from './durable-sink.js';
import type { ReloadCause } from './lanes.js';
import type { Step } from './plan.js';

/** Why HAProxy was reloaded, or is to be. @public */
export interface ReloadReason {
  readonly cause: ReloadCause;
  /** The row that asks for it; absent where none does. */
  readonly step?: Step;
}

/** What became of an attempt to apply. @public */
export interface Outcome {
  /** What was done, in order; empty when nothing differed. */
  readonly steps: readonly Step[];
  /** Those of `steps` that HAProxy took up while it ran. Absent: none. */
  readonly live?: readonly Step[];
  /** What the reload was for. */
  readonly reasons?: readonly ReloadReason[];
  /** Keys that are not done yet, though nothing is wrong: they are to be given again so much later, or earlier with others. */
  readonly waiting?: { readonly keys: DirtyKeys; readonly inMs: number; readonly reasons: readonly ReloadReason[] };
  /** A reload was tried and failed; it is among what {@link Outcome.waiting} says. What HAProxy takes up while it runs goes on. */
  readonly failure?: { readonly error: unknown; readonly retryInMs: number };
  /** The target is to be called so much later, whether there is anything dirty or not. */
  readonly againInMs?: number;
  /** What was found to differ from what was applied, for people; it is mended, or about to be. */
  readonly drift?: readonly string[];
  /** What was sent to a running HAProxy. */
  readonly sent?: { readonly commands: number; readonly bytes: number };
  /** Workers that finish what they had begun. Absent where that is not known. */
  readonly oldWorkers?: number;
  /** Whether HAProxy was started or reloaded for it. `none`: what runs had it all already, or nothing was done. */
  readonly reload: 'none' | 'started' | 'reloaded';
  /** HAProxy refused: what runs is as before, and the keys stay dirty. */
  readonly refused?: ConfigurationRefusal;
  readonly durationMs: number;
}

/** What HAProxy has against a configuration. @public */
export interface ConfigurationRefusal {
  /** Whether what is wanted is to blame: what serves still passes HAProxy's check, so that the machine is in order. */
  readonly isProven: boolean;
  /** At least one. */
  readonly complaints: readonly Complaint[];
}

/** One thing that HAProxy has against a configuration. @public */
export interface Complaint {
  /** HAProxy's words, cut and cleaned. */
  readonly text: string;
  /** Where that comes from; empty where HAProxy does not say. */
  readonly origins: readonly Origin[];
}

/**
 * One HAProxy to keep in the wanted state. It remembers what it has applied.
 * @public
 */
export interface Target {
  readonly name: string;
  /** What the HAProxy at hand can do. Called first, once. */
  features(signal: AbortSignal): Promise<HaproxyFeatures>;
  /**
   * Brings the dirty keys to `desired`. The rows are read before the first wait, so that later commits do no harm. One call at a time;
   * the first has all keys; later ones may have none, where {@link Outcome.againInMs} asked for it. A rejection means that nothing is known to have changed: the keys stay dirty, and the call is repeated.
   */
  apply(desired: HaproxyModel, dirty: DirtyKeys, signal: AbortSignal): Promise<Outcome>;
  /**
   * What HAProxy has against `desired`; nothing if it would take it. The rows are read before the first wait. Nothing is remembered, and
   * what runs is not touched. Called after a refusal, to find out what it was for; without it one refusal tells one thing at a time.
   */
  check?(desired: HaproxyModel, dirty: DirtyKeys, signal: AbortSignal): Promise<readonly Complaint[]>;
  /** Follows what happens to HAProxy by itself. Returns the function that ends it. */
  onReport(listener: (report: SinkReport) => void): () => void;
  /** Ends; see {@link DurableSink.close}. */
  close(how: 'stop' | 'keep', deadlineMs: number): Promise<void>;
}
