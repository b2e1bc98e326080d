import type { Failure } from './failure.js';

/**
 * What a commit made of one row: `undefined` stands for no row.
 * @public
 */
export interface RowChange<V> {
  /** The row before the commit. */
  readonly before: V | undefined;
  /** The row after the commit. */
  readonly after: V | undefined;
}

/**
 * What a commit made of the notes of one cell.
 * @public
 */
export interface NoteChange {
  /** Name of the table. */
  readonly table: string;
  /** Key of the input row that was computed. */
  readonly key: string;
  /** The notes before the commit. */
  readonly before: readonly unknown[];
  /** The notes after the commit. */
  readonly after: readonly unknown[];
}

/**
 * A failure that a commit brought, replaced or ended.
 * @public
 */
export interface FailureChange {
  /** Name of the table. */
  readonly table: string;
  /** Key of the input row that was computed. */
  readonly key: string;
  /** Absent for a new failure. */
  readonly before?: Failure;
  /** Absent for one that is over. */
  readonly after?: Failure;
}

/** A {@link RowChange} and where it is. @internal */
export interface KeyedChange extends RowChange<unknown> {
  readonly key: string;
}

/** What a commit changes in one table: lists while it runs, maps once somebody asks. @internal */
export class TableChanges {
  /** Key, row before and row after by turns: there are hundreds of thousands in the first commit. */
  readonly rows: unknown[] = [];
  /** By group. */
  readonly members: { readonly key: string; readonly members: readonly KeyedChange[] }[] = [];
  readonly notes: NoteChange[] = [];
  readonly failures: FailureChange[] = [];
  #rowsByKey: ReadonlyMap<string, RowChange<unknown>> | undefined;
  #membersByKey: ReadonlyMap<string, ReadonlyMap<string, RowChange<unknown>>> | undefined;

  get isEmpty(): boolean {
    return this.rows.length === 0 && this.notes.length === 0 && this.failures.length === 0;
  }

  get rowsByKey(): ReadonlyMap<string, RowChange<unknown>> {
    return (this.#rowsByKey ??= fromTurns(this.rows));
  }

  get membersByKey(): ReadonlyMap<string, ReadonlyMap<string, RowChange<unknown>>> {
    return (this.#membersByKey ??= new Map(this.members.map(({ key, members }) => [key, byKey(members)])));
  }
}

function byKey(changes: readonly KeyedChange[]): Map<string, RowChange<unknown>> {
  return new Map(changes.map(({ key, before, after }) => [key, { before, after }]));
}

function fromTurns(rows: readonly unknown[]): Map<string, RowChange<unknown>> {
  const result = new Map<string, RowChange<unknown>>();
  for (let at = 0; at < rows.length; at += 3) result.set(rows[at] as string, { before: rows[at + 1], after: rows[at + 2] });
  return result;
}
