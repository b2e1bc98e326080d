import { rowIsUndefined, sealed } from './misuse.js';
import type { InputTable } from './table.js';

/**
 * Changes of input rows, put together to be committed at once. Nothing happens until then; of several changes of one row the last
 * stands. One transaction may be previewed and committed any number of times.
 * @public
 */
export class Transaction {
  readonly #edits = new Map<InputTable<unknown>, Map<string, unknown>>();
  #isSealed = false;

  /** How many rows this transaction sets or deletes. */
  get size(): number {
    let size = 0;
    for (const edits of this.#edits.values()) size += edits.size;
    return size;
  }

  /** The rows to set by table and key; `undefined` for those to delete. */
  get edits(): ReadonlyMap<InputTable<unknown>, ReadonlyMap<string, unknown>> {
    return this.#edits;
  }

  /**
   * Sets a row. From here on the row belongs to the table: do not write into it.
   * @throws TypeError if the row is `undefined`; Error if this transaction was handed to `commitYielding`.
   */
  set<V>(table: InputTable<V>, key: string, row: NoInfer<V>): this {
    if (row === undefined) throw rowIsUndefined(table.name, key);
    this.#editsOf(table).set(key, row);
    return this;
  }

  /**
   * Deletes a row; one that does not exist may be deleted too.
   * @throws Error if this transaction was handed to `commitYielding`.
   */
  delete(table: InputTable<unknown>, key: string): this {
    this.#editsOf(table).set(key, undefined);
    return this;
  }

  /** Refuses changes from now on; `commitYielding` does this because it takes its time. May be called twice. */
  seal(): this {
    this.#isSealed = true;
    return this;
  }

  #editsOf(table: InputTable<unknown>): Map<string, unknown> {
    if (this.#isSealed) throw sealed();
    let edits: Map<string, unknown> | undefined = this.#edits.get(table);
    if (edits === undefined) this.#edits.set(table, (edits = new Map<string, unknown>()));
    return edits;
  }
}
