import type { Cell } from './cell.js';
import { GroupView } from './group-view.js';
import { emittedGroup, emittedMalformed, emittedNoIterable, emittedPromise, emittedTwice } from './misuse.js';
import { compareText } from './sorted-list.js';
import type { Slot } from './slot.js';
import type { Store } from './store.js';

/** What a compute returned: keys and rows by turns in one array, sorted by key. @internal */
export type Emission = unknown[];

/**
 * What a cell emits: an {@link Emission} with slots in place of keys. There are hundreds of thousands, most of them with one entry.
 * @internal
 */
export type Outputs = unknown[];

/** Shared by all that emit nothing; never written into. @internal */
export const noOutputs: Outputs = [];

/**
 * Checks and sorts what a compute returned.
 * @throws TypeError or Error that says what is wrong with it.
 * @internal
 */
export function emissionOf(emitted: unknown): Emission {
  const emission: Emission = [];
  let last: string | undefined;
  let isSorted = true;
  for (const entry of iterableOf(emitted)) {
    checkEntry(entry);
    const key = entry[0];
    if (key === last) throw emittedTwice(key);
    if (last !== undefined && key < last) isSorted = false;
    emission.push(key, entry[1]);
    last = key;
  }
  if (emission.length === 0) return noOutputs;
  // A copy, because arrays that were pushed to keep room for 16 more.
  return isSorted ? emission.slice() : sorted(emission).slice();
}

/** Where the row of a slot is; the slot is known to be among the outputs. @internal */
export function rowIndex(outputs: Outputs, slot: Slot): number {
  let low = 0;
  let high = outputs.length / 2 - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((outputs[2 * middle] as Slot).key < slot.key) low = middle + 1;
    else high = middle;
  }
  return 2 * low + 1;
}

/**
 * Makes what a compute returned the outputs of a cell: turns its keys into slots (in place), claims the new ones, gives up the old
 * ones. Both are sorted by key, so they are walked side by side.
 * @param touch - called for each slot for which the cell now emits another object, one more or one less
 * @internal
 */
export function moveOutputs(cell: Cell, emission: Emission, store: Store, touch: (slot: Slot) => void): void {
  const before = cell.outputs;
  const { undo } = store.engine;
  let i = 0;
  let j = 0;
  while (i < before.length || j < emission.length) {
    const old = before[i] as Slot | undefined;
    const key = emission[j] as string | undefined;
    if (old !== undefined && (key === undefined || old.key < key)) {
      old.removeClaimant(cell, undo);
      touch(old);
      i += 2;
    } else if (old === undefined || old.key !== key) {
      const slot = store.slotAt(key as string);
      slot.addClaimant(cell, undo);
      touch(slot);
      emission[j] = slot;
      j += 2;
    } else {
      if (before[i + 1] !== emission[j + 1]) touch(old);
      emission[j] = old;
      i += 2;
      j += 2;
    }
  }
  undo?.field(cell, 'outputs');
  cell.outputs = emission;
}

function iterableOf(emitted: unknown): Iterable<unknown> {
  if (typeof emitted === 'object' && emitted !== null) {
    if (Symbol.iterator in emitted) return emitted as Iterable<unknown>;
    if ('then' in emitted && typeof emitted.then === 'function') {
      // Its rejection is of no interest, and must not end the process as an unhandled one.
      Promise.resolve(emitted).catch(() => undefined);
      throw emittedPromise();
    }
  }
  throw emittedNoIterable(emitted);
}

function checkEntry(entry: unknown): asserts entry is readonly [string, unknown] {
  if (!Array.isArray(entry) || entry.length !== 2 || typeof entry[0] !== 'string' || entry[1] === undefined) throw emittedMalformed(entry);
  if (entry[1] instanceof GroupView) throw emittedGroup(entry[0]);
}

function sorted(outputs: Emission): Emission {
  const order = Array.from({ length: outputs.length / 2 }, (_, index) => 2 * index);
  order.sort((a, b) => compareText(outputs[a] as string, outputs[b] as string));
  const result: Emission = [];
  for (const index of order) {
    const key = outputs[index] as string;
    if (key === result.at(-2)) throw emittedTwice(key);
    result.push(key, outputs[index + 1]);
  }
  return result;
}
