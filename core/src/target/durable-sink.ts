import type { HaproxyFeatures } from '../haproxy/features.js';
import type { ListenOptions } from '../haproxy/listen-options.js';
import type { FileEdit } from './file-edit.js';

/** One file that HAProxy reads. @public */
export interface ConfigFile {
  /** Relative to the folder of the configuration, with `/`: `haproxy.cfg`, `maps/host.map`. Made by the encoder of file names. */
  readonly path: string;
  readonly content: string;
  /** Holds private keys or passwords: readable by the owner only, and never shown. */
  readonly secret: boolean;
}

/** Files to change. @public */
export interface FileChange {
  /** All files are named: those that are not are gone. Otherwise those that are not named stay as they are. */
  readonly complete: boolean;
  /** New content by path; `undefined` removes the file. */
  readonly files: ReadonlyMap<string, ConfigFile | undefined>;
  /** HAProxy is to load the files anew even where it is known to have them: what runs was changed by another way. */
  readonly mustReload?: true;
}

/** One message of HAProxy's check, without anything that could hold a secret. @public */
export interface CheckMessage {
  readonly severity: 'alert' | 'warning';
  /** The path of {@link ConfigFile}, where HAProxy named one. */
  readonly file?: string;
  /** From 1. */
  readonly line?: number;
  /** HAProxy's words, cut and cleaned. For matching, not to be passed on raw. */
  readonly text: string;
  /** Other paths of {@link ConfigFile}s that the words name: a certificate that cannot be loaded, a list with a bad entry. */
  readonly mentions?: readonly string[];
}

/** What HAProxy says of files. @public */
export interface CheckOutcome {
  readonly passed: boolean;
  readonly messages: readonly CheckMessage[];
}

/** Keeps one text over restarts. @public */
export interface SinkMemory {
  /** `undefined` where none was written, or it cannot be read. */
  read(): Promise<string | undefined>;
  /** Replaces the text at once or not at all; only the owner can read it. @throws {@link SignalboxError} `SINK_UNWRITABLE`. */
  write(text: string): Promise<void>;
}

/** What became of a {@link FileChange}. @public */
export type WriteOutcome =
  | {
      readonly status: 'applied';
      /** `unchanged`: what runs already has these files. `started`: HAProxy was not running. */
      readonly action: 'unchanged' | 'started' | 'reloaded';
      /** Pid of the worker that serves, where the sink can tell. */
      readonly worker?: number;
      /** Workers of before that still finish what they had begun, where the sink can tell. */
      readonly oldWorkers?: number;
      /** Time from the first byte written to the new worker answering. */
      readonly durationMs: number;
    }
  | {
      /** HAProxy refused the files; the ones before still serve, on disk too. */
      readonly status: 'refused';
      readonly messages: readonly CheckMessage[];
      /** Whether the files that serve still pass the check: if not, the new ones may not be to blame (a full disk, a missing library…). */
      readonly lastGoodPasses: boolean;
    };

/** What a sink tells while nobody asks. @public */
export interface SinkReport {
  readonly kind: 'started' | 'adopted' | 'died' | 'restarted' | 'stopped' | 'failed' | 'workers';
  /** For people. */
  readonly message: string;
  /** With `workers`: how many finish what they had begun before a reload. */
  readonly oldWorkers?: number;
}

/**
 * Keeps the configuration of one HAProxy on disk, and HAProxy on it.
 *
 * The target calls `features` first, then `write`, one at a time. The first `write` is complete.
 * @public
 */
export interface DurableSink {
  readonly name: string;
  /** Where its HAProxy has what the configuration must name, so that a host need not say it twice. What the host says counts. */
  readonly listen?: Pick<ListenOptions, 'statsSocket' | 'serverStateFile'>;
  /** What the HAProxy at hand can do. @throws {@link SignalboxError} `HAPROXY_NOT_FOUND`, `HAPROXY_TOO_OLD`. */
  features(signal: AbortSignal): Promise<HaproxyFeatures>;
  /**
   * Lets HAProxy serve what a run before left on disk, while it is not known yet what is wanted: one that lives is found and looked after, and
   * where there is none it is started. Before the first `write`; after it nothing is done. Resolves to whether there is anything to serve; a
   * HAProxy that does not start with it is tried again, and told of by a report. Absent: nothing is kept from run to run.
   * @throws {@link SignalboxError} `SINK_UNWRITABLE`, `HAPROXY_RELOAD_FAILED`.
   */
  resume?(signal: AbortSignal): Promise<boolean>;
  /**
   * Writes a whole generation beside the one that serves, checks it, swaps it in, and starts HAProxy or reloads it without
   * dropping a connection. A crash at any instant leaves the last good generation in place. If the files are those that a living
   * HAProxy was started or reloaded with, nothing is done. A rejection means that nothing changed and the call may be repeated:
   * the files of a rejected or refused call are not remembered.
   * @throws {@link SignalboxError} `SINK_UNWRITABLE`, `HAPROXY_RELOAD_FAILED`.
   */
  write(change: FileChange, signal: AbortSignal): Promise<WriteOutcome>;
  /**
   * Takes up edits of files that a running HAProxy is told by another way. They are on disk when this ends: whoever reads the files through
   * this sink from now on finds them, {@link DurableSink.write}, {@link DurableSink.check}, a restart of HAProxy and another sink after a
   * crash among them; HAProxy itself is not told, and counts as having them. The cost is that of the edits, whatever the size of the files:
   * those that HAProxy reads may follow a little later. Not before the first `write`. A rejection means that nothing was taken up; one that
   * repeats calls for a complete `write`. Absent: every change is a `write`.
   * @throws {@link SignalboxError} `SINK_UNWRITABLE`, also where items of a file are edited that is not there; `CONTROLLER_STATE` before the
   * first `write`, and after `close`.
   */
  note?(edits: readonly FileEdit[], signal: AbortSignal): Promise<void>;
  /**
   * Whether HAProxy would take the files that `change` leads to. Nothing changes but for what is needed to ask.
   * @throws {@link SignalboxError} `SINK_UNWRITABLE`; `HAPROXY_RELOAD_FAILED` if the check came to no end.
   */
  check(change: FileChange, signal: AbortSignal): Promise<CheckOutcome>;
  /** For what the controller must not forget, beside the configuration. Absent: it is forgotten at the end. */
  readonly memory?: SinkMemory;
  /** Follows what happens to HAProxy from now on: deaths, restarts. Returns the function that ends it. */
  onReport(listener: (report: SinkReport) => void): () => void;
  /**
   * Ends: `stop` lets requests in flight finish and stops the HAProxy that this sink started, within `deadlineMs`; `keep` leaves
   * it serving, to be adopted later. A HAProxy that somebody else runs is left alone either way.
   */
  close(how: 'stop' | 'keep', deadlineMs: number): Promise<void>;
}
