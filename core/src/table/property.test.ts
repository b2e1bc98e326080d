import { dequal } from 'dequal';
import fc from 'fast-check';
import { expect, test } from 'vitest';

import { aStep, aTable, describe, type Edit, isGroup, type Step, type TableSpec, World } from './fixtures/random-tables.js';
import { type Delta, type Failure, type GroupedTable, type Table, Transaction } from './index.js';

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
    expectSame(
      told.filter(([, { before: old, after: next }]) => dequal(old, next)),
      [],
    );
    expectSame(sorted(told), difference(before[index] ?? new Map(), after[index] ?? new Map()));
  });
  const { notes, failures } = besidesOf(world);
  const toldFailures = Array.from(delta.failures, ([id, change]) => [id, { before: change.before, after: change.after }] as const);
  expectSame(sorted(toldFailures), difference(besides.failures, failures));
  const noted = [...new Set([...besides.notes.keys(), ...notes.keys()])].filter((id) => !dequal(besides.notes.get(id), notes.get(id)));
  expectSame([...delta.notes.keys()].sort(), noted.sort());
  for (const [id, change] of delta.notes) expectSame([change.before, change.after], [besides.notes.get(id) ?? [], notes.get(id) ?? []]);
  const isEmpty = world.all.every((table) => delta.changes(table).size === 0) && delta.notes.size + delta.failures.size === 0;
  expectSame(delta.isEmpty, isEmpty);
}

function toldBy(delta: Delta, table: Table<unknown>): (readonly [string, { before: unknown; after: unknown }])[] {
  if (!('kind' in table) || table.kind !== 'grouped') return [...delta.changes(table)];
  const groups = delta.groupChanges(table as GroupedTable<unknown>);
  expectSame([...groups.keys()].sort(), [...delta.changes(table).keys()].sort());
  const told = Array.from(groups, ([key, members]) =>
    Array.from(members, ([member, change]) => [`${key} ${member}`, change] as const),
  ).flat();
  // A group within a group is the same live object before and after.
  return told.filter(([, { before, after }]) => !isGroup(before) || before !== after);
}

const countsOf = ({ tables, all }: World): unknown => all.map((table) => tables.counters.of(table));

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
      const counts = countsOf(world);
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
      expectSame(countsOf(world), counts);
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
