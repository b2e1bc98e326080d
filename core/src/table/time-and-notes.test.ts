import { describe, expect, test } from 'vitest';

import { Tables, Transaction } from './index.js';

function certificates() {
  const clock = { now: 100 };
  const tables = new Tables({ now: () => clock.now });
  const input = tables.input<number>('certificates');
  const states = tables.derive('states', input, (until, read, key) => {
    const isOver = read.now(until) >= until;
    if (isOver) read.note(`${key} is over`);
    return [[key, isOver]];
  });
  const at = (now: number, transaction = new Transaction()) => {
    clock.now = now;
    return tables.commit(transaction);
  };
  return { clock, tables, input, states, at };
}

describe('read.now', () => {
  test('has a row computed again in the first commit at or after the time it asked for', () => {
    const { tables, input, states, at } = certificates();
    at(100, new Transaction().set(input, 'a', 200).set(input, 'b', 150).set(input, 'c', 50));
    expect(new Map(states.rows)).toEqual(
      new Map([
        ['a', false],
        ['b', false],
        ['c', true],
      ]),
    );
    expect(tables.nextWake()).toBe(150);
    expect(at(149).isEmpty).toBe(true);
    expect(new Map(at(150).changes(states))).toEqual(new Map([['b', { before: false, after: true }]]));
    expect(tables.nextWake()).toBe(200);
    expect(new Map(at(999).changes(states))).toEqual(new Map([['a', { before: false, after: true }]]));
    expect(tables.nextWake()).toBe(undefined);
  });

  test('takes the earliest of several times, and forgets them with the row', () => {
    const { tables, input, at } = certificates();
    tables.derive('several', input, (until, read) => {
      read.now(until + 5);
      read.now(until - 5);
      read.now(Number.POSITIVE_INFINITY);
      return [];
    });
    at(100, new Transaction().set(input, 'a', 200));
    expect(tables.nextWake()).toBe(195);
    at(100, new Transaction().set(input, 'a', 300));
    expect(tables.nextWake()).toBe(295);
    at(100, new Transaction().delete(input, 'a'));
    expect(tables.nextWake()).toBe(undefined);
  });

  test('never goes back', () => {
    const { input, states, at } = certificates();
    at(300, new Transaction().set(input, 'a', 200));
    at(100, new Transaction().set(input, 'b', 250));
    expect([states.rows.get('a'), states.rows.get('b')]).toEqual([true, true]);
  });

  test('in a preview sees the time of the preview, which is forgotten afterwards', () => {
    const { clock, tables, input, states, at } = certificates();
    at(100, new Transaction().set(input, 'a', 200));
    clock.now = 500;
    tables.preview(new Transaction(), (delta) => {
      expect(states.rows.get('a')).toBe(true);
      expect(delta.notes.size).toBe(1);
      expect(tables.nextWake()).toBe(undefined);
    });
    expect([states.rows.get('a'), tables.nextWake(), [...tables.notes()]]).toEqual([false, 200, []]);
    at(150, new Transaction().set(input, 'b', 160));
    expect(states.rows.get('b')).toBe(false);
    expect(new Map(at(500).changes(states)).size).toBe(2);
  });

  test('takes a number only', () => {
    const { states, input, at } = certificates();
    at(100, new Transaction().set(input, 'a', Number.NaN));
    expect(states.failures.get('a')?.message).toBe('`read.now` was given NaN; expected a time in milliseconds');
  });

  test('finds the next of thousands of times that are set, moved and taken back', () => {
    const { tables, input, at } = certificates();
    const times = new Map<string, number>();
    const transaction = new Transaction();
    for (let i = 0; i < 5000; i++) times.set(`c${i % 1000}`, 1000 + ((i * 7919) % 10_007));
    for (const [key, until] of times) transaction.set(input, key, until);
    at(100, transaction);
    for (let i = 0; i < 3000; i++) {
      const key = `c${(i * 31) % 1000}`;
      const until = 1000 + ((i * 104_729) % 10_007);
      const move = new Transaction().set(input, key, until);
      if (i % 3 === 0) tables.preview(move, () => tables.nextWake());
      else {
        times.set(key, until);
        at(100, move);
      }
      if (i % 50 === 0) expect(tables.nextWake()).toBe(Math.min(...times.values()));
    }
    const waking = [...times.values()].sort((a, b) => a - b);
    for (const until of waking) {
      expect(tables.nextWake() ?? Number.POSITIVE_INFINITY).toBeGreaterThanOrEqual(until);
      at(until);
    }
    expect(tables.nextWake()).toBe(undefined);
  });
});

describe('notes', () => {
  test('belong to a cell and are replaced each time it is computed', () => {
    const tables = new Tables();
    const input = tables.input<readonly string[]>('input');
    tables.derive('out', input, (row, read) => {
      for (const note of row) read.note({ note });
      return [];
    });
    tables.commit(new Transaction().set(input, 'a', ['x', 'y']).set(input, 'b', []));
    expect([...tables.notes()]).toEqual([
      { table: 'out', key: 'a', note: { note: 'x' } },
      { table: 'out', key: 'a', note: { note: 'y' } },
    ]);
    const delta = tables.commit(new Transaction().set(input, 'a', ['z']));
    expect(delta.notes).toEqual(
      new Map([['out\0a', { table: 'out', key: 'a', before: [{ note: 'x' }, { note: 'y' }], after: [{ note: 'z' }] }]]),
    );
    tables.commit(new Transaction().delete(input, 'a'));
    expect([...tables.notes()]).toEqual([]);
  });

  test('that are equal are no change', () => {
    const tables = new Tables();
    const input = tables.input<number>('input');
    tables.derive('out', input, (_row, read) => {
      read.note({ text: 'same' });
      return [];
    });
    tables.commit(new Transaction().set(input, 'a', 1));
    expect(tables.commit(new Transaction().set(input, 'a', 2)).notes.size).toBe(0);
  });

  test('are kept of a compute that fails', () => {
    const tables = new Tables();
    const input = tables.input<number>('input');
    tables.derive('out', input, (_row, read) => {
      read.note('seen');
      throw new Error('broken');
    });
    tables.commit(new Transaction().set(input, 'a', 1));
    expect([...tables.notes()]).toEqual([{ table: 'out', key: 'a', note: 'seen' }]);
  });
});
