import type { InputTable, Read, Table } from '../table/index.js';
import { type Tables, Transaction } from '../table/index.js';
import type { Diagnostic, SourceLocation } from './diagnostic.js';
import { endpointSliceKind, serviceKind } from './kinds.js';
import { groupOf, idOf, kindKey, objectId, objectKey, type ObjectRef, refOf, type Resource, type ResourceKind } from './resource.js';
import { Shelf } from './shelf.js';
import type { ResourceWriter, SourceObject } from './source.js';
import { type StandIn, StandIns } from './stand-ins.js';
import { unprintable } from './unprintable.js';

/** Objects that lead to addresses: for these it counts whose they are. */
const leading: ReadonlySet<string> = new Set([serviceKind, endpointSliceKind].map(kindKey));

/**
 * Holds what the sources have found and gathers changes for the next commit. Of an object that several sources hold, the one of
 * the source named first counts.
 */
export class Collection {
  readonly #inputs = new Map<string, { readonly kind: ResourceKind; readonly table: InputTable<Resource> }>();
  /** Has a row for each leading object of the operator's. In a cluster these are few, so that endpoints of tenants cost nothing. */
  readonly operators: InputTable<true>;
  readonly #shelves: Shelf[] = [];
  readonly #standIns = new StandIns();
  readonly #onChange: () => void;
  #pending = new Transaction();
  #isDirty = false;
  /** Objects that several sources hold. */
  readonly #doubled = new Map<string, Diagnostic>();
  #reportVersion = 0;

  constructor(tables: Tables, kinds: readonly ResourceKind[], onChange: () => void = () => undefined) {
    this.#onChange = onChange;
    this.operators = tables.input<true>('objects of the operator');
    for (const kind of kinds) {
      if (!this.#inputs.has(kindKey(kind))) {
        this.#inputs.set(kindKey(kind), { kind, table: tables.input<Resource>(kindKey(kind)) });
      }
    }
  }

