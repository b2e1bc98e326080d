import { describe, expect, test } from 'vitest';

import { Tables, Transaction } from './index.js';

interface Route {
  readonly host: string | readonly string[] | undefined;
  readonly path: string;
}

function hosts(order?: (row: Route, key: string) => string) {
  const tables = new Tables();
  const routes = tables.input<Route>('routes');
  const more = tables.input<Route>('more');
  const groups = tables.group('hosts', [routes], { by: (row) => row.host, ...(order && { order }) });
  const set = (key: string, host: Route['host'], path = '/') => tables.commit(new Transaction().set(routes, key, { host, path }));
  const keysOf = (host: string) => Array.from(groups.rows.get(host)?.entries() ?? [], ([key]) => key);
  return { tables, routes, more, groups, set, keysOf };
}

describe('a group', () => {
  test('has its members in the order of their keys by default', () => {
    const { set, keysOf, groups } = hosts();
    for (const key of ['c', 'a', 'b']) set(key, 'h');
    expect(keysOf('h')).toEqual(['a', 'b', 'c']);
    expect(groups.rows.get('h')?.size).toBe(3);
  });

  test('has its members in the order asked for, ties by key', () => {
    const { set, keysOf, groups } = hosts((row) => row.path);
    set('b', 'h', '/x');
    set('a', 'h', '/x');
    set('c', 'h', '/a');
    expect(keysOf('h')).toEqual(['c', 'a', 'b']);
    expect(groups.rows.get('h')?.first()?.path).toBe('/a');
    set('c', 'h', '/z');
    expect(keysOf('h')).toEqual(['a', 'b', 'c']);
    expect(Array.from(groups.rows.get('h') ?? [], ({ path }) => path)).toEqual(['/x', '/x', '/z']);
    expect([...(groups.rows.get('h')?.members() ?? [])]).toEqual([...(groups.rows.get('h') ?? [])]);
  });

  test('takes members that name several groups, once each, and none of those that name no group', () => {
    const { set, keysOf, groups } = hosts();
    set('a', ['x', 'y', 'x']);
    set('b', undefined);
    set('c', []);
    expect([keysOf('x'), keysOf('y'), groups.rows.size]).toEqual([['a'], ['a'], 2]);
    const delta = set('a', ['y', 'z']);
    expect([...delta.groupChanges(groups).keys()].sort()).toEqual(['x', 'y', 'z']);
    expect([keysOf('x'), keysOf('y'), keysOf('z')]).toEqual([[], ['a'], ['a']]);
  });

  test('goes with its last member', () => {
    const { tables, routes, set, groups } = hosts();
    set('a', 'x');
    const group = groups.rows.get('x');
    const delta = tables.commit(new Transaction().delete(routes, 'a'));
    expect(groups.rows.size).toBe(0);
    expect([group?.size, group?.first()]).toEqual([0, undefined]);
    expect(delta.changes(groups).get('x')).toEqual({ before: group, after: undefined });
  });

  test('stays the same object when all its members are exchanged at once', () => {
    const { tables, routes, set, groups } = hosts();
    set('a', 'x');
    const group = groups.rows.get('x');
    const delta = tables.commit(new Transaction().delete(routes, 'a').set(routes, 'b', { host: 'x', path: '/' }));
    expect(groups.rows.get('x')).toBe(group);
    expect(delta.changes(groups).get('x')).toEqual({ before: group, after: group });
  });

  test('tells its members that came, went or were replaced', () => {
    const { tables, routes, set, groups } = hosts();
    for (const key of ['a', 'b', 'c']) set(key, 'x');
    const delta = tables.commit(
      new Transaction().delete(routes, 'a').set(routes, 'b', { host: 'x', path: '/b' }).set(routes, 'd', { host: 'x', path: '/' }),
    );
    expect(delta.groupChanges(groups)).toEqual(
      new Map([
        [
          'x',
          new Map([
            ['a', { before: { host: 'x', path: '/' }, after: undefined }],
            ['b', { before: { host: 'x', path: '/' }, after: { host: 'x', path: '/b' } }],
            ['d', { before: undefined, after: { host: 'x', path: '/' } }],
          ]),
        ],
      ]),
    );
  });

  test('of several tables keeps their members apart', () => {
    const { tables, routes, more } = hosts();
    const both = tables.group('both', [routes, more], { by: () => 'all' });
    tables.commit(new Transaction().set(routes, 'a', { host: 'x', path: '/1' }).set(more, 'a', { host: 'x', path: '/2' }));
    expect(Array.from(both.rows.get('all')?.entries() ?? [], ([key, { path }]) => [key, path])).toEqual([
      ['more\0a', '/2'],
      ['routes\0a', '/1'],
    ]);
  });

  test('wakes its readers and what is derived from it when a member changes, and nobody when none does', () => {
    const { tables, routes, groups, set } = hosts();
    const names = tables.input<string>('names');
    const readers = tables.derive('readers', names, (_row, read, key) => [[key, read(groups, 'x')?.size ?? 0]]);
    const sizes = tables.derive('sizes', groups, (group, _read, key) => [[key, group.size]]);
    tables.commit(new Transaction().set(names, 'me', 'me'));
    set('a', 'x');
    expect([readers.rows.get('me'), sizes.rows.get('x')]).toEqual([1, 1]);
    set('b', 'x');
    expect([readers.rows.get('me'), sizes.rows.get('x')]).toEqual([2, 2]);
    const before = tables.counters.snapshot();
    set('b', 'x');
    set('c', 'y');
    const { tables: counts } = tables.counters.since(before);
    expect([counts.get('readers')?.computes, counts.get('sizes')?.computes]).toEqual([0, 1]);
    tables.commit(new Transaction().delete(routes, 'a').delete(routes, 'b'));
    expect([readers.rows.get('me'), sizes.rows.has('x')]).toEqual([0, false]);
  });
});

