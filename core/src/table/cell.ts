import { Dependent } from './inlet.js';
import { noOutputs, type Outputs } from './outputs.js';
import type { Slot } from './slot.js';

/** Shared by all cells that read nothing; never written into. @internal */
export const noReads: readonly Slot[] = [];

/**
 * One input row of a derived table: what it read and what it emitted. What few cells have (notes, a failure, a wake-up) is kept in
 * maps elsewhere.
 * @internal
 */
export class Cell extends Dependent {
  reads: readonly Slot[] = noReads;
  outputs: Outputs = noOutputs;
}
