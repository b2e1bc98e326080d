import type { EventEmitter } from 'eventemitter3';
import type { Source } from '../resource/source.js';
import type { Target } from '../target/target.js';
import type { ControllerEvents } from './events.js';
import type { Pipeline, PipelineOptions } from './pipeline.js';
import type { Reporter } from './reporter.js';
import type { Sink } from './sinks.js';

/** @public */
export interface ControllerOptions extends Omit<PipelineOptions, 'onChange'> {
  /** Of an object that several hold, the one of the source named first counts. */
  readonly sources: readonly Source[];
  /** Short for targets of this machine: each durable sink is one, together with the live sink that follows it. */
  readonly sinks?: readonly Sink[];
  readonly targets?: readonly Target[];
  readonly reporters?: readonly Reporter[];
  /** For `sinks`: see {@link LocalTargetOptions.reloadIntervalMs}. */
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
  /** Sources of which the first full list is still to come; nothing is applied before. */
  readonly waitsFor: readonly string[];
  /** Whether the first configuration that holds all listed objects is serving. */
  readonly isReady: boolean;
  /**
   * Runs until `signal` is aborted, then stops cleanly; called once.
   * @throws {@link SignalboxError} of a source or target that is lost for good. HAProxy is left serving then, whatever `onStop` says.
   */
  run(signal: AbortSignal): Promise<void>;
}
