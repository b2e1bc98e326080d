import type { Delta, Table } from '../table/index.js';
import type { HaproxyRow } from './rows.js';

/**
 * All that HAProxy is to have: tables of rows whose keys are unique over all of them. Sections name servers, maps name sections,
 * and so on; the order of the tables says nothing.
 * @public
 */
export interface HaproxyModel {
  readonly tables: readonly Table<HaproxyRow>[];
}

/** Rows that may differ from what a target has applied: key and the table in which the row is, or was. @public */
export type DirtyKeys = ReadonlyMap<string, Table<HaproxyRow>>;

/** The keys that a commit made dirty. @public */
export function dirtyKeys(model: HaproxyModel, delta: Delta): DirtyKeys {
  const dirty = new Map<string, Table<HaproxyRow>>();
  for (const table of model.tables) for (const key of delta.changes(table).keys()) dirty.set(key, table);
  return dirty;
}

/** Every key: for a target that has nothing yet. A view that changes with the tables, since a copy would be as large as they are. @public */
export function allKeys(model: HaproxyModel): DirtyKeys {
  return new AllKeys(model.tables);
}

class AllKeys implements DirtyKeys {
  readonly #tables: readonly Table<HaproxyRow>[];

  constructor(tables: readonly Table<HaproxyRow>[]) {
    this.#tables = tables;
  }

  get size(): number {
    return this.#tables.reduce((size, table) => size + table.rows.size, 0);
  }

  get(key: string): Table<HaproxyRow> | undefined {
    return this.#tables.find((table) => table.rows.has(key));
  }

  has(key: string): boolean {
    return this.get(key) !== undefined;
  }

  *entries(): MapIterator<[string, Table<HaproxyRow>]> {
    for (const table of this.#tables) for (const key of table.rows.keys()) yield [key, table];
  }

  *keys(): MapIterator<string> {
    for (const [key] of this.entries()) yield key;
  }

  *values(): MapIterator<Table<HaproxyRow>> {
    for (const [, table] of this.entries()) yield table;
  }

  forEach(callback: (table: Table<HaproxyRow>, key: string, map: DirtyKeys) => void): void {
    for (const [key, table] of this.entries()) callback(table, key, this);
  }

  [Symbol.iterator](): MapIterator<[string, Table<HaproxyRow>]> {
    return this.entries();
  }
}
