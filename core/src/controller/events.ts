import type { Diagnostic } from '../resource/diagnostic.js';
import type { ObjectRef } from '../resource/resource.js';
import type { SinkReport } from '../target/durable-sink.js';
import type { Step } from '../target/plan.js';
import type { ReloadReason } from '../target/target.js';

/** What happens in a controller, by name of the event. Listeners are called at once and must not throw. @public */
export interface ControllerEvents {
  /** The first full lists of these sources take long. Meanwhile these targets serve what a run before has left. */
  late: [{ readonly sources: readonly string[]; readonly targets: readonly string[] }];
  /** Every source that serving waits for has given its first full list. */
  synced: [];
  /** Objects that exist, and to which others refer, did not come in time: what is applied is without them until they do. */
  incomplete: [{ readonly objects: readonly ObjectRef[] }];
  /** Objects changed and all that depends on them was computed. */
  changed: [{ readonly rows: number; readonly durationMs: number }];
  /** What users should know has changed. */
  diagnostics: [{ readonly added: readonly Diagnostic[]; readonly removed: readonly Diagnostic[] }];
  /** A target has what is wanted. */
  applied: [
    {
      readonly target: string;
      readonly steps: readonly Step[];
      /** Those of `steps` that HAProxy took up while it ran. */
      readonly live: readonly Step[];
      readonly reload: 'none' | 'started' | 'reloaded';
      /** What was sent to a running HAProxy. */
      readonly sent?: { readonly commands: number; readonly bytes: number };
      /** Something waits for a reload, which comes in so many milliseconds, or earlier with others. */
      readonly waiting?: { readonly reasons: readonly ReloadReason[]; readonly inMs: number };
      readonly durationMs: number;
    },
  ];
  /** What ran was not what was wanted, by somebody's doing or after a failure; it is mended. Each difference for people. */
  drifted: [{ readonly target: string; readonly differences: readonly string[] }];
  /** HAProxy refused what is wanted, and nobody could be found to blame; it serves what it had. */
  rejected: [{ readonly target: string; readonly diagnostics: readonly Diagnostic[] }];
  /** What HAProxy refused was isolated, or is let out again, so that all else is taken up: every object that is isolated now. */
  quarantined: [{ readonly objects: readonly ObjectRef[] }];
  /** HAProxy was started or reloaded, and for what. */
  reloaded: [
    {
      readonly target: string;
      /** The objects and fields, cut where there are many; empty at a start. */
      readonly reasons: readonly string[];
      /** What HAProxy could not take up while it ran; empty at a start. */
      readonly causes: readonly ReloadReason[];
      /** Workers that finish what they had begun. Absent where that is not known. */
      readonly oldWorkers?: number;
      readonly durationMs: number;
    },
  ];
  /** Something happened to HAProxy by itself. */
  haproxy: [{ readonly target: string; readonly report: SinkReport }];
  /** An attempt failed and will be repeated; `retryInMs` says when. */
  failed: [{ readonly target: string; readonly error: unknown; readonly retryInMs: number }];
  stopped: [];
}
