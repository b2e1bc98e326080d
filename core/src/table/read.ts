import type { Failure } from './failure.js';
import type { Table } from './table.js';

/**
 * How a compute sees other tables, the time, and its own notes. Everything asked is recorded as a dependency of the row, absent
 * rows too, and may be asked again at no cost. Only tables made before the reader's own can be read. After the compute it throws.
 * @public
 */
export interface Read {
  /**
   * The row under a key, or `undefined`. Where the row is a {@link Failure} this throws and the reader becomes a failure with the
   * same origin, even if it catches what was thrown: use {@link Read.settled} to live with failures.
   */
  <V>(table: Table<V>, key: string): V | undefined;
  /** The row under a key, its {@link Failure}, or `undefined`. */
  settled<V>(table: Table<V>, key: string): V | Failure | undefined;
  /**
   * The time of this commit in milliseconds; it never goes back. If `until` is still to come, this row is computed again in the
   * first commit at or after `until`. Only compare the result with `until`: any other use depends on when commits happen.
   * @throws TypeError if `until` is not a number.
   */
  now(until: number): number;
  /** Leaves a note beside the row, such as a diagnostic. The notes of a row are replaced each time it is computed. */
  readonly note: (this: void, note: unknown) => void;
}

/** How a row is found: by a {@link Read}, which remembers, or straight in the table. @internal */
export type RowLookUp = <V>(table: Table<V>, key: string) => V | undefined;

/**
 * Computes the output rows of one input row: pure, synchronous, with no state of its own. It may be a generator function.
 * @public
 */
export type Derive<S, V> = (row: S, read: Read, key: string) => Iterable<readonly [key: string, row: V]>;
