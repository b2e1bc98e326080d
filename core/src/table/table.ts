import type { Failure } from './failure.js';

/**
 * Keyed rows that change from commit to commit. Rows are immutable: a row is replaced, never written into.
 * @public
 */
export interface Table<V> {
  /** Unique among the tables of one {@link Tables}. */
  readonly name: string;
  /** The rows by key, live. The order of this map means nothing; a {@link GroupedTable} has an order. */
  readonly rows: ReadonlyMap<string, V>;
  /** The failures by the key of the input row that could not be computed (in a grouped table: by member key). Live. */
  readonly failures: ReadonlyMap<string, Failure>;
}

/**
 * A table whose rows are set from outside, in a {@link Transaction}.
 * @public
 */
export interface InputTable<V> extends Table<V> {
  /** Tells input tables from computed ones. */
  readonly kind: 'input';
}

/**
 * A table that is computed, row by row, from another.
 * @public
 */
export interface DerivedTable<V> extends Table<V> {
  /** Tells derived tables from others. */
  readonly kind: 'derived';
}

/**
 * A table that gathers rows of other tables under common keys, in a stable order.
 * @public
 */
export interface GroupedTable<V> extends Table<Group<V>> {
  /** Tells grouped tables from others. */
  readonly kind: 'grouped';
}

/**
 * The members under one key of a {@link GroupedTable}, in order: a live view that is never copied. Do not keep it:
 * it changes with later commits. What a row needs of a group is to be copied out while it is computed.
 * @public
 */
export interface Group<V> extends Iterable<V> {
  /** The key that the members share. */
  readonly key: string;
  /** How many members; at least one as long as the group is in its table. */
  readonly size: number;
  /** The member that comes first, at constant cost. */
  first(): V | undefined;
  /** The members in order, like iterating the group itself. */
  members(): IterableIterator<V>;
  /** The members in order, each with its member key. */
  entries(): IterableIterator<[memberKey: string, value: V]>;
}

/**
 * Options of input and derived tables.
 * @public
 */
export interface TableOptions<V> {
  /**
   * Whether a new row says the same as the old one: then nobody is woken and the old object stays. Default: `dequal`, which
   * compares own enumerable properties deeply; it cannot see `#private` fields. One that throws counts as unequal.
   */
  readonly equals?: (before: V, after: V) => boolean;
}

/**
 * How a {@link GroupedTable} places its members. Both functions are pure and see one row only; one that throws makes a
 * {@link Failure} under the member key.
 * @public
 */
export interface GroupOptions<V> {
  /** The key, or the keys, under which a row is a member; none with `undefined` or an empty list. */
  readonly by: (row: V, key: string) => string | readonly string[] | undefined;
  /** Where in the group: a string that is compared by code units. Equal ones, and all by default, are ordered by member key. */
  readonly order?: (row: V, key: string) => string;
}
