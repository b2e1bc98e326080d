import type { Cell } from './cell.js';
import type { DerivedStore } from './derived-store.js';
import type { Engine } from './engine.js';
import { type Failure, FailureRead, originFailure, passedOnFailure } from './failure.js';
import { foreignTable, readsForward, readTooLate, untilIsNoTime } from './misuse.js';
import { type Emission, emissionOf } from './outputs.js';
import type { Read } from './read.js';
import type { Slot } from './slot.js';
import { Store } from './store.js';
import type { Table } from './table.js';

const noNotes: readonly unknown[] = [];

/**
 * Runs computes, one at a time, and records what each reads. There is one `read` for all of them, so a compute costs no closure.
 * @internal
 */
export class ComputeSession {
  readonly read: Read;
  readonly #engine: Engine;
  #table: DerivedStore | undefined;
  #cell: Cell | undefined;
  /** Number of this compute. */
  #serial = 0;
  /** How many reads came in the same order as last time; nearly always that is all of them, and nothing has to be written. */
  #matched = 0;
  #fresh: Slot[] = [];
  #notes: unknown[] = [];
  #wakeAt: number | undefined;
  /** The first error that `read` threw. Catching it does not help the compute. */
  #fault: { readonly error: unknown } | undefined;

  constructor(engine: Engine) {
    this.#engine = engine;
    this.read = Object.assign(<V>(table: Table<V>, key: string) => this.#row(table, key) as V | undefined, {
      settled: <V>(table: Table<V>, key: string) => this.#settled(table, key) as V | Failure | undefined,
      now: (until: number) => this.#now(until),
      note: (note: unknown) => this.#note(note),
    });
  }

  get isComputing(): boolean {
    return this.#cell !== undefined;
  }

  /** Computes a cell. What it reads is recorded even if it fails. */
  compute(table: DerivedStore, cell: Cell, row: unknown): Emission | Failure {
    this.#begin(table, cell);
    const outcome = this.#attempt(table, cell, row);
    this.#end(table, cell);
    return outcome;
  }

  /** Drops all that the last compute of a cell recorded. */
  forget(table: DerivedStore, cell: Cell): void {
    this.#begin(table, cell);
    this.#end(table, cell);
  }

  #begin(table: DerivedStore, cell: Cell): void {
    this.#table = table;
    this.#cell = cell;
    this.#serial += 1;
    this.#matched = 0;
    this.#wakeAt = undefined;
    this.#fault = undefined;
  }

  #attempt(table: DerivedStore, cell: Cell, row: unknown): Emission | Failure {
    try {
      const emission = emissionOf(table.derive(row, this.read, cell.source.key));
      return this.#fault === undefined ? emission : this.#failure(table, cell, this.#fault.error);
    } catch (error) {
      return this.#failure(table, cell, this.#fault === undefined ? error : this.#fault.error);
    }
  }

  #failure(table: DerivedStore, cell: Cell, error: unknown): Failure {
    if (error instanceof FailureRead) return passedOnFailure(table.name, cell.source.key, error.failure);
    return originFailure(table.name, cell.source.key, error);
  }

  #end(table: DerivedStore, cell: Cell): void {
    this.#table = undefined;
    this.#cell = undefined;
    this.#link(cell);
    this.#engine.wakeUps.set(cell, this.#wakeAt, this.#engine.undo);
    const notes = this.#notes;
    if (notes.length > 0) this.#notes = [];
    table.setNotes(cell.source.key, notes.length > 0 ? notes : noNotes);
  }

  /** Makes the cell a reader of what it read, and of nothing else. */
  #link(cell: Cell): void {
    if (this.#fresh.length === 0 && cell.readAt(this.#matched) === undefined) return;
    const before = cell.reads;
    const { undo } = this.#engine;
    // Joined by `concat`, because spreading pushes, and arrays that were pushed to keep room for 16 more.
    const after = before.slice(0, this.#matched).concat(this.#fresh);
    for (const slot of this.#fresh) slot.addReader(cell, undo);
    undo?.field(cell, 'reads');
    cell.reads = after;
    for (const slot of before) if (slot.seen !== this.#serial) this.#unread(slot, cell);
    if (this.#fresh.length > 0) this.#fresh = [];
  }

  #unread(slot: Slot, cell: Cell): void {
    slot.removeReader(cell, this.#engine.undo);
    slot.store.tidy(slot);
  }

  #row(table: Table<unknown>, key: string): unknown {
    const slot = this.#record(table, key);
    const failure = slot.store.failureOf(slot);
    if (failure !== undefined) throw this.#fail(new FailureRead(failure));
    return slot.row;
  }

  #settled(table: Table<unknown>, key: string): unknown {
    const slot = this.#record(table, key);
    return slot.store.failureOf(slot) ?? slot.row;
  }

  #now(until: number): number {
    this.#current();
    if (typeof until !== 'number' || Number.isNaN(until)) throw this.#fail(untilIsNoTime(until));
    const { time } = this.#engine;
    if (until > time && until < (this.#wakeAt ?? Number.POSITIVE_INFINITY)) this.#wakeAt = until;
    return time;
  }

  #note(note: unknown): void {
    this.#current();
    this.#notes.push(note);
  }

  /** Records that the current cell depends on a key. */
  #record(table: Table<unknown>, key: string): Slot {
    const slot = this.#readable(table).slotAt(key);
    if (slot.seen === this.#serial) return slot;
    slot.seen = this.#serial;
    if (this.#cell?.readAt(this.#matched) === slot) this.#matched += 1;
    else this.#fresh.push(slot);
    return slot;
  }

  #readable(table: Table<unknown>): Store {
    const reader = this.#current();
    if (!(table instanceof Store) || table.engine !== this.#engine) throw this.#fail(foreignTable(table.name));
    if (table.index >= reader.index) throw this.#fail(readsForward(reader.name, table.name));
    return table;
  }

  #current(): DerivedStore {
    if (this.#table === undefined) throw readTooLate();
    return this.#table;
  }

  #fail(error: Error): Error {
    this.#fault ??= { error };
    return error;
  }
}
