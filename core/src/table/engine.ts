import { ComputeSession } from './compute-session.js';
import type { UndoLog } from './undo-log.js';
import { WakeUps } from './wake-ups.js';

/** What all tables of one `Tables` share. @internal */
export class Engine {
  /** Time of the current, or the last, commit. */
  time: number = Number.NEGATIVE_INFINITY;
  /** Where changes are logged during a preview. */
  undo: UndoLog | undefined = undefined;
  /** When a commit that yields should let others have their turn. */
  sliceEnd: number = Number.POSITIVE_INFINITY;
  readonly wakeUps: WakeUps = new WakeUps();
  readonly session: ComputeSession = new ComputeSession(this);

  get isSliceOver(): boolean {
    return this.sliceEnd !== Number.POSITIVE_INFINITY && performance.now() >= this.sliceEnd;
  }
}
