import type { Engine } from './engine.js';
import { type Equals, Store } from './store.js';
import type { InputTable } from './table.js';

/** @internal */
export class InputStore extends Store implements InputTable<unknown> {
  readonly kind = 'input';
  readonly isDirty = false;
  readonly #equals: Equals;

  constructor(engine: Engine, name: string, index: number, equals: Equals) {
    super(engine, name, index);
    this.#equals = equals;
  }

  /** Takes rows over from a transaction; `undefined` deletes. */
  *apply(edits: ReadonlyMap<string, unknown>): Generator<undefined, void> {
    for (const [key, row] of edits) {
      this.#set(key, row);
      if (this.engine.isSliceOver) yield;
    }
  }

  *settle(): Generator<undefined, void> {
    // Rows come by `apply` only.
  }

  #set(key: string, after: unknown): void {
    const before = this.slots.get(key)?.row;
    if (before === after) return;
    if (before !== undefined && after !== undefined && this.isSame(this.#equals, before, after)) return;
    const slot = this.slotAt(key);
    this.writeRow(slot, after);
    this.announce(slot);
    if (after === undefined) this.tidy(slot);
  }
}
