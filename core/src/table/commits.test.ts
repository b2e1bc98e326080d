import { describe, expect, test } from 'vitest';

import { Tables, Transaction } from './index.js';

function numbers(sliceWork = 0) {
  const tables = new Tables();
  const input = tables.input<number>('input');
  const doubles = tables.derive('doubles', input, (row, _read, key) => {
    const end = performance.now() + sliceWork;
    while (performance.now() < end);
    return [[key, 2 * row]];
  });
  const set = (key: string, row: number) => new Transaction().set(input, key, row);
  return { tables, input, doubles, set };
}

function many(input: ReturnType<typeof numbers>['input'], size: number): Transaction {
  const transaction = new Transaction();
  for (let i = 0; i < size; i++) transaction.set(input, `k${i}`, i);
  return transaction;
}

describe('a commit that yields', () => {
  test('lets the event loop have a turn after each slice', async () => {
    const { tables, input, doubles } = numbers(1);
    let turns = 0;
    const timer = setInterval(() => (turns += 1), 1);
    const delta = await tables.commitYielding(many(input, 60), { sliceMs: 5 });
    clearInterval(timer);
    expect(delta.changes(doubles).size).toBe(60);
    expect(turns).toBeGreaterThanOrEqual(4);
  });

  test('does not yield when there is little to do', async () => {
    const { tables, input } = numbers();
    let turns = 0;
    const immediate = setImmediate(() => (turns += 1));
    await tables.commitYielding(many(input, 5), { sliceMs: 60_000 });
    clearImmediate(immediate);
    expect(turns).toBe(0);
  });

  test('is followed by those that were called after it, in order', async () => {
    const { tables, input, set } = numbers();
    const done: string[] = [];
    await Promise.all(
      ['first', 'second', 'third'].map(async (name, index) => {
        const delta = await tables.commitYielding(set('a', index), { sliceMs: 0 });
        done.push(`${name} ${delta.changes(input).get('a')?.before}`);
      }),
    );
    expect(done).toEqual(['first undefined', 'second 0', 'third 1']);
  });

  test('refuses commits, previews and new tables until it is done', async () => {
    const { tables, set } = numbers();
    const done = tables.commitYielding(set('a', 1));
    expect(() => tables.commit(set('b', 1))).toThrow('`commit` during a commit or preview');
    expect(() => tables.preview(set('b', 1), () => 1)).toThrow('`preview` during a commit or preview');
    expect(() => tables.input('new')).toThrow('a table was made during a commit or preview');
    await done;
    tables.commit(set('b', 1));
  });

  test('that is refused does not stop the next', async () => {
    const { tables, set } = numbers();
    const foreign = new Tables().input<number>('foreign');
    const refused = tables.commitYielding(new Transaction().set(foreign, 'a', 1));
    const next = tables.commitYielding(set('a', 1));
    await expect(refused).rejects.toThrow('table "foreign" was not made by this Tables');
    expect((await next).isEmpty).toBe(false);
    expect(tables.commit(set('a', 1)).isEmpty).toBe(true);
  });
});

describe('a preview', () => {
  test('shows the outcome, returns what the callback returns, and takes everything back', () => {
    const { tables, doubles, set } = numbers();
    tables.commit(set('a', 1));
    const result = tables.preview(set('a', 2), (delta) => {
      expect(delta.changes(doubles).get('a')).toEqual({ before: 2, after: 4 });
      return doubles.rows.get('a');
    });
    expect([result, doubles.rows.get('a')]).toEqual([4, 2]);
  });

  test('takes everything back when the callback throws', () => {
    const { tables, doubles, set } = numbers();
    const failure = new Error('from the callback');
    expect(() =>
      tables.preview(set('a', 2), () => {
        throw failure;
      }),
    ).toThrow(failure);
    expect(doubles.rows.size).toBe(0);
    expect(tables.commit(set('a', 2)).changes(doubles).size).toBe(1);
  });

  test('can be previewed upon, which is how a bad change is found among many', () => {
    const { tables, input, doubles, set } = numbers();
    tables.preview(set('a', 1), () => {
      tables.preview(set('b', 2), () => expect(doubles.rows.size).toBe(2));
      expect(doubles.rows.size).toBe(1);
      expect(() => tables.commit(set('c', 1))).toThrow('`commit` during a commit or preview');
      expect(() => tables.commitYielding(set('c', 1))).toThrow('`commitYielding` during a commit or preview');
    });
    expect([doubles.rows.size, input.rows.size]).toEqual([0, 0]);
  });

  test('of a transaction for other tables changes nothing', () => {
    const { tables, set } = numbers();
    const foreign = new Tables().input<number>('foreign');
    expect(() => tables.preview(new Transaction().set(foreign, 'a', 1), () => 1)).toThrow('table "foreign" was not made by this Tables');
    tables.commit(set('a', 1));
  });

  test('gives back the very rows, also where an equal one stood in for a while', () => {
    const tables = new Tables();
    const input = tables.input<string>('input');
    const out = tables.derive('out', input, (row) => [['k', row]], { equals: (a, b) => a.toLowerCase() === b.toLowerCase() });
    tables.commit(new Transaction().set(input, 'a', 'x').set(input, 'b', 'X'));
    tables.preview(new Transaction().delete(input, 'a'), () => expect(out.rows.get('k')).toBe('x'));
    tables.commit(new Transaction().set(input, 'a', 'y'));
    tables.commit(new Transaction().delete(input, 'a'));
    expect(out.rows.get('k')).toBe('X');
  });
});
