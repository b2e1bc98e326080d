import { Dependent } from './inlet.js';
import { noOutputs, type Outputs, rowIndex } from './outputs.js';
import { Slot } from './slot.js';

/** Shared by all cells that read nothing; never written into. */
const noReads: readonly Slot[] = [];

/**
 * One input row of a derived table: what it read and what it emitted. There are hundreds of thousands, most of which read or emit one
 * row: that takes no array. What few cells have (notes, a failure, a wake-up) is kept in
 * maps elsewhere.
 * @internal
 */
export class Cell extends Dependent {
  #reads: Slot | readonly Slot[] = noReads;
  #outputs: Slot | Outputs = noOutputs;
  /** Stands here where the outputs are a single slot. */
  #row: unknown = undefined;

  /** Whether it has neither read nor emitted anything: then there is nothing to remember. */
  get isIdle(): boolean {
    return this.#reads === noReads && this.#outputs === noOutputs;
  }

  /** Whether it emits nothing. */
  get isSilent(): boolean {
    return this.#outputs === noOutputs;
  }

  /** The slots that it read, in order. */
  get reads(): readonly Slot[] {
    return this.#reads instanceof Slot ? [this.#reads] : this.#reads;
  }

  set reads(reads: readonly Slot[]) {
    this.#reads = reads.length === 0 ? noReads : reads.length === 1 ? (reads[0] as Slot) : reads;
  }

  readAt(place: number): Slot | undefined {
    if (this.#reads instanceof Slot) return place === 0 ? this.#reads : undefined;
    return this.#reads[place];
  }

  get outputs(): Outputs {
    return this.#outputs instanceof Slot ? [this.#outputs, this.#row] : this.#outputs;
  }

  set outputs(outputs: Outputs) {
    const isSingle = outputs.length === 2;
    this.#outputs = outputs.length === 0 ? noOutputs : isSingle ? (outputs[0] as Slot) : outputs;
    this.#row = isSingle ? outputs[1] : undefined;
  }

  /** The row that it emits into a slot, which is known to be one of its own. */
  rowFor(slot: Slot): unknown {
    return this.#outputs instanceof Slot ? this.#row : this.#outputs[rowIndex(this.#outputs, slot)];
  }

  /** Puts another object in the place of that row. */
  keep(slot: Slot, row: unknown): void {
    if (this.#outputs instanceof Slot) this.#row = row;
    else this.#outputs[rowIndex(this.#outputs, slot)] = row;
  }
}