describe('a member', () => {
  test.each<[string, object, string]>([
    [
      '`by` throws',
      {
        by: () => {
          throw new Error('by');
        },
      },
      'by',
    ],
    [
      '`order` throws',
      {
        by: () => 'x',
        order: () => {
          throw new Error('order');
        },
      },
      'order',
    ],
    ['`by` returns a number', { by: () => 1 }, '`by` returned a value of type number; expected a string, a list of strings or undefined'],
    ['`by` returns a list of others', { by: () => [1] }, '`by` returned a list of 1; expected a string, a list of strings or undefined'],
    ['`order` returns a number', { by: () => 'x', order: () => 1 }, '`order` returned a value of type number; expected a string'],
  ])('is a failure under its member key when %s', (_what, options, message) => {
    const tables = new Tables();
    const input = tables.input<number>('input');
    const groups = tables.group('groups', [input], options as { by: () => string });
    const delta = tables.commit(new Transaction().set(input, 'a', 1));
    expect(groups.rows.size).toBe(0);
    expect(groups.failures.get('a')).toMatchObject({ table: 'groups', key: 'a', message });
    expect(delta.failures.size).toBe(1);
    expect(tables.commit(new Transaction().set(input, 'a', 2)).failures.size).toBe(0);
    tables.commit(new Transaction().delete(input, 'a'));
    expect(groups.failures.size).toBe(0);
  });

  test('that failed does not hide a group that happens to have its key', () => {
    const tables = new Tables();
    const input = tables.input<string>('input');
    const groups = tables.group('groups', [input], {
      by: (row) => {
        if (row === 'bad') throw new Error('bad');
        return row;
      },
    });
    const sizes = tables.derive('sizes', groups, (group, _read, key) => [[key, group.size]]);
    tables.commit(new Transaction().set(input, 'x', 'bad').set(input, 'y', 'x'));
    expect([groups.failures.has('x'), sizes.rows.get('x'), sizes.failures.size]).toEqual([true, 1, 0]);
  });

  test('whose source row is a failure is none', () => {
    const tables = new Tables();
    const input = tables.input<number>('input');
    const fragile = tables.derive('fragile', input, (row, _read, key) => {
      if (row < 0) throw new Error('negative');
      return [[key, row]];
    });
    const groups = tables.group('groups', [fragile], { by: () => 'all' });
    tables.commit(new Transaction().set(input, 'a', 1).set(input, 'b', -1));
    expect([...(groups.rows.get('all') ?? [])]).toEqual([1]);
    tables.commit(new Transaction().set(input, 'a', -1).set(input, 'b', 2));
    expect([...(groups.rows.get('all') ?? [])]).toEqual([2]);
    expect(groups.failures.size).toBe(0);
  });
});
