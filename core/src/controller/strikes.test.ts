import { expect, it } from 'vitest';
import { Strikes } from './strikes.js';

it('lets an object try twice at once, and then less and less often', () => {
  const strikes = new Strikes();
  const waits = Array.from({ length: 10 }, () => strikes.note('a', 0));
  expect(waits).toEqual([0, 0, 1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000]);
  expect(strikes.note('b', 0)).toBe(0);
});

it('forgets what was long ago', () => {
  const strikes = new Strikes();
  for (let turn = 0; turn < 5; turn += 1) strikes.note('a', 0);
  expect(strikes.note('a', 11 * 60_000)).toBe(0);
});
