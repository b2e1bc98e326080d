import { describe, expect, test } from 'vitest';

import { type Counts, Tables, Transaction } from './index.js';

interface Endpoint {
  readonly service: string;
  readonly port: number;
}

/** Endpoints under services, four tables deep, with a group and a row that all read. */
function cluster(size: number) {
  const tables = new Tables({ now: () => 0 });
  const settings = tables.input<{ readonly timeout: number }>('settings');
  const endpoints = tables.input<Endpoint>('endpoints');
  const servers = tables.derive('servers', endpoints, (row, read, key) => [
    [`${row.service}/${key}`, { ...row, timeout: read(settings, 'all')?.timeout }],
  ]);
  const pools = tables.group('pools', [servers], { by: (row) => row.service, order: (row) => String(row.port) });
  const backends = tables.derive('backends', pools, (pool, _read, key) => [[key, { size: pool.size, first: pool.first()?.port }]]);
  const lines = tables.derive('lines', backends, (row, _read, key) => [[key, `${key} ${row.size}`]]);
  const transaction = new Transaction().set(settings, 'all', { timeout: 1 });
  for (let i = 0; i < size; i++) transaction.set(endpoints, `e${i}`, { service: `s${i % (size / 10)}`, port: i });
  tables.commit(transaction);
  return { tables, settings, endpoints, lines };
}

function cost(tables: Tables, transaction: Transaction): Counts {
  const before = tables.counters.snapshot();
  tables.commit(transaction);
  const { computes, comparisons, rowsChanged } = tables.counters.since(before);
  return { computes, comparisons, rowsChanged };
}

describe.each([100, 10_000])('among %i endpoints', (size) => {
  test('moving one computes its server, its place in the pool and its backend, and stops where nothing changes', () => {
    const { tables, endpoints } = cluster(size);
    const before = tables.counters.snapshot();
    // e1 is the first of its pool: the backend changes, its line does not.
    const transaction = new Transaction().set(endpoints, 'e1', { service: 's1', port: 0 });
    expect(cost(tables, transaction)).toEqual({ computes: 4, comparisons: 3, rowsChanged: 4 });
    expect(tables.counters.since(before).tables.get('lines')).toEqual({ computes: 1, comparisons: 0, rowsChanged: 0 });
    const another = new Transaction().set(endpoints, `e${size - 1}`, { service: `s${size / 10 - 1}`, port: 99_999 });
    expect(cost(tables, another)).toEqual({ computes: 3, comparisons: 3, rowsChanged: 3 });
  });

  test('adding one, and taking it away, computes the same handful', () => {
    const { tables, endpoints } = cluster(size);
    const added = cost(tables, new Transaction().set(endpoints, 'new', { service: 's1', port: 5 }));
    expect(added).toEqual({ computes: 4, comparisons: 2, rowsChanged: 5 });
    expect(cost(tables, new Transaction().delete(endpoints, 'new'))).toEqual({ computes: 2, comparisons: 2, rowsChanged: 5 });
  });

  test('setting the same again computes nothing', () => {
    const { tables, endpoints } = cluster(size);
    const transaction = new Transaction().set(endpoints, 'e1', { service: 's1', port: 1 });
    expect(cost(tables, transaction)).toEqual({ computes: 0, comparisons: 1, rowsChanged: 0 });
  });

  test('a row that all read computes all of its readers, and no more', () => {
    const { tables, settings } = cluster(size);
    expect(cost(tables, new Transaction().set(settings, 'all', { timeout: 2 }))).toEqual({
      computes: 2 * size + size / 10,
      comparisons: 1 + size + size / 10,
      rowsChanged: 1 + 2 * size,
    });
  });

  test('one member of a group of all costs one member', () => {
    const tables = new Tables();
    const input = tables.input<number>('input');
    const all = tables.group('all', [input], { by: () => 'all', order: (row) => String(row).padStart(9, '0') });
    const first = tables.derive('first', all, (group, _read, key) => [[key, group.first()]]);
    const transaction = new Transaction();
    for (let i = 0; i < size; i++) transaction.set(input, `k${i}`, (i * 7) % size);
    tables.commit(transaction);
    expect(cost(tables, new Transaction().set(input, 'k5', 2 * size))).toEqual({ computes: 2, comparisons: 1, rowsChanged: 2 });
    expect(cost(tables, new Transaction().delete(input, 'k0'))).toEqual({ computes: 1, comparisons: 1, rowsChanged: 3 });
    expect(first.rows.get('all')).toBe(1);
  });

  test('a key that all claim costs one claim', () => {
    const tables = new Tables();
    const input = tables.input<number>('input');
    const shared = tables.derive('shared', input, (row) => [['same', row]]);
    const transaction = new Transaction();
    for (let i = 0; i < size; i++) transaction.set(input, `k${String(i).padStart(6, '0')}`, i);
    tables.commit(transaction);
    expect(cost(tables, new Transaction().set(input, 'k000050', -1))).toEqual({ computes: 1, comparisons: 1, rowsChanged: 1 });
    expect(cost(tables, new Transaction().delete(input, 'k000000'))).toEqual({ computes: 0, comparisons: 1, rowsChanged: 2 });
    expect(shared.rows.get('same')).toBe(1);
  });
});

test('counters of a table made elsewhere are refused', () => {
  const foreign = new Tables().input('foreign');
  expect(() => new Tables().counters.of(foreign)).toThrow('table "foreign" was not made by this Tables');
});
