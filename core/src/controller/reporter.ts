import type { Diagnostic } from '../resource/diagnostic.js';
import type { ObjectRef } from '../resource/resource.js';

/** Which objects HAProxy serves. @public */
export interface ServingChange {
  /** Objects with routes that HAProxy has from now on; one that is made anew under its name is told of again. */
  readonly added: readonly ObjectRef[];
  /** Objects of which it has no routes any more: they are gone, or not ours any longer. */
  readonly removed: readonly ObjectRef[];
}

/**
 * Tells people what they should know of what they wrote: a log, Kubernetes Events and status, a terminal.
 * `report` and `serving` are called one at a time and must not throw; what they have to wait for they do in the background.
 * @public
 */
export interface Reporter {
  readonly name: string;
  /** After a change was computed, with what is new and what is settled. */
  report(change: { readonly added: readonly Diagnostic[]; readonly removed: readonly Diagnostic[] }): void;
  /** After every target has taken a change up. The first call has all objects, and comes even if there is none. */
  serving?(change: ServingChange): void;
  /**
   * Works in the background while the controller runs, from its start on; nothing waits for it but the end. Aborted at the end; it has to
   * resolve soon then. A rejection is told and ends this reporter alone.
   */
  run?(signal: AbortSignal): Promise<void>;
}
