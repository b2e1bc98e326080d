import { describe, expect, test } from 'vitest';

import { type Read, Tables, Transaction } from './index.js';

interface Service {
  readonly port: number;
}

function shop() {
  const tables = new Tables();
  const services = tables.input<Service>('services');
  const routes = tables.input<{ readonly service: string }>('routes');
  const servers = tables.derive('servers', routes, (route, read, key) => {
    const service = read(services, route.service);
    return service ? [[key, `${route.service}:${service.port}`]] : [];
  });
  return { tables, services, routes, servers };
}

describe('reading', () => {
  test('a row read in vain wakes its reader when it appears', () => {
    const { tables, services, routes, servers } = shop();
    tables.commit(new Transaction().set(routes, 'shop', { service: 'web' }));
    const delta = tables.commit(new Transaction().set(services, 'web', { port: 80 }));
    expect(delta.changes(servers)).toEqual(new Map([['shop', { before: undefined, after: 'web:80' }]]));
    expect(servers.rows.get('shop')).toBe('web:80');
  });

  test('a row that is no longer read no longer wakes', () => {
    const { tables, services, routes, servers } = shop();
    tables.commit(new Transaction().set(services, 'a', { port: 1 }).set(services, 'b', { port: 2 }).set(routes, 'shop', { service: 'a' }));
    tables.commit(new Transaction().set(routes, 'shop', { service: 'b' }));
    const before = tables.counters.of(servers).computes;
    tables.commit(new Transaction().set(services, 'a', { port: 3 }));
    expect(tables.counters.of(servers).computes).toBe(before);
    expect(servers.rows.get('shop')).toBe('b:2');
  });

  test('reading a key many times records it once', () => {
    const tables = new Tables();
    const input = tables.input<number>('input');
    const sums = tables.derive('sums', input, (row, read, key) => [[key, row + (read(input, 'x') ?? 0) + (read(input, 'x') ?? 0)]]);
    tables.commit(new Transaction().set(input, 'a', 1).set(input, 'x', 5));
    expect(sums.rows.get('a')).toBe(11);
    tables.commit(new Transaction().delete(input, 'x'));
    expect(new Map(sums.rows)).toEqual(new Map([['a', 1]]));
    tables.commit(new Transaction().delete(input, 'a').set(input, 'x', 1));
    expect(new Map(sums.rows)).toEqual(new Map([['x', 3]]));
  });

  test('a table made after the reader, or the reader itself, cannot be read: the failure names both', () => {
    const tables = new Tables();
    const input = tables.input<number>('input');
    const later = { table: input };
    const early = tables.derive('early', input, (_row, read, key) => [[key, read(later.table, key)]]);
    later.table = tables.input<number>('late');
    tables.commit(new Transaction().set(input, 'a', 1));
    expect(early.failures.get('a')?.message).toBe('table "early" reads table "late", which was made after it; make "late" first');
    later.table = early as never;
    tables.commit(new Transaction().set(input, 'a', 2));
    expect(early.failures.get('a')?.message).toBe('table "early" reads itself; a table can read only tables made before it');
  });

  test('a table of another Tables cannot be read, derived from or set', () => {
    const foreign = new Tables().input<number>('foreign');
    const tables = new Tables();
    const input = tables.input<number>('input');
    const out = tables.derive('out', input, (_row, read, key) => [[key, read(foreign, key)]]);
    tables.commit(new Transaction().set(input, 'a', 1));
    expect(out.failures.get('a')?.message).toMatch('table "foreign" was not made by this Tables');
    expect(() => tables.derive('x', foreign, () => [])).toThrow('table "foreign" was not made by this Tables');
    expect(() => tables.group('x', [foreign], { by: () => 'a' })).toThrow('table "foreign" was not made by this Tables');
    expect(() => tables.commit(new Transaction().set(input, 'b', 1).set(foreign, 'a', 1))).toThrow('table "foreign" was not made by this');
    expect(input.rows.has('b')).toBe(false);
  });

  test('`read` throws once its compute has ended', () => {
    const tables = new Tables();
    const input = tables.input<number>('input');
    let kept: Read | undefined;
    tables.derive('out', input, (_row, read) => {
      kept = read;
      return [];
    });
    tables.commit(new Transaction().set(input, 'a', 1));
    expect(() => kept?.(input, 'a')).toThrow('`read` was used after its compute had ended');
    expect(() => kept?.settled(input, 'a')).toThrow('`read` was used after its compute had ended');
    expect(() => kept?.now(1)).toThrow('`read` was used after its compute had ended');
    expect(() => kept?.note(1)).toThrow('`read` was used after its compute had ended');
  });
});

