import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findCulprits } from './culprits.js';

const upTo = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index);

describe('findCulprits', () => {
  it('finds exactly those that spoil the whole, each by itself', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 60 }),
        fc.uniqueArray(fc.nat(59), { minLength: 1, maxLength: 8 }),
        async (count, picked) => {
          const guilty = picked.filter((each) => each < count);
          fc.pre(guilty.length > 0);
          const found = await findCulprits(upTo(count), (without) => Promise.resolve(guilty.every((each) => without.includes(each))));
          expect(found.toSorted((a, b) => a - b)).toEqual(guilty.toSorted((a, b) => a - b));
        },
      ),
    );
  });

  it('asks about twice the logarithm of the number of suspects for one culprit', async () => {
    let questions = 0;
    const found = await findCulprits(upTo(1000), (without) => {
      questions += 1;
      return Promise.resolve(without.includes(617));
    });
    expect(found).toEqual([617]);
    expect(questions).toBeLessThanOrEqual(21);
  });

  it('finds nobody where the whole is bad without all of them', async () => {
    expect(await findCulprits(upTo(10), () => Promise.resolve(false))).toEqual([]);
  });

  it('finds the last of two that spoil the whole together', async () => {
    expect(await findCulprits(upTo(8), (without) => Promise.resolve(without.includes(1) || without.includes(6)))).toEqual([6]);
  });
});
