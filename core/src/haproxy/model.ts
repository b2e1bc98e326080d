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

/** Every key: for a target that has nothing yet. @public */
export function allKeys(model: HaproxyModel): DirtyKeys {
  const dirty = new Map<string, Table<HaproxyRow>>();
  for (const table of model.tables) for (const key of table.rows.keys()) dirty.set(key, table);
  return dirty;
}
