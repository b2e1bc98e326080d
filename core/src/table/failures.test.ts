import { describe, expect, test } from 'vitest';

import { isFailure, Tables, Transaction } from './index.js';

/** An input of functions and a table that calls them: a row is what it computes. */
function programs() {
  const tables = new Tables();
  const input = tables.input<() => unknown>('input');
  const out = tables.derive<() => unknown, unknown>('out', input, (row) => row() as Iterable<[string, unknown]>);
  const run = (key: string, program: () => unknown) => tables.commit(new Transaction().set(input, key, program));
  const fail = (key: string, message = 'broken') =>
    run(key, () => {
      throw new Error(message);
    });
  return { tables, input, out, run, fail };
}

describe('a compute fails under its input key and emits nothing', () => {
  test.each<[string, () => unknown, string | RegExp]>([
    [
      'throws',
      () => {
        throw new Error('broken');
      },
      'broken',
    ],
    [
      'throws what is no error',
      () => {
        // eslint-disable-next-line @typescript-eslint/only-throw-error -- plugins may
        throw 'text';
      },
      'text',
    ],
    [
      'throws what has no text',
      () => {
        throw Object.create(null);
      },
      'an error that has no text',
    ],
    ['returns a promise', async () => [['k', 1]], 'the compute returned a promise; a compute is synchronous'],
    [
      'returns a promise that rejects',
      async () => {
        throw new Error('late');
      },
      'the compute returned a promise; a compute is synchronous',
    ],
    [
      'is an async generator',
      async function* () {
        yield ['k', 1];
      },
      /expected an iterable of \[key, row\] entries/,
    ],
    ['returns nothing', () => undefined, 'the compute returned undefined; expected an iterable of [key, row] entries'],
    ['returns text', () => 'text', 'the compute returned a value of type string; expected an iterable of [key, row] entries'],
    ['returns one entry and no list', () => ['k', 1], /emitted a value of type string; expected a \[key, row\] entry/],
    ['emits a key that is no string', () => [[1, 1]], /emitted a list of 2; expected a \[key, row\] entry/],
    ['emits an undefined row', () => [['k', undefined]], /emitted a list of 2/],
    ['emits three', () => [['k', 1, 2]], /emitted a list of 3/],
    ['emits null', () => [null], /emitted null/],
    [
      'emits a key twice',
      () => [
        ['k', 1],
        ['k', 1],
      ],
      'the compute emitted the key "k" twice',
    ],
    [
      'emits a key twice, not in a row',
      () => [
        ['k', 1],
        ['a', 1],
        ['k', 1],
      ],
      'the compute emitted the key "k" twice',
    ],
    [
      'throws half way',
      function* () {
        yield ['k', 1];
        throw new Error('half way');
      },
      'half way',
    ],
  ])('when it %s', (_what, program, message) => {
    const { out, run } = programs();
    run('in', () => [['k', 0]]);
    const delta = run('in', program);
    const failure = out.failures.get('in');
    expect(isFailure(failure)).toBe(true);
    expect(failure).toMatchObject({
      table: 'out',
      key: 'in',
      message: message instanceof RegExp ? expect.stringMatching(message) : message,
    });
    expect(failure?.cause).toBe(undefined);
    expect(out.rows.size).toBe(0);
    expect(delta.failures).toEqual(new Map([['out\0in', { table: 'out', key: 'in', after: failure }]]));
  });

  test('when it commits, previews or makes a table', () => {
    const { tables, out, run } = programs();
    run('a', () => tables.commit(new Transaction()));
    run('b', () => tables.preview(new Transaction(), () => []));
    run('c', () => tables.input('more'));
    run('d', () => tables.commitYielding(new Transaction()));
    expect(Array.from(out.failures.values(), ({ message }) => message.split(';')[0])).toEqual([
      '`commit` during a commit or preview of the same Tables',
      '`preview` during a commit or preview of the same Tables',
      'a table was made during a commit or preview of the same Tables',
      '`commitYielding` during a commit or preview of the same Tables',
    ]);
  });

  test('when it emits a group', () => {
    const tables = new Tables();
    const input = tables.input<number>('input');
    const groups = tables.group('groups', [input], { by: () => 'all' });
    const out = tables.derive('out', groups, (group, _read, key) => [[key, group]]);
    tables.commit(new Transaction().set(input, 'a', 1));
    expect(out.failures.get('all')?.message).toMatch('emitted a group under "all"');
  });

  test('and all others go on', () => {
    const { out, run, fail } = programs();
    fail('a');
    run('b', () => [['b', 1]]);
    expect(new Map(out.rows)).toEqual(new Map([['b', 1]]));
  });
});

