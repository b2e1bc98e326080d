import type { Diagnostic } from '../resource/diagnostic.js';

/**
 * Tells people what they should know of what they wrote: a log, Kubernetes Events, a terminal.
 * Called one at a time, after a change was computed, with what is new and what is settled. It must not throw; what it has to wait for
 * it does in the background.
 * @public
 */
export interface Reporter {
  readonly name: string;
  report(change: { readonly added: readonly Diagnostic[]; readonly removed: readonly Diagnostic[] }): void;
}
