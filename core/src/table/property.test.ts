import { dequal } from 'dequal';
import fc from 'fast-check';
import { expect, test } from 'vitest';

import {
  type Delta,
  type Failure,
  type Group,
  type GroupedTable,
  type InputTable,
  isFailure,
  type Read,
  type Table,
  Tables,
  Transaction,
} from './index.js';

interface Row {
  readonly n: number;
  readonly ref: string;
  readonly until: number;
  readonly targets: readonly string[];
  readonly trace?: number;
}

type TableSpec =
  | {
      readonly kind: 'derived';
      readonly from: number;
      readonly reads: readonly { readonly table: number; readonly by: 'ref' | 'key' | 'all'; readonly settled: boolean }[];
      readonly emits: 'key' | 'targets' | 'all' | 'ref';
      readonly failsAt: number;
      readonly usesTime: boolean;
      readonly notes: boolean;
      readonly coarse: boolean;
    }
  | {
      readonly kind: 'grouped';
      readonly from: readonly number[];
      readonly by: 'ref' | 'targets' | 'all';
      readonly ordered: boolean;
      readonly failsAt: number;
    };

interface Edit {
  readonly input: number;
  readonly key: string;
  readonly row: Row | null;
}

type Step =
  | { readonly kind: 'commit'; readonly edits: readonly Edit[]; readonly yielding: boolean }
  | { readonly kind: 'preview'; readonly edits: readonly Edit[]; readonly nested: readonly Edit[]; readonly throws: boolean }
  | { readonly kind: 'later'; readonly ms: number };

const inputCount = 2;
const keys = ['a', 'b', 'c', 'd'];
const aKey = fc.constantFrom(...keys);
const aRow: fc.Arbitrary<Row> = fc.record({
  n: fc.nat(4),
  ref: aKey,
  until: fc.nat(40),
  targets: fc.array(aKey, { maxLength: 3 }),
});
const aTable: fc.Arbitrary<TableSpec> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('derived' as const),
      from: fc.nat(20),
      reads: fc.array(fc.record({ table: fc.nat(20), by: fc.constantFrom('ref', 'key', 'all'), settled: fc.boolean() }), { maxLength: 3 }),
      emits: fc.constantFrom('key', 'targets', 'all', 'ref'),
      failsAt: fc.integer({ min: 0, max: 14 }),
      usesTime: fc.boolean(),
      notes: fc.boolean(),
      coarse: fc.boolean(),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('grouped' as const),
      from: fc.array(fc.nat(20), { minLength: 1, maxLength: 3 }),
      by: fc.constantFrom('ref', 'targets', 'all'),
      ordered: fc.boolean(),
      failsAt: fc.integer({ min: 0, max: 14 }),
    }),
  },
);
const someEdits: fc.Arbitrary<Edit[]> = fc.array(
  fc.record({ input: fc.nat(inputCount - 1), key: aKey, row: fc.option(aRow, { freq: 3 }) }),
  { maxLength: 4 },
);
const aStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('commit' as const), edits: someEdits, yielding: fc.boolean() }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('preview' as const), edits: someEdits, nested: someEdits, throws: fc.boolean() }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('later' as const), ms: fc.integer({ min: 1, max: 15 }) }) },
);

/** A program of tables, and the rows that its inputs should have. */
class World {
  time = 0;
  readonly tables = new Tables({ now: () => this.time });
  readonly all: Table<unknown>[] = [];
  readonly inputs: InputTable<Row>[] = [];

