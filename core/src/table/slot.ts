import type { Cell } from './cell.js';
import type { Dependent } from './inlet.js';
import { compareText, SortedList } from './sorted-list.js';
import type { Store } from './store.js';
import type { UndoLog } from './undo-log.js';

/** Up to so many, an array is smaller than a set and as quick. */
const fewReaders = 8;

/** In {@link Slot.seen}: the row may change. No compute can read the slot then. @internal */
export const touched = -1;

/**
 * The place of one key in a table, with a row or without: everything that has to do with this key hangs here, so that a change finds
 * its way by pointers. It exists as long as something does. There are hundreds of thousands: few fields, and no list or set for one.
 * @internal
 */
export class Slot {
  readonly store: Store;
  readonly key: string;
  row: unknown = undefined;
  /** What is computed from this row: a chain, one for each table made from this one. */
  dependents: Dependent | undefined = undefined;
  /** Number of the last compute that read this slot, so that reading twice records once. While its own table decides its row: {@link touched}. */
  seen = 0;
  #readers: Cell | Cell[] | Set<Cell> | undefined = undefined;
  #claimants: Cell | SortedList<Cell> | undefined = undefined;

  constructor(store: Store, key: string) {
    this.store = store;
    this.key = key;
  }

  get isVacant(): boolean {
    return this.row === undefined && this.dependents === undefined && this.#readers === undefined && this.#claimants === undefined;
  }

  /** Whether anybody reads this key. */
  get isWatched(): boolean {
    return this.#readers !== undefined;
  }

  /** Of the cells that emit this key, the one with the smallest input key: its row stands. */
  get winner(): Cell | undefined {
    return this.#claimants instanceof SortedList ? this.#claimants.first : this.#claimants;
  }

  /** Has all computed again that read this key. */
  wakeReaders(): void {
    const readers = this.#readers;
    if (readers === undefined) return;
    if (Array.isArray(readers) || readers instanceof Set) for (const reader of readers) reader.wake();
    else readers.wake();
  }

  /** Does nothing for a cell that reads this key already. */
  addReader(cell: Cell, undo: UndoLog | undefined): void {
    const readers = this.#readers;
    if (readers === cell) return;
    if (readers === undefined) {
      this.#readers = cell;
      this.store.watchTouched?.add(this.key);
    } else if (readers instanceof Set) {
      if (readers.has(cell)) return;
      readers.add(cell);
    } else if (Array.isArray(readers)) {
      if (readers.includes(cell)) return;
      this.#readers = readers.length < fewReaders ? [...readers, cell] : new Set([...readers, cell]);
    } else {
      this.#readers = [readers, cell];
    }
    undo?.call(removeReader, this, cell);
  }

  /** Of a cell that does read this key. */
  removeReader(cell: Cell, undo: UndoLog | undefined): void {
    const readers = this.#readers;
    if (readers instanceof Set) {
      readers.delete(cell);
      if (readers.size === 1) [this.#readers] = readers;
    } else if (Array.isArray(readers)) {
      const others = readers.filter((reader) => reader !== cell);
      this.#readers = others.length === 1 ? others[0] : others;
    } else {
      this.#readers = undefined;
      this.store.watchTouched?.add(this.key);
    }
    undo?.call(addReader, this, cell);
  }

  /** For a cell that begins to emit this key. */
  addClaimant(cell: Cell, undo: UndoLog | undefined): void {
    const claimants = this.#claimants;
    if (claimants === undefined) {
      this.#claimants = cell;
    } else if (claimants instanceof SortedList) {
      claimants.add(cell);
    } else {
      const list = new SortedList(compareCells);
      list.add(claimants);
      list.add(cell);
      this.#claimants = list;
    }
    undo?.call(removeClaimant, this, cell);
  }

  /** For a cell that no longer emits this key. */
  removeClaimant(cell: Cell, undo: UndoLog | undefined): void {
    const claimants = this.#claimants;
    if (claimants instanceof SortedList) {
      claimants.remove(cell);
      if (claimants.size === 1) this.#claimants = claimants.first;
    } else {
      this.#claimants = undefined;
    }
    undo?.call(addClaimant, this, cell);
  }
}

function compareCells(a: Cell, b: Cell): number {
  return compareText(a.source.key, b.source.key);
}

// The inverses, apart from the class so that logging them needs no closure.
const addReader = (slot: Slot, cell: Cell): void => slot.addReader(cell, undefined);
const removeReader = (slot: Slot, cell: Cell): void => slot.removeReader(cell, undefined);
const addClaimant = (slot: Slot, cell: Cell): void => slot.addClaimant(cell, undefined);
const removeClaimant = (slot: Slot, cell: Cell): void => slot.removeClaimant(cell, undefined);
