import { foreignTable } from './misuse.js';
import { Store } from './store.js';
import type { Table } from './table.js';

/**
 * How much work was done.
 * @public
 */
export interface Counts {
  /** Calls of derive functions, and of `by` in grouped tables. */
  readonly computes: number;
  /** Calls of `equals`. Identical objects need none. */
  readonly comparisons: number;
  /** Rows, and members of groups, that came, went or were replaced. */
  readonly rowsChanged: number;
}

/**
 * The counts of all tables at one moment, or between two.
 * @public
 */
export interface CountersSnapshot extends Counts {
  /** By table name. */
  readonly tables: ReadonlyMap<string, Counts>;
}

/**
 * Counts the work of all commits since the beginning, so that a test can claim what a change costs. Previews leave no trace in them.
 * @public
 */
export interface Counters extends Counts {
  /**
   * The counts of one table, as they are now.
   * @throws Error if the table was made by another {@link Tables}.
   */
  of(table: Table<unknown>): Counts;
  /** All counts, as they are now. */
  snapshot(): CountersSnapshot;
  /** What was counted since a snapshot. */
  since(earlier: CountersSnapshot): CountersSnapshot;
}

/** @internal */
export class StoreCounters implements Counters {
  readonly #stores: readonly Store[];

  constructor(stores: readonly Store[]) {
    this.#stores = stores;
  }

  get computes(): number {
    return this.#total('computes');
  }

  get comparisons(): number {
    return this.#total('comparisons');
  }

  get rowsChanged(): number {
    return this.#total('rowsChanged');
  }

  of(table: Table<unknown>): Counts {
    if (!(table instanceof Store) || !this.#stores.includes(table)) throw foreignTable(table.name);
    return { ...table.counts };
  }

  snapshot(): CountersSnapshot {
    const { computes, comparisons, rowsChanged } = this;
    const tables = new Map(this.#stores.map((store) => [store.name, { ...store.counts }]));
    return { computes, comparisons, rowsChanged, tables };
  }

  since(earlier: CountersSnapshot): CountersSnapshot {
    const now = this.snapshot();
    const tables = new Map(Array.from(now.tables, ([name, counts]) => [name, subtract(counts, earlier.tables.get(name))]));
    return { ...subtract(now, earlier), tables };
  }

  #total(count: keyof Counts): number {
    return this.#stores.reduce((total, store) => total + store.counts[count], 0);
  }
}

function subtract(now: Counts, earlier: Counts | undefined): Counts {
  return {
    computes: now.computes - (earlier?.computes ?? 0),
    comparisons: now.comparisons - (earlier?.comparisons ?? 0),
    rowsChanged: now.rowsChanged - (earlier?.rowsChanged ?? 0),
  };
}
