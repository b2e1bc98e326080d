import { dequal } from 'dequal';

import { type Counters, StoreCounters } from './counters.js';
import { CommitDelta, type Delta } from './delta.js';
import { DerivedStore } from './derived-store.js';
import { Engine } from './engine.js';
import type { Failure } from './failure.js';
import { GroupedStore } from './grouped-store.js';
import { InputStore } from './input-store.js';
import { busy, foreignTable, nameTaken, notAnInput } from './misuse.js';
import type { Note } from './note.js';
import type { TablesOptions, YieldingOptions } from './options.js';
import type { Derive } from './read.js';
import { type Equals, Store } from './store.js';
import type { DerivedTable, GroupedTable, GroupOptions, InputTable, Table, TableOptions } from './table.js';
import type { TableChanges } from './table-changes.js';
import type { Transaction } from './transaction.js';
import { UndoLog } from './undo-log.js';

/**
 * Tables that compute each other, like the cells of a spreadsheet: a change costs what depends on it, however large the tables are.
 *
 * - {@link Tables.input} makes a table whose rows come from outside. They are put into a {@link Transaction} and committed at once.
 * - {@link Tables.derive} makes a table whose rows are computed from the rows of another, each from one. The compute may `read` any
 *   row of any table made before its own, and is done again when what it read changes; rows that it asked for in vain count too.
 * - {@link Tables.group} makes a table that gathers rows of others under a key, in order. Its groups are live views: a group of
 *   ten thousand is not copied when one member changes.
 *
 * A row that equals the old one wakes nobody. A compute that throws leaves a {@link Failure} in place of its rows; those who read it
 * fail too, with the same origin, and all others go on. A compute sees no clock but {@link Read.now}, which has it computed again in
 * time. Each commit computes every table once, in the order in which they were made, and returns a {@link Delta}: what changed.
 * A preview does the same, shows the outcome, and takes it back.
 *
 * @example
 * ```ts
 * const tables = new Tables();
 * const services = tables.input<{ port: number }>('services');
 * const routes = tables.input<{ service: string }>('routes');
 * const servers = tables.derive('servers', routes, (route, read, key) => {
 *   const service = read(services, route.service);
 *   return service ? [[key, `${route.service}:${service.port}`]] : [];
 * });
 *
 * tables.commit(new Transaction().set(routes, 'shop', { service: 'web' }));
 * const delta = tables.commit(new Transaction().set(services, 'web', { port: 80 }));
 * delta.changes(servers).get('shop'); // { before: undefined, after: 'web:80' }
 * ```
 * @public
 */
export class Tables {
  /** How much work the commits did. */
  readonly counters: Counters;
  readonly #now: () => number;
  readonly #engine = new Engine();
  readonly #stores: Store[] = [];
  #state: 'idle' | 'committing' | 'previewing' = 'idle';
  /** The yielding commits that run or wait. */
  #queued = 0;
  #lastQueued: Promise<unknown> = Promise.resolve();

