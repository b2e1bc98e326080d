import fc from 'fast-check';
import { expect, test } from 'vitest';

import { SortedList } from './sorted-list.js';

test('a sorted list stays sorted and complete over any additions and removals, short or long', () => {
  const steps = fc.array(fc.record({ from: fc.nat(4000), count: fc.nat(900), stride: fc.constantFrom(1, 7, 3999), adds: fc.boolean() }), {
    maxLength: 12,
  });
  fc.assert(
    fc.property(steps, (all) => {
      const list = new SortedList<number>((a, b) => a - b);
      const expected = new Set<number>();
      for (const { from, count, stride, adds } of all) {
        for (let i = 0; i < count; i++) {
          const item = (from + i * stride) % 4001;
          if (adds === expected.has(item)) continue;
          if (adds) list.add(item);
          else list.remove(item);
          if (adds) expected.add(item);
          else expected.delete(item);
        }
        const sorted = [...expected].sort((a, b) => a - b);
        expect([...list]).toEqual(sorted);
        expect([list.size, list.first]).toEqual([sorted.length, sorted[0]]);
      }
    }),
    { numRuns: 100 },
  );
});

test('replacing an item keeps its place', () => {
  const list = new SortedList<{ n: number; text: string }>((a, b) => a.n - b.n);
  for (let n = 0; n < 2000; n++) list.add({ n: (n * 7) % 2000, text: 'old' });
  list.replace({ n: 777, text: 'old' }, { n: 777, text: 'new' });
  expect([...list].filter(({ text }) => text === 'new')).toEqual([{ n: 777, text: 'new' }]);
  expect([...list][777]).toEqual({ n: 777, text: 'new' });
});
