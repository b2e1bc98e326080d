import type { Cell } from './cell.js';
import { type UndoLog, write } from './undo-log.js';

interface Alarm {
  readonly at: number;
  readonly cell: Cell;
}

/**
 * Which cells are to be computed again at which time. The map is the truth; the heap finds the earliest, and may hold alarms that
 * were set aside since, which are dropped when they come up.
 * @internal
 */
export class WakeUps {
  readonly #times = new Map<Cell, number>();
  #heap: Alarm[] = [];
  readonly #pushAgain = (alarm: Alarm): void => {
    this.#push(alarm);
  };

  /** The earliest time at which a cell is due. */
  get next(): number | undefined {
    this.#dropStale();
    return this.#heap[0]?.at;
  }

  has(cell: Cell): boolean {
    return this.#times.size > 0 && this.#times.has(cell);
  }

  /** Sets, moves or, with `undefined`, removes the wake-up of a cell. */
  set(cell: Cell, at: number | undefined, undo: UndoLog | undefined): void {
    if (at === undefined && this.#times.size === 0) return;
    const before = this.#times.get(cell);
    if (before === at) return;
    write(this.#times, cell, at, undo);
    if (at !== undefined) this.#push({ at, cell });
    if (before !== undefined) undo?.call(this.#pushAgain, { at: before, cell });
  }

  /** Wakes all cells that are due. Computing them is what removes their wake-ups, or sets new ones. */
  wake(time: number): void {
    for (let next = this.next; next !== undefined && next <= time; next = this.next) this.#pop().cell.wake();
  }

  #dropStale(): void {
    for (let first = this.#heap[0]; first !== undefined && this.#times.get(first.cell) !== first.at; first = this.#heap[0]) this.#pop();
  }

  #push(alarm: Alarm): void {
    const heap = this.#heap;
    if (heap.length > 2 * this.#times.size + 64) this.#rebuild();
    let place = this.#heap.push(alarm) - 1;
    while (place > 0) {
      const parent = (place - 1) >>> 1;
      if (this.#at(parent) <= alarm.at) break;
      this.#exchange(place, parent);
      place = parent;
    }
  }

  #pop(): Alarm {
    const heap = this.#heap;
    const first = heap[0] as Alarm;
    const last = heap.pop() as Alarm;
    if (heap.length > 0) heap[0] = last;
    let place = 0;
    for (;;) {
      const left = 2 * place + 1;
      const child = this.#at(left + 1) < this.#at(left) ? left + 1 : left;
      if (this.#at(child) >= this.#at(place)) return first;
      this.#exchange(place, child);
      place = child;
    }
  }

  #at(place: number): number {
    return this.#heap[place]?.at ?? Number.POSITIVE_INFINITY;
  }

  #exchange(a: number, b: number): void {
    const heap = this.#heap;
    const alarm = heap[a] as Alarm;
    heap[a] = heap[b] as Alarm;
    heap[b] = alarm;
  }

  /** A sorted array is a heap. */
  #rebuild(): void {
    this.#heap = Array.from(this.#times, ([cell, at]) => ({ at, cell })).sort((a, b) => a.at - b.at);
  }
}