describe('early cutoff', () => {
  test('an equal input wakes nobody and the old object stays', () => {
    const { tables, services, routes } = shop();
    const first = { port: 80 };
    tables.commit(new Transaction().set(services, 'web', first).set(routes, 'shop', { service: 'web' }));
    const before = tables.counters.snapshot();
    const delta = tables.commit(new Transaction().set(services, 'web', { port: 80 }));
    expect(delta.isEmpty).toBe(true);
    expect(services.rows.get('web')).toBe(first);
    expect(tables.counters.since(before)).toMatchObject({ computes: 0, comparisons: 1, rowsChanged: 0 });
  });

  test('an equal output wakes nobody and the old object stays', () => {
    const tables = new Tables();
    const input = tables.input<number>('input');
    const parity = tables.derive('parity', input, (row, _read, key) => [[key, { isOdd: row % 2 === 1 }]]);
    const texts = tables.derive('texts', parity, (row, _read, key) => [[key, String(row.isOdd)]]);
    tables.commit(new Transaction().set(input, 'a', 1));
    const old = parity.rows.get('a');
    const delta = tables.commit(new Transaction().set(input, 'a', 3));
    expect(parity.rows.get('a')).toBe(old);
    expect(delta.changes(parity).size).toBe(0);
    expect(tables.counters.of(texts).computes).toBe(1);
  });

  test('`equals` decides what is equal; one that throws counts as unequal', () => {
    const tables = new Tables();
    const input = tables.input<{ readonly id: number; readonly seen: number }>('input', { equals: (a, b) => a.id === b.id });
    const broken = tables.derive('broken', input, (row, _read, key) => [[key, row.id % 2]], {
      equals: () => {
        throw new Error('broken');
      },
    });
    tables.commit(new Transaction().set(input, 'a', { id: 1, seen: 1 }));
    expect(tables.commit(new Transaction().set(input, 'a', { id: 1, seen: 2 })).isEmpty).toBe(true);
    tables.commit(new Transaction().set(input, 'a', { id: 2, seen: 3 }));
    expect(broken.rows.get('a')).toBe(0);
  });

  test('a key that passes from one input row to another with an equal row does not change', () => {
    const tables = new Tables();
    const input = tables.input<string>('input');
    const out = tables.derive('out', input, (row) => [[row, { row }]]);
    const readers = tables.derive(
      'readers',
      input,
      (_row, read, key) => [[key, read(out, 'x')?.row]].slice(0, read(out, 'x') ? 1 : 0) as [string, string][],
    );
    tables.commit(new Transaction().set(input, 'a', 'x'));
    const old = out.rows.get('x');
    const delta = tables.commit(new Transaction().delete(input, 'a').set(input, 'b', 'x'));
    expect(delta.changes(out).size).toBe(0);
    expect(out.rows.get('x')).toBe(old);
    expect(new Map(readers.rows)).toEqual(new Map([['b', 'x']]));
  });
});

describe('several input rows that emit one key', () => {
  function claims() {
    const tables = new Tables();
    const input = tables.input<string>('input');
    const out = tables.derive('out', input, (row, _read, key) => [
      ['same', row],
      [`own/${key}`, row],
    ]);
    return { tables, input, out };
  }

  test('the smallest input key stands, whatever the order of arrival', () => {
    const { tables, input, out } = claims();
    for (const key of ['m', 'z', 'b', 'B', 'a']) {
      tables.commit(new Transaction().set(input, key, `from ${key}`));
    }
    expect(out.rows.get('same')).toBe('from B');
    expect(out.rows.size).toBe(6);
  });

  test('when the first goes the next takes over', () => {
    const { tables, input, out } = claims();
    tables.commit(new Transaction().set(input, 'a', 'A').set(input, 'b', 'B').set(input, 'c', 'C'));
    expect(
      tables
        .commit(new Transaction().set(input, 'b', 'b'))
        .changes(out)
        .has('same'),
    ).toBe(false);
    const delta = tables.commit(new Transaction().delete(input, 'a'));
    expect(delta.changes(out).get('same')).toEqual({ before: 'A', after: 'b' });
    tables.commit(new Transaction().delete(input, 'c'));
    tables.commit(new Transaction().delete(input, 'b'));
    expect(out.rows.size).toBe(0);
  });
});

