import { describe, expect, it } from 'vitest';
import { Tables, Transaction } from './index.js';

function make() {
  const tables = new Tables();
  const pages = tables.input<string>('pages');
  const secrets = tables.input<string>('secrets');
  tables.derive('read', pages, (secret, read) => [['', read(secrets, secret)]]);
  const set = (page: string, secret: string): unknown => tables.commit(new Transaction().set(pages, page, secret));
  return { tables, pages, secrets, set, taken: () => Object.fromEntries(tables.takeWatched(secrets)) };
}

describe('keys that are read', () => {
  it('are told once, whether there is a row or not, and when nobody reads them any more', () => {
    const { tables, pages, set, taken } = make();
    set('one', 'a');
    expect(taken()).toEqual({ a: true });
    expect(taken()).toEqual({});
    set('two', 'a');
    expect(taken()).toEqual({});
    set('one', 'b');
    expect(taken()).toEqual({ b: true });
    tables.commit(new Transaction().delete(pages, 'two'));
    expect(taken()).toEqual({ a: false });
  });

  it('are as they were after a preview', () => {
    const { tables, pages, set, taken } = make();
    set('one', 'a');
    taken();
    tables.preview(new Transaction().set(pages, 'one', 'b'), () => undefined);
    expect(taken()).toEqual({ a: true, b: false });
    expect(taken()).toEqual({});
  });

  it('cost what is new, however many there are', () => {
    const { set, taken } = make();
    for (let index = 0; index < 1000; index += 1) set(`page ${String(index)}`, `secret ${String(index)}`);
    expect(Object.keys(taken())).toHaveLength(1000);
    set('another', 'secret');
    expect(taken()).toEqual({ secret: true });
  });
});