  constructor({ now = Date.now }: TablesOptions = {}) {
    this.#now = now;
    this.counters = new StoreCounters(this.#stores);
  }

  /**
   * Makes a table whose rows are set in transactions.
   * @throws Error if the name is taken, or during a commit or preview.
   */
  input<V>(name: string, { equals = dequal }: TableOptions<V> = {}): InputTable<V> {
    return this.#add(name, (index) => new InputStore(this.#engine, name, index, equals as Equals)) as InputTable<V>;
  }

  /**
   * Makes a table that computes, from each row of `from`, any number of rows. Where several input rows emit the same key, the row of
   * the smallest input key stands. The rows appear with the next commit.
   * @throws Error if the name is taken, if `from` was made by another `Tables`, or during a commit or preview.
   */
  derive<S, V>(name: string, from: Table<S>, derive: Derive<S, V>, { equals = dequal }: TableOptions<V> = {}): DerivedTable<V> {
    const source = this.#own(from);
    const compute = derive as Derive<unknown, unknown>;
    return this.#add(name, (index) => new DerivedStore(this.#engine, name, index, source, compute, equals as Equals)) as DerivedTable<V>;
  }

  /**
   * Makes a table of groups. Members keep their keys; those from several tables are named after their table, a NUL character and
   * their key. The groups appear with the next commit.
   * @throws Error if the name is taken, if a table in `from` was made by another `Tables`, or during a commit or preview.
   */
  group<V>(name: string, from: readonly Table<V>[], options: GroupOptions<V>): GroupedTable<V> {
    const sources = from.map((table) => this.#own(table));
    const untyped = options as GroupOptions<unknown>;
    return this.#add(name, (index) => new GroupedStore(this.#engine, name, index, sources, untyped)) as GroupedTable<V>;
  }

  /**
   * Applies a transaction and computes all that depends on it.
   * @throws Error during a commit or preview, or if the transaction sets rows of a table that is no input of this `Tables`; then
   * nothing has changed.
   */
  commit(transaction: Transaction): Delta {
    this.#refuseIfBusy('`commit`');
    const work = this.#begin(transaction);
    try {
      return finish(work);
    } finally {
      this.#state = 'idle';
    }
  }

  /**
   * Does what `commit` does, but lets the event loop have a turn after each slice of work. In between the tables show a state that is
   * half done; wait for the delta. Several are done one after the other in the order of the calls. The transaction is sealed.
   * @throws Error at once during a synchronous commit or preview; the promise rejects if the transaction is not for these tables.
   */
  commitYielding(transaction: Transaction, { sliceMs = 12 }: YieldingOptions = {}): Promise<Delta> {
    const isRunning = this.#state !== 'idle' && this.#queued === 0;
    if (isRunning || this.#engine.session.isComputing) throw busy('`commitYielding`');
    transaction.seal();
    this.#queued += 1;
    const delta = this.#lastQueued.then(() => this.#runYielding(transaction, sliceMs));
    this.#lastQueued = delta.then(
      () => undefined,
      () => undefined,
    );
    return delta;
  }

  /**
   * Applies a transaction, calls back while the tables show its outcome, and takes everything back, whatever happens: rows (the old
   * objects), failures, notes, wake-ups and counters. Only the order of the maps, which means nothing, may differ. A callback may
   * preview further transactions, each on top of what it sees. It must be synchronous.
   * @returns What the callback returned.
   * @throws What the callback threw; Error during a commit, or for a transaction as in {@link Tables.commit}.
   */
  preview<R>(transaction: Transaction, look: (delta: Delta) => R): R {
    if (this.#state === 'committing' || this.#queued > 0) throw busy('`preview`');
    const outer = {
      state: this.#state,
      undo: this.#engine.undo,
      time: this.#engine.time,
      counts: this.#stores.map(({ counts }) => ({ ...counts })),
    };
    const undo = new UndoLog();
    const work = this.#begin(transaction);
    this.#engine.undo = undo;
    try {
      const delta = finish(work);
      this.#state = 'previewing';
      return look(delta);
    } finally {
      undo.rollBack();
      this.#engine.undo = outer.undo;
      this.#engine.time = outer.time;
      this.#stores.forEach((store, index) => Object.assign(store.counts, outer.counts[index]));
      this.#state = outer.state;
    }
  }

  /** The earliest time at which a commit would compute a row anew because of {@link Read.now}; commit an empty transaction then. */
  nextWake(): number | undefined {
    return this.#engine.wakeUps.next;
  }

  /** All notes of all cells. */
  *notes(): IterableIterator<Note> {
    for (const { name, notes } of this.#stores) {
      for (const [key, list] of notes) for (const note of list) yield { table: name, key, note };
    }
  }

  /** All failures that began where they are; {@link Table.failures} has those that were passed on, too. */
  *failures(): IterableIterator<Failure> {
    for (const { failures } of this.#stores) {
      for (const failure of failures.values()) if (failure.cause === undefined) yield failure;
    }
  }

  /** The keys that computes read from a table, rows that do not exist included: what somebody is interested in. */
  *watchedKeys(table: Table<unknown>): IterableIterator<string> {
    for (const slot of this.#own(table).slots.values()) if (slot.isWatched) yield slot.key;
  }

  /**
   * What {@link Tables.watchedKeys} has gained (`true`) and lost (`false`) since the last call for this table; the first call has all of it,
   * and a key that came and went may be there too. For one caller.
   */
  takeWatched(table: Table<unknown>): ReadonlyMap<string, boolean> {
    const store = this.#own(table);
    const touched = store.watchTouched ?? this.watchedKeys(table);
    store.watchTouched = new Set();
    return new Map(Array.from(touched, (key) => [key, store.slots.get(key)?.isWatched ?? false]));
  }

  async #runYielding(transaction: Transaction, sliceMs: number): Promise<Delta> {
    try {
      const work = this.#begin(transaction);
      for (;;) {
        this.#engine.sliceEnd = performance.now() + sliceMs;
        const step = work.next();
        if (step.done === true) return step.value;
        await new Promise((resolve) => setImmediate(resolve));
      }
    } finally {
      this.#engine.sliceEnd = Number.POSITIVE_INFINITY;
      this.#state = 'idle';
      this.#queued -= 1;
    }
  }

  /** Checks all that can be wrong before anything changes. */
  #begin(transaction: Transaction): Generator<undefined, Delta> {
    for (const table of transaction.edits.keys()) if (!(this.#own(table) instanceof InputStore)) throw notAnInput(table.name);
    const now = this.#now();
    if (now > this.#engine.time) this.#engine.time = now;
    this.#state = 'committing';
    return this.#work(transaction);
  }

  *#work(transaction: Transaction): Generator<undefined, Delta> {
    this.#engine.wakeUps.wake(this.#engine.time);
    for (const [table, edits] of transaction.edits) yield* (table as InputStore).apply(edits);
    for (const store of this.#stores) if (store.isDirty) yield* store.settle();
    return new CommitDelta(this.#takeChanges());
  }

  #takeChanges(): Map<Table<unknown>, TableChanges> {
    const result = new Map<Table<unknown>, TableChanges>();
    for (const store of this.#stores) {
      const changes = store.takeChanges();
      if (changes !== undefined) result.set(store, changes);
    }
    return result;
  }

  #add<S extends Store>(name: string, make: (index: number) => S): S {
    this.#refuseIfBusy('a table was made');
    if (this.#stores.some((store) => store.name === name)) throw nameTaken(name);
    const store = make(this.#stores.length);
    this.#stores.push(store);
    return store;
  }

  #own(table: Table<unknown>): Store {
    if (!(table instanceof Store) || table.engine !== this.#engine) throw foreignTable(table.name);
    return table;
  }

  #refuseIfBusy(what: string): void {
    if (this.#state !== 'idle' || this.#queued > 0) throw busy(what);
  }
}

/** Does work at one go. */
function finish<R>(work: Generator<undefined, R>): R {
  let step = work.next();
  while (step.done !== true) step = work.next();
  return step.value;
}
