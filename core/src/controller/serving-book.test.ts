import { describe, expect, it } from 'vitest';
import { compose, service, site } from '../fixtures/composition.js';
import { ServingBook } from './serving-book.js';

const ref = (name: string) => ({ group: 'test', kind: 'Site', namespace: 'a', name });

describe('ServingBook', () => {
  it('tells of objects when what they lead to has been taken up, and only then', () => {
    const composition = compose();
    composition.writer.set(service('web'));
    composition.writer.set(site('one'));
    const book = new ServingBook(composition.pipeline.owners);
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
    const book = new ServingBook(composition.pipeline.owners);
    book.update(composition.commit(), 1);
    composition.writer.set(site('one'));
    book.update(composition.commit(), 2);
    composition.writer.delete(ref('one'));
    book.update(composition.commit(), 3);
    expect(book.taken(3)).toEqual({ added: [], removed: [] });
  });
});
