import { describe, expect, it } from 'vitest';
import { compose, service, site } from '../fixtures/composition.js';
import { ServingBook } from './serving-book.js';

const ref = (name: string) => ({ group: 'test', kind: 'Site', namespace: 'a', name });

describe('ServingBook', () => {
  it('tells of objects when what they lead to has been taken up, and only then', () => {
    const composition = compose();
    composition.writer.set(service('web'));
    composition.writer.set(site('one'));
    const book = new ServingBook(composition.pipeline);
    book.update(composition.commit(), 1);
    composition.writer.set(site('two', { host: 'b.example' }));
    book.update(composition.commit(), 2);
    expect(book.taken(1)).toMatchObject({ added: [ref('one')], removed: [] });
    expect(book.taken(1)).toBeUndefined();
    expect(book.taken(2)).toMatchObject({ added: [ref('two')], removed: [] });
    composition.writer.delete(ref('one'));
    book.update(composition.commit(), 3);
    expect(book.taken(2)).toBeUndefined();
    expect(book.taken(3)).toMatchObject({ added: [], removed: [ref('one')] });
  });

  it('tells nothing of what came and went before it was taken up', () => {
    const composition = compose();
    composition.writer.set(service('web'));
    const book = new ServingBook(composition.pipeline);
    book.update(composition.commit(), 1);
    composition.writer.set(site('one'));
    book.update(composition.commit(), 2);
    composition.writer.delete(ref('one'));
    book.update(composition.commit(), 3);
    expect(book.taken(3)).toEqual({ added: [], removed: [] });
  });

  it('tells again of an object that was made anew under the same name', () => {
    const composition = compose();
    const made = (uid: string) => ({ ...site('one'), metadata: { ...site('one').metadata, uid } });
    composition.writer.set(service('web'));
    composition.writer.set(made('first'));
    const book = new ServingBook(composition.pipeline);
    book.update(composition.commit(), 1);
    expect(book.taken(1)).toMatchObject({ added: [ref('one')] });
    composition.writer.set(made('second'));
    book.update(composition.commit(), 2);
    expect(book.taken(2)).toMatchObject({ added: [ref('one')], removed: [] });
    composition.writer.delete(ref('one'));
    book.update(composition.commit(), 3);
    composition.writer.set(made('third'));
    book.update(composition.commit(), 4);
    expect(book.taken(4)).toMatchObject({ added: [ref('one')], removed: [] });
    composition.writer.set({ ...made('third'), metadata: { ...made('third').metadata, labels: { a: 'b' } } });
    book.update(composition.commit(), 5);
    expect(book.taken(5)).toBeUndefined();
  });
});