describe('a failure', () => {
  function chain() {
    const base = programs();
    const next = base.tables.derive('next', base.out, (row, _read, key) => [[key, row]]);
    const readers = base.tables.derive('readers', base.input, (_row, read, key) => [[key, [read(base.out, 'bad'), read(next, 'bad')]]]);
    const settlers = base.tables.derive('settlers', base.input, (_row, read, key) => [[key, isFailure(read.settled(next, 'bad'))]]);
    return { ...base, next, readers, settlers };
  }

  test('is passed on by tables derived from it and by readers, with its origin as cause', () => {
    const { tables, out, next, readers, run, fail } = chain();
    run('in', () => []);
    fail('bad');
    const origin = out.failures.get('bad');
    expect(next.failures.get('bad')).toMatchObject({ table: 'next', key: 'bad', message: 'broken', error: origin?.error, cause: origin });
    expect(readers.failures.get('in')).toMatchObject({ table: 'readers', key: 'in', message: 'broken', cause: origin });
    expect([...tables.failures()]).toEqual([origin]);
    expect(tables.counters.of(next).computes).toBe(0);
  });

  test('of a failure has the first as its cause, however long the chain', () => {
    const { tables, out, next, run, fail } = chain();
    const last = tables.derive('last', next, () => []);
    run('in', () => []);
    fail('bad');
    expect(last.failures.get('bad')?.cause).toBe(out.failures.get('bad'));
  });

  test('cannot be caught by its reader, but settled', () => {
    const { tables, input, out, settlers, run, fail } = chain();
    const catchers = tables.derive('catchers', input, (_row, read, key) => {
      try {
        read(out, 'bad');
      } catch {
        return [[key, 'caught']];
      }
      return [[key, 'fine']];
    });
    run('in', () => []);
    expect([settlers.rows.get('in'), catchers.rows.get('in')]).toEqual([false, 'fine']);
    fail('bad');
    expect(settlers.rows.get('in')).toBe(true);
    expect(catchers.rows.has('in')).toBe(false);
    expect(catchers.failures.get('in')?.cause).toBe(out.failures.get('bad'));
  });

  test('ends when its origin is mended, for all who passed it on', () => {
    const { tables, next, readers, run, fail } = chain();
    run('in', () => []);
    fail('bad');
    const delta = run('bad', () => [['bad', 7]]);
    expect([...tables.failures()]).toEqual([]);
    expect(next.rows.get('bad')).toBe(7);
    expect(readers.rows.get('in')).toEqual([7, 7]);
    expect(delta.failures.get('next\0bad')?.after).toBe(undefined);
    expect(delta.failures.get('next\0bad')?.before?.message).toBe('broken');
  });

  test('that says the same wakes nobody; another message does', () => {
    const { tables, out, settlers, run, fail } = chain();
    run('in', () => []);
    fail('bad');
    const old = out.failures.get('bad');
    const { computes } = tables.counters.of(settlers);
    // One compute, of the input row itself: the settler is also derived from it.
    expect(fail('bad').failures.size).toBe(0);
    expect(out.failures.get('bad')).toBe(old);
    expect(tables.counters.of(settlers).computes).toBe(computes + 1);
    expect(fail('bad', 'worse').failures.size).toBeGreaterThan(1);
    expect(tables.counters.of(settlers).computes).toBe(computes + 3);
  });

  test('hides a row that another input row emits under its key, and lets it be seen again', () => {
    const { out, next, run, fail } = chain();
    run('other', () => [['bad', 'row']]);
    expect(next.rows.get('bad')).toBe('row');
    fail('bad');
    expect(out.rows.get('bad')).toBe('row');
    expect(out.failures.has('bad')).toBe(true);
    expect(next.rows.has('bad')).toBe(false);
    run('other', () => [['bad', 'row 2']]);
    expect(next.failures.has('bad')).toBe(true);
    run('bad', () => []);
    expect(next.rows.get('bad')).toBe('row 2');
  });

  test('reaches tables that are made later', () => {
    const { tables, out, fail } = programs();
    fail('bad');
    const late = tables.derive('late', out, () => []);
    tables.commit(new Transaction());
    expect(late.failures.get('bad')?.cause).toBe(out.failures.get('bad'));
  });

  test('goes with its input row', () => {
    const { tables, input, out, next, fail } = chain();
    fail('bad');
    tables.commit(new Transaction().delete(input, 'bad'));
    expect([out.failures.size, next.failures.size]).toEqual([0, 0]);
  });
});
