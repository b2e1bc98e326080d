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

  #asked = 0;

  /** Looks at the clock every now and then: that costs more than most computes. */
  get isSliceOver(): boolean {
    if (this.sliceEnd === Number.POSITIVE_INFINITY) return false;
    this.#asked = (this.#asked + 1) % 8;
    return this.#asked === 0 && performance.now() >= this.sliceEnd;
  }
}