describe('a transaction', () => {
  test('does nothing until it is committed, and the last change of a row stands', () => {
    const tables = new Tables();
    const input = tables.input<number>('input');
    const transaction = new Transaction().set(input, 'a', 1).set(input, 'a', 2).set(input, 'b', 1).delete(input, 'b');
    expect(transaction.size).toBe(2);
    expect(input.rows.size).toBe(0);
    expect(new Map(tables.commit(transaction).changes(input))).toEqual(new Map([['a', { before: undefined, after: 2 }]]));
  });

  test('sets rows of input tables only, and no undefined ones', () => {
    const { tables, services, servers } = shop();
    expect(() => new Transaction().set(services, 'a', undefined as never)).toThrow('row "a" of table "services" was set to undefined');
    expect(() => tables.commit(new Transaction().delete(servers as never, 'a'))).toThrow('table "servers" is computed');
  });

  test('cannot be changed once it was handed to `commitYielding`', async () => {
    const { tables, services } = shop();
    const transaction = new Transaction().set(services, 'a', { port: 1 });
    const done = tables.commitYielding(transaction);
    expect(() => transaction.set(services, 'b', { port: 1 })).toThrow('cannot change');
    expect(() => transaction.delete(services, 'a')).toThrow('cannot change');
    await done;
    tables.commit(transaction);
    expect(services.rows.size).toBe(1);
  });
});

describe('tables', () => {
  test('have names of their own', () => {
    const { tables } = shop();
    expect(() => tables.input('routes')).toThrow('there is a table "routes" already');
  });

  test('that are made late take over what is there with the next commit', () => {
    const { tables, services, routes, servers } = shop();
    tables.commit(new Transaction().set(services, 'web', { port: 80 }).set(routes, 'shop', { service: 'web' }));
    const late = tables.derive('late', servers, (row, _read, key) => [[key, row.length]]);
    const groups = tables.group('groups', [servers], { by: () => 'all' });
    tables.preview(new Transaction(), () => expect(late.rows.get('shop')).toBe(6));
    expect(late.rows.size).toBe(0);
    tables.commit(new Transaction());
    expect(late.rows.get('shop')).toBe(6);
    expect(groups.rows.get('all')?.size).toBe(1);
  });

  test('show their rows as a map', () => {
    const { tables, services } = shop();
    tables.commit(new Transaction().set(services, 'a', { port: 1 }).set(services, 'b', { port: 2 }));
    tables.commit(new Transaction().delete(services, 'a'));
    const { rows } = services;
    const seen: unknown[] = [];
    rows.forEach((row, key, map) => seen.push(row, key, map === rows));
    expect(seen).toEqual([{ port: 2 }, 'b', true]);
    expect([rows.size, rows.has('a'), rows.has('b')]).toEqual([1, false, true]);
    expect([[...rows.keys()], [...rows.values()], [...rows]]).toEqual([['b'], [{ port: 2 }], [['b', { port: 2 }]]]);
  });
});

describe('a delta', () => {
  test('keeps saying the same after later commits', () => {
    const { tables, services } = shop();
    const delta = tables.commit(new Transaction().set(services, 'a', { port: 1 }));
    tables.commit(new Transaction().set(services, 'a', { port: 2 }));
    expect(new Map(delta.changes(services))).toEqual(new Map([['a', { before: undefined, after: { port: 1 } }]]));
  });

  test('of a commit that changes nothing is empty', () => {
    const { tables, services, servers } = shop();
    const delta = tables.commit(new Transaction().delete(services, 'a'));
    expect([delta.isEmpty, delta.changes(servers).size, delta.notes.size, delta.failures.size]).toEqual([true, 0, 0, 0]);
  });
});
