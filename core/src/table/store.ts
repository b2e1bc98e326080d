import type { Counts } from './counters.js';
import type { Engine } from './engine.js';
import type { Failure } from './failure.js';
import type { Dependent, Inlet } from './inlet.js';
import { RowsView } from './rows-view.js';
import { Slot } from './slot.js';
import type { Table } from './table.js';
import { TableChanges } from './table-changes.js';
import { write } from './undo-log.js';

/** Whether two rows say the same. @internal */
export type Equals = (before: unknown, after: unknown) => boolean;

/**
 * What every kind of table is made of: rows, failures, those who depend on them, and what the current commit changed. Inside the
 * engine rows are `unknown`; their types live in the public interfaces.
 * @internal
 */
export abstract class Store implements Table<unknown> {
  abstract readonly kind: 'input' | 'derived' | 'grouped';
  readonly name: string;
  /** Place in the order of creation, which is the order of computing. */
  readonly index: number;
  readonly engine: Engine;
  readonly slots: Map<string, Slot> = new Map();
  readonly rows: RowsView<unknown> = new RowsView(this.slots);
  readonly failures: Map<string, Failure> = new Map();
  readonly notes: Map<string, readonly unknown[]> = new Map();
  /** Keys that got their first reader or lost their last since somebody asked; nothing while nobody has. */
  watchTouched: Set<string> | undefined;
  readonly inlets: Inlet<Dependent>[] = [];
  readonly counts: { -readonly [K in keyof Counts]: Counts[K] } = { computes: 0, comparisons: 0, rowsChanged: 0 };
  protected changes: TableChanges = new TableChanges();

  constructor(engine: Engine, name: string, index: number) {
    this.engine = engine;
    this.name = name;
    this.index = index;
  }

  /** Whether there is something to compute. */
  abstract get isDirty(): boolean;

  /** Computes what is dirty; yields when it is somebody else's turn. */
  abstract settle(): Generator<undefined, void>;

  /** The failure that readers of a slot meet. */
  failureOf(slot: Slot): Failure | undefined {
    return this.failures.size === 0 ? undefined : this.failures.get(slot.key);
  }

  slotAt(key: string): Slot {
    const known = this.slots.get(key);
    if (known !== undefined) return known;
    const slot = new Slot(this, key);
    write(this.slots, key, slot, this.engine.undo);
    return slot;
  }

  /** Drops a slot that nothing hangs on. */
  tidy(slot: Slot): void {
    if (slot.isVacant && this.failureOf(slot) === undefined) write(this.slots, slot.key, undefined, this.engine.undo);
  }

  /** Hands over what changed since the last call. */
  takeChanges(): TableChanges | undefined {
    const { changes } = this;
    if (changes.isEmpty) return undefined;
    this.changes = new TableChanges();
    return changes;
  }

  /** Wakes all who depend on a slot. */
  protected announce(slot: Slot): void {
    for (const inlet of this.inlets) inlet.wake(slot, this.engine.undo);
    slot.wakeReaders();
  }

  /** Puts a row into its place and tells it in the delta. */
  protected writeRow(slot: Slot, after: unknown): void {
    this.changes.rows.push(slot.key, slot.row, after);
    this.counts.rowsChanged += 1;
    this.putRow(slot, after);
  }

  /** Puts a row into its place; `undefined` takes it away. */
  protected putRow(slot: Slot, after: unknown): void {
    const { undo } = this.engine;
    undo?.field(slot, 'row');
    undo?.field(this.rows, 'size');
    if (slot.row === undefined) this.rows.size += 1;
    if (after === undefined) this.rows.size -= 1;
    slot.row = after;
  }

  protected writeFailure(key: string, before: Failure | undefined, after: Failure | undefined): void {
    write(this.failures, key, after, this.engine.undo);
    this.changes.failures.push({ table: this.name, key, ...(before && { before }), ...(after && { after }) });
  }

  protected isSame(equals: Equals, before: unknown, after: unknown): boolean {
    this.counts.comparisons += 1;
    try {
      return equals(before, after);
    } catch {
      return false;
    }
  }
}
