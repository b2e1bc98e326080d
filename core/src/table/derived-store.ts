import { dequal } from 'dequal';

import { Cell } from './cell.js';
import type { Engine } from './engine.js';
import { type Failure, isFailure, passedOnFailure, sameFailure } from './failure.js';
import { Inlet } from './inlet.js';
import { type Emission, moveOutputs, noOutputs } from './outputs.js';
import type { Derive } from './read.js';
import { type Slot, touched } from './slot.js';
import { type Equals, Store } from './store.js';
import type { DerivedTable } from './table.js';
import { write } from './undo-log.js';

/** @internal */
export class DerivedStore extends Store implements DerivedTable<unknown> {
  readonly kind = 'derived';
  readonly derive: Derive<unknown, unknown>;
  readonly #equals: Equals;
  readonly #inlet: Inlet<Cell>;
  /** Slots whose row may have changed in this commit. */
  #touched: Slot[] = [];
  readonly #touch = (slot: Slot): void => {
    if (slot.seen === touched) return;
    slot.seen = touched;
    this.#touched.push(slot);
  };

  constructor(engine: Engine, name: string, index: number, from: Store, derive: Derive<unknown, unknown>, equals: Equals) {
    super(engine, name, index);
    this.derive = derive;
    this.#equals = equals;
    this.#inlet = new Inlet(from, Cell);
  }

  get isDirty(): boolean {
    return this.#inlet.isDirty;
  }

  /** First all cells, then the rows: a key that moves from one input row to another in one commit changes once, or not at all. */
  *settle(): Generator<undefined, void> {
    for (const cell of this.#inlet.takeDirty(this.engine.undo)) {
      cell.isDirty = false;
      this.#refresh(cell);
      if (this.engine.isSliceOver) yield;
    }
    for (const slot of this.#touched) {
      slot.seen = 0;
      this.#decide(slot);
      if (this.engine.isSliceOver) yield;
    }
    this.#touched = [];
  }

  /** Replaces the notes of a cell. */
  setNotes(key: string, after: readonly unknown[]): void {
    if (after.length === 0 && this.notes.size === 0) return;
    const before = this.notes.get(key) ?? [];
    if (after.length === 0 && before.length === 0) return;
    if (this.isSame(dequal, before, after)) return;
    write(this.notes, key, after.length === 0 ? undefined : after, this.engine.undo);
    this.changes.notes.push({ table: this.name, key, before, after });
  }

  #refresh(cell: Cell): void {
    const { source, inlet } = cell;
    const failure = source.store.failureOf(source);
    if (failure !== undefined) this.#record(cell, this.#passOn(cell, failure));
    else if (source.row !== undefined) {
      this.#record(cell, this.#compute(cell, source.row));
      // It comes back when its source changes, which is all that can wake it.
      if (cell.isIdle && !this.engine.wakeUps.has(cell)) inlet.detach(cell, this.engine.undo);
    } else {
      this.engine.session.forget(this, cell);
      this.#record(cell, noOutputs);
      inlet.detach(cell, this.engine.undo);
    }
  }

  #compute(cell: Cell, row: unknown): Emission | Failure {
    this.counts.computes += 1;
    return this.engine.session.compute(this, cell, row);
  }

  #passOn(cell: Cell, failure: Failure): Failure {
    this.engine.session.forget(this, cell);
    return passedOnFailure(this.name, cell.source.key, failure);
  }

  #record(cell: Cell, outcome: Emission | Failure): void {
    const hasFailed = isFailure(outcome);
    this.#setFailure(cell.source.key, hasFailed ? outcome : undefined);
    const emission = hasFailed ? noOutputs : outcome;
    if (emission !== noOutputs || !cell.isSilent) moveOutputs(cell, emission, this, this.#touch);
  }

  #setFailure(key: string, after: Failure | undefined): void {
    if (after === undefined && this.failures.size === 0) return;
    const before = this.failures.get(key);
    if (sameFailure(before, after)) return;
    const slot = this.slotAt(key);
    this.writeFailure(key, before, after);
    this.announce(slot);
    if (after === undefined) this.tidy(slot);
  }

  /** Settles which row stands in a slot. */
  #decide(slot: Slot): void {
    const { row: before, winner } = slot;
    if (winner === undefined) {
      if (before !== undefined) this.#replace(slot, undefined);
      this.tidy(slot);
      return;
    }
    const after = winner.rowFor(slot);
    if (after === before) return;
    if (before !== undefined && this.isSame(this.#equals, before, after)) this.#keep(winner, slot, before, after);
    else this.#replace(slot, after);
  }

  #replace(slot: Slot, after: unknown): void {
    this.writeRow(slot, after);
    // Behind a failure nobody sees the row.
    if (this.failureOf(slot) === undefined) this.announce(slot);
  }

  /** Puts the old object in the place of an equal new one. */
  #keep(winner: Cell, slot: Slot, before: unknown, after: unknown): void {
    this.engine.undo?.call(keep, winner, slot, after);
    winner.keep(slot, before);
  }
}

function keep(cell: Cell, slot: Slot, row: unknown): void {
  cell.keep(slot, row);
}