  constructor(specs: readonly TableSpec[]) {
    for (let i = 0; i < inputCount; i++) this.inputs.push(this.tables.input<Row>(`input${i}`));
    this.all.push(...this.inputs);
    specs.forEach((spec, i) => this.all.push(this.#make(`table${i}`, spec)));
  }

  transaction(edits: readonly Edit[]): Transaction {
    const transaction = new Transaction();
    for (const { input, key, row } of edits) {
      const table = this.inputs[input] as InputTable<Row>;
      if (row === null) transaction.delete(table, key);
      else transaction.set(table, key, row);
    }
    return transaction;
  }

  /** The same state, computed from nothing. */
  static fresh(specs: readonly TableSpec[], rows: readonly Edit[], time: number): World {
    const world = new World(specs);
    world.time = time;
    world.tables.commit(world.transaction(rows));
    return world;
  }

  #make(name: string, spec: TableSpec): Table<unknown> {
    const earlier = (index: number): Table<unknown> => this.all[index % this.all.length] as Table<unknown>;
    if (spec.kind === 'grouped') {
      const from = [...new Set(spec.from.map(earlier))];
      return this.tables.group<unknown>(name, from, {
        by: (value) => {
          const row = asRow(value);
          if (row.n === spec.failsAt) throw new Error(`no group for ${row.n}`);
          return spec.by === 'all' ? 'all' : row[spec.by];
        },
        ...(spec.ordered && { order: (value) => String(9 - asRow(value).n) }),
      });
    }
    const reads = spec.reads.map((read) => ({ ...read, table: earlier(read.table) }));
    const compute = function* (value: unknown, read: Read, key: string): Generator<readonly [string, Row]> {
      const row = asRow(value);
      const seen: string[] = [];
      for (const { table, by, settled } of reads) {
        const target = by === 'ref' ? row.ref : by === 'key' ? key : 'all';
        seen.push(describe(settled ? read.settled(table, target) : read(table, target)));
      }
      if (spec.usesTime) seen.push(String(read.now(row.until) >= row.until));
      const trace = hash(`${seen.join()}${row.trace}`) % 7;
      if (spec.notes && trace % 2 === 1) read.note({ trace });
      if (row.n === spec.failsAt) throw new Error(`fails at ${row.n}`);
      const out = { n: (row.n + trace) % 5, ref: row.ref, until: row.until, targets: row.targets, trace };
      if (spec.emits === 'targets') for (const target of row.targets) yield [target, out];
      else yield [spec.emits === 'key' ? key : spec.emits === 'ref' ? row.ref : 'all', out];
    };
    return this.tables.derive<unknown, Row>(
      name,
      earlier(spec.from),
      compute,
      spec.coarse ? { equals: (a, b) => JSON.stringify(a) === JSON.stringify(b) } : {},
    );
  }
}

function asRow(value: unknown): Row {
  if (!isGroup(value)) return value as Row;
  const members = [...value].map(asRow);
  return {
    n: members.reduce((sum, { n }) => sum + n, 0) % 5,
    ref: asRow(value.first()).ref,
    until: Math.max(...members.map(({ until }) => until)),
    targets: asRow(value.first()).targets,
    trace: hash(describe(value)) % 7,
  };
}

function isGroup(value: unknown): value is Group<unknown> {
  return typeof value === 'object' && value !== null && 'members' in value;
}

function describe(value: unknown): string {
  if (isFailure(value)) return `failure ${value.message} of ${value.table} ${value.key} by ${value.cause?.table} ${value.cause?.key}`;
  if (isGroup(value))
    return `group of ${value.size}: ${Array.from(value.entries(), ([key, member]) => `${key}=${describe(member)}`).join(';')}`;
  if (typeof value !== 'object' || value === null) return String(value);
  const { n, ref, until, targets, trace } = value as Row;
  return JSON.stringify([n, ref, until, targets, trace]);
}

function hash(text: string): number {
  let result = 7;
  for (let i = 0; i < text.length; i++) result = (result * 31 + text.charCodeAt(i)) % 1_000_003;
  return result;
}

const sorted = <T>(entries: Iterable<readonly [string, T]>): Record<string, T> =>
  Object.fromEntries([...entries].sort(([a], [b]) => (a < b ? -1 : 1)));

/** All that can be seen of the tables, as text. */
function stateOf({ tables, all }: World): Record<string, unknown> {
  const notes = Array.from(tables.notes(), ({ table, key, note }) => [`${table} ${key}`, note] as const);
  const origins = Array.from(tables.failures(), (failure) => [`${failure.table} ${failure.key}`, describe(failure)] as const);
  return {
    ...Object.fromEntries(
      all.map(({ name, rows, failures }) => [
        name,
        {
          size: rows.size,
          rows: sorted(Array.from(rows, ([key, row]) => [key, describe(row)])),
          failures: sorted(Array.from(failures, ([key, failure]) => [key, describe(failure)])),
        },
      ]),
    ),
    notes: sorted(notes),
    origins: sorted(origins),
    nextWake: tables.nextWake(),
  };
}

/** The objects themselves, members of groups included. */
function objectsOf({ all }: World): Map<string, unknown>[] {
  return all.map(({ rows }) => {
    const objects = new Map<string, unknown>();
    for (const [key, row] of rows) {
      if (isGroup(row)) for (const [memberKey, member] of row.entries()) objects.set(`${key} ${memberKey}`, member);
      else objects.set(key, row);
    }
    return objects;
  });
}

/** Notes by cell and failures by cell. */
function besidesOf({ tables, all }: World): { notes: Map<string, unknown[]>; failures: Map<string, Failure> } {
  const notes = new Map<string, unknown[]>();
  for (const { table, key, note } of tables.notes()) notes.set(`${table}\0${key}`, [...(notes.get(`${table}\0${key}`) ?? []), note]);
  const failures = new Map<string, Failure>();
  for (const { failures: some } of all) for (const failure of some.values()) failures.set(`${failure.table}\0${failure.key}`, failure);
  return { notes, failures };
}

function difference<V>(before: ReadonlyMap<string, V>, after: ReadonlyMap<string, V>): Record<string, unknown> {
  const changed = [...new Set([...before.keys(), ...after.keys()])].filter((key) => !Object.is(before.get(key), after.get(key)));
  return sorted(changed.map((key) => [key, { before: before.get(key), after: after.get(key) }]));
}

/** Objects differ only where the delta says so, and where it says so their contents differ. */
function expectExact(delta: Delta, world: World, before: ReturnType<typeof objectsOf>, besides: ReturnType<typeof besidesOf>): void {
  const after = objectsOf(world);
  world.all.forEach((table, index) => {
    const told = toldBy(delta, table);
    expectSame(told.filter(([, { before: old, after: next }]) => dequal(old, next)), []);
    expectSame(sorted(told), difference(before[index] ?? new Map(), after[index] ?? new Map()));
  });
  const { notes, failures } = besidesOf(world);
  expect(sorted(Array.from(delta.failures, ([id, { before, after }]) => [id, { before, after }]))).toEqual(
    difference(besides.failures, failures),
  );
  expect([...delta.notes.keys()].sort()).toEqual(
    [...new Set([...besides.notes.keys(), ...notes.keys()])].filter((id) => !dequal(besides.notes.get(id), notes.get(id))).sort(),
  );
  for (const [id, change] of delta.notes) expect([change.before, change.after]).toEqual([besides.notes.get(id) ?? [], notes.get(id) ?? []]);
  expect(delta.isEmpty).toBe(world.all.every((table) => delta.changes(table).size === 0) && delta.notes.size + delta.failures.size === 0);
}

function toldBy(delta: Delta, table: Table<unknown>): (readonly [string, { before: unknown; after: unknown }])[] {
  if (!('kind' in table) || table.kind !== 'grouped') return [...delta.changes(table)];
  const groups = delta.groupChanges(table as GroupedTable<unknown>);
  expect([...groups.keys()].sort()).toEqual([...delta.changes(table).keys()].sort());
  const told = Array.from(groups, ([key, members]) =>
    Array.from(members, ([member, change]) => [`${key} ${member}`, change] as const),
  ).flat();
  // A group within a group is the same live object before and after.
  return told.filter(([, { before, after }]) => !isGroup(before) || before !== after);
}

/** Compares as text first: `toEqual` is a hundred times slower. */
function expectSame(found: unknown, expected: unknown): void {
  if (JSON.stringify(found) !== JSON.stringify(expected)) expect(found).toEqual(expected);
}

async function run(specs: readonly TableSpec[], steps: readonly Step[]): Promise<void> {
  const world = new World(specs);
  let rows: Edit[] = [];
  const rowsAfter = (edits: readonly Edit[], from: readonly Edit[] = rows): Edit[] => [
    ...new Map([...from, ...edits].map((edit) => [`${edit.input} ${edit.key}`, edit])).values(),
  ];
  const expectFresh = (wanted: readonly Edit[]): void => expectSame(stateOf(world), stateOf(World.fresh(specs, wanted, world.time)));
  world.tables.commit(new Transaction());
  for (const step of steps) {
    const before = objectsOf(world);
    const besides = besidesOf(world);
    if (step.kind === 'preview') {
      const state = stateOf(world);
      const counts = world.tables.counters.snapshot();
      const failure = new Error('thrown by the callback');
      const look = (): void =>
        world.tables.preview(world.transaction(step.edits), (delta) => {
          expectFresh(rowsAfter(step.edits));
          expectExact(delta, world, before, besides);
          const seen = stateOf(world);
          world.tables.preview(world.transaction(step.nested), () => expectFresh(rowsAfter(step.nested, rowsAfter(step.edits))));
          expectSame(stateOf(world), seen);
          if (step.throws) throw failure;
        });
      if (step.throws) expect(look).toThrow(failure);
      else look();
      expectSame(stateOf(world), state);
      expect(world.tables.counters.snapshot()).toEqual(counts);
      const after = objectsOf(world);
      world.all.forEach((_, index) => expectSame(difference(before[index] ?? new Map(), after[index] ?? new Map()), {}));
    } else {
      const edits = step.kind === 'commit' ? step.edits : [];
      if (step.kind === 'later') world.time += step.ms;
      rows = rowsAfter(edits);
      const transaction = world.transaction(edits);
      const isYielding = step.kind === 'commit' && step.yielding;
      const delta = isYielding ? await world.tables.commitYielding(transaction, { sliceMs: 0 }) : world.tables.commit(transaction);
      expectFresh(rows);
      expectExact(delta, world, before, besides);
    }
  }
  world.tables.commit(world.transaction(rowsAfter([]).map((edit) => ({ ...edit, row: null }))));
  for (const table of world.all) expect(table).toMatchObject({ rows: { size: 0 }, slots: { size: 0 }, failures: { size: 0 } });
  expect(world.tables.nextWake()).toBe(undefined);
}

test(
  'tables that were changed step by step equal tables computed from nothing, and previews leave no trace',
  { timeout: 60_000 },
  async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(aTable, { minLength: 2, maxLength: 7 }),
        fc.array(aStep, { minLength: 12, maxLength: 25 }),
        (specs, steps) => run(specs, steps),
      ),
      { numRuns: 300 },
    );
  },
);
