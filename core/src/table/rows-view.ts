import type { Slot } from './slot.js';

/**
 * The rows of a table as a map. They are stored in slots only: a second map would cost a third of the time of a large commit.
 * @internal
 */
export class RowsView<V> implements ReadonlyMap<string, V> {
  static {
    const value = function (this: RowsView<unknown>): Map<string, unknown> {
      return new Map(this);
    };
    // What `console.log` shows.
    Object.defineProperty(this.prototype, Symbol.for('nodejs.util.inspect.custom'), { value });
  }

  size = 0;
  readonly #slots: ReadonlyMap<string, Slot>;

  constructor(slots: ReadonlyMap<string, Slot>) {
    this.#slots = slots;
  }

  get(key: string): V | undefined {
    return this.#slots.get(key)?.row as V | undefined;
  }

  has(key: string): boolean {
    return this.get(key) !== undefined;
  }

  *entries(): MapIterator<[string, V]> {
    for (const { key, row } of this.#slots.values()) if (row !== undefined) yield [key, row as V];
  }

  *keys(): MapIterator<string> {
    for (const { key, row } of this.#slots.values()) if (row !== undefined) yield key;
  }

  *values(): MapIterator<V> {
    for (const { row } of this.#slots.values()) if (row !== undefined) yield row as V;
  }

  forEach(callback: (row: V, key: string, map: ReadonlyMap<string, V>) => void, thisArg?: unknown): void {
    for (const [key, row] of this.entries()) callback.call(thisArg, row, key, this);
  }

  [Symbol.iterator](): MapIterator<[string, V]> {
    return this.entries();
  }
}