  get kinds(): readonly ResourceKind[] {
    return [...this.#inputs.values()].map(({ kind }) => kind);
  }

  /** The objects of a kind; a kind that nobody asked for at composition has no table. */
  table<T extends Resource>(kind: ResourceKind<T>): Table<T> {
    const input = this.#inputs.get(kindKey(kind));
    if (input === undefined) throw new RangeError(`The kind ${kind.kind} is read, but no part of the composition names it.`);
    return input.table as unknown as Table<T>;
  }

  /** Whether an object that leads to addresses, a Service or an EndpointSlice, is of a source of the operator's. */
  isOperators(read: Read, kind: ResourceKind, key: string): boolean {
    return read(this.operators, idOf(kindKey(kind), key)) === true;
  }

  /** Whether every source that serving waits for has written its first full list. */
  get isSynced(): boolean {
    return this.#shelves.every((shelf) => shelf.synced);
  }

  /** The names of those that have not. */
  get unsynced(): readonly string[] {
    return this.#shelves.filter(({ synced }) => !synced).map(({ name }) => name);
  }

  get hasChanges(): boolean {
    return this.#isDirty;
  }

  /** How many objects are on their way. */
  get expected(): number {
    return this.#shelves.reduce((sum, { expected }) => sum + expected, 0);
  }

  /** No object is on its way any more: whatever comes later is a change like any other. Returns those that did not come. */
  expectNothing(): readonly ObjectRef[] {
    return this.#shelves.flatMap((shelf) => shelf.expectNothing());
  }

  /** Takes the changes gathered so far. */
  take(): Transaction {
    const taken = this.#pending;
    this.#pending = new Transaction();
    this.#isDirty = false;
    return taken;
  }

  /** Opens the shelf of the next source. Sources opened earlier win. `isOperator` as in {@link Source.isOperator}. */
  writer(name: string, required: boolean, isOperator = false): ResourceWriter {
    const shelf = new Shelf(name, this.#inputs.keys(), { required, isOperator });
    this.#shelves.push(shelf);
    return {
      set: (object, location) => {
        this.#set(shelf, { object, ...(location && { location }) });
      },
      delete: (ref) => {
        this.#delete(shelf, kindKey(ref), objectKey(ref));
      },
      replaceAll: (objects, kind) => {
        this.#replaceAll(shelf, objects, kind);
      },
      expect: (ref) => {
        shelf.expect(ref);
      },
      report: (diagnostics) => {
        shelf.reported = diagnostics;
        this.#reportVersion += 1;
        this.#changed();
      },
      synced: () => {
        shelf.synced = true;
        this.#changed();
      },
    };
  }

  /** The table of a kind, for transactions that are only tried. */
  input(kind: Pick<ResourceKind, 'group' | 'kind'>): InputTable<Resource> | undefined {
    return this.#inputs.get(kindKey(kind))?.table;
  }

  /** What the sources hold of an object, whatever stands in for it. */
  held(ref: ObjectRef): Resource | undefined {
    return this.#entryOf(ref)?.object;
  }

  /** Lets `standIn` count in place of what the sources hold of an object now, until they hold something else. */
  standIn(ref: ObjectRef, standIn: StandIn): void {
    this.expectStandIn(ref, standIn);
    this.#settle(kindKey(ref), objectKey(ref));
  }

  /** The same for an object that no source holds yet. */
  expectStandIn(ref: ObjectRef, standIn: StandIn): void {
    this.#standIns.set(objectId(ref), standIn);
  }

  /** Lets what the sources hold of an object count again. */
  liftStandIn(ref: ObjectRef): void {
    if (this.#standIns.delete(objectId(ref))) this.#settle(kindKey(ref), objectKey(ref));
  }

  /** Whether something counts in place of what the sources hold of an object. */
  hasStandIn(ref: ObjectRef): boolean {
    return this.#standIns.has(objectId(ref));
  }

  /** Where an object was read, if its source said so. */
  locationOf(ref: ObjectRef): SourceLocation | undefined {
    return this.#entryOf(ref)?.location;
  }

  /** What the sources report, and which objects several of them hold. */
  diagnostics(): readonly Diagnostic[] {
    return [...this.#shelves.flatMap((shelf) => shelf.reported), ...this.#doubled.values()];
  }

  /** Grows whenever {@link Collection.diagnostics} changes. */
  get reportVersion(): number {
    return this.#reportVersion;
  }

  /** Of the source that counts. */
  #entryOf(ref: ObjectRef): SourceObject | undefined {
    const [kind, key] = [kindKey(ref), objectKey(ref)];
    for (const shelf of this.#shelves) {
      const entry = shelf.get(kind, key);
      if (entry !== undefined) return entry;
    }
    return undefined;
  }

  /** Tells of an object that several sources hold. */
  #noteDouble(kind: string, key: string, holders: readonly Shelf[]): void {
    const [first, second] = holders;
    const entry = second?.get(kind, key);
    const id = idOf(kind, key);
    if (first === undefined || second === undefined || entry === undefined) {
      if (this.#doubled.delete(id)) this.#reportVersion += 1;
      return;
    }
    const message = `Two sources hold this object; the one of "${first.name}" counts, the one of "${second.name}" is left out. Remove one.`;
    const { object, location } = entry;
    this.#doubled.set(id, {
      severity: 'warning',
      code: 'DUPLICATE_OBJECT',
      object: refOf(object),
      message,
      ...(location && { source: location }),
    });
    this.#reportVersion += 1;
  }

  #set(shelf: Shelf, entry: SourceObject): void {
    const kind = kindOf(entry.object);
    const key = objectKey(entry.object.metadata);
    if (shelf.put(kind, key, { ...entry, object: unprintable(entry.object) })) this.#settle(kind, key);
  }

  #delete(shelf: Shelf, kind: string, key: string): void {
    if (shelf.expectNoMore(kind, key)) this.#onChange();
    if (shelf.remove(kind, key)) this.#settle(kind, key);
  }

  #replaceAll(shelf: Shelf, objects: Iterable<SourceObject>, only?: ResourceKind): void {
    const before = shelf.keys(only && kindKey(only));
    for (const entry of objects) {
      const kind = kindOf(entry.object);
      if (only !== undefined && kind !== kindKey(only)) continue;
      before.get(kind)?.delete(objectKey(entry.object.metadata));
      this.#set(shelf, entry);
    }
    for (const [kind, keys] of before) for (const key of keys) this.#delete(shelf, kind, key);
  }

  /** Gives the tables what counts for a key now. */
  #settle(kind: string, key: string): void {
    const input = this.#inputs.get(kind);
    if (input === undefined) return;
    const holders = this.#shelves.filter((shelf) => shelf.get(kind, key) !== undefined);
    const entry = holders[0]?.get(kind, key);
    this.#noteDouble(kind, key, holders);
    if (entry === undefined) {
      this.#pending.delete(input.table, key);
      this.#standIns.delete(idOf(kind, key));
    } else this.#pending.set(input.table, key, this.#standIns.counting(idOf(kind, key), entry.object));
    if (leading.has(kind)) this.#settleOwner(idOf(kind, key), holders[0]);
    this.#changed();
  }

  #settleOwner(key: string, holder: Shelf | undefined): void {
    if (holder?.isOperator === true) this.#pending.set(this.operators, key, true);
    else if (this.#shelves.some(({ isOperator }) => isOperator)) this.#pending.delete(this.operators, key);
  }

  #changed(): void {
    this.#isDirty = true;
    this.#onChange();
  }
}

function kindOf(object: Resource): string {
  return kindKey({ group: groupOf(object.apiVersion), kind: object.kind });
}
