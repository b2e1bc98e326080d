import type { GroupedTable, Table } from './table.js';
import type { FailureChange, NoteChange, RowChange, TableChanges } from './table-changes.js';

/**
 * A cell across tables: the table's name, a NUL character, the key of its input row.
 * @public
 */
export type CellId = string;

/**
 * What one commit changed, and nothing that stayed equal. It stays as it is when later commits come.
 * @public
 */
export interface Delta {
  /** Whether nothing changed at all. */
  readonly isEmpty: boolean;
  /** The notes that changed. */
  readonly notes: ReadonlyMap<CellId, NoteChange>;
  /** The failures that came, went or were replaced, those that were passed on included. */
  readonly failures: ReadonlyMap<CellId, FailureChange>;
  /** The rows that changed, by key. For a grouped table the groups are the live ones: see {@link Delta.groupChanges}. */
  changes<V>(table: Table<V>): ReadonlyMap<string, RowChange<V>>;
  /** The members that changed, by group key and member key. */
  groupChanges<V>(table: GroupedTable<V>): ReadonlyMap<string, ReadonlyMap<string, RowChange<V>>>;
}

/** @internal */
export class CommitDelta implements Delta {
  readonly #byTable: ReadonlyMap<Table<unknown>, TableChanges>;

  constructor(byTable: ReadonlyMap<Table<unknown>, TableChanges>) {
    this.#byTable = byTable;
  }

  get isEmpty(): boolean {
    return this.#byTable.size === 0;
  }

  get notes(): ReadonlyMap<CellId, NoteChange> {
    return byCell(Array.from(this.#byTable.values(), ({ notes }) => notes));
  }

  get failures(): ReadonlyMap<CellId, FailureChange> {
    return byCell(Array.from(this.#byTable.values(), ({ failures }) => failures));
  }

  changes<V>(table: Table<V>): ReadonlyMap<string, RowChange<V>> {
    return (this.#byTable.get(table)?.rowsByKey ?? new Map()) as ReadonlyMap<string, RowChange<V>>;
  }

  groupChanges<V>(table: GroupedTable<V>): ReadonlyMap<string, ReadonlyMap<string, RowChange<V>>> {
    return (this.#byTable.get(table)?.membersByKey ?? new Map()) as ReadonlyMap<string, ReadonlyMap<string, RowChange<V>>>;
  }
}

/** @internal */
function cellId(table: string, key: string): CellId {
  return `${table}\0${key}`;
}

function byCell<C extends { readonly table: string; readonly key: string }>(lists: readonly (readonly C[])[]): Map<CellId, C> {
  return new Map(lists.flat().map((change) => [cellId(change.table, change.key), change]));
}
