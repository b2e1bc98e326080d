import { expect, it } from 'vitest';
import { Backoff } from './backoff.js';

it('waits longer after each failure, never in step with others, and never longer than allowed', () => {
  const waits = Array.from({ length: 200 }, () => {
    const backoff = new Backoff(5000);
    return Array.from({ length: 12 }, () => backoff.fail());
  });
  for (const [index, longest] of [100, 200, 400, 800, 1600, 3200, 5000, 5000, 5000, 5000, 5000, 5000].entries()) {
    const each = waits.map((wait) => wait[index]!);
    expect(Math.max(...each)).toBeLessThanOrEqual(longest);
    expect(Math.min(...each)).toBeGreaterThanOrEqual(longest / 2);
    expect(new Set(each).size).toBeGreaterThan(100);
  }
  const backoff = new Backoff(5000);
  for (let index = 0; index < 5000; index += 1) backoff.fail();
  expect(backoff.fail()).toBeLessThanOrEqual(5000);
  backoff.succeed();
  expect(backoff.fail()).toBeLessThanOrEqual(100);
});
