import { expect, it } from 'vitest';
import { TokenBucket } from './token-bucket.js';

it('lets a burst through, then one per interval, and never saves up more than a burst', () => {
  const bucket = new TokenBucket({ burst: 2, intervalMs: 100 });
  const taken: number[] = [];
  const tryAt = (ms: number): void => {
    if (bucket.waitMs(ms) > 0) return;
    bucket.take(ms);
    taken.push(ms);
  };
  for (let ms = 0; ms <= 250; ms += 10) tryAt(ms);
  expect(taken).toEqual([0, 10, 100, 200]);
  expect(bucket.waitMs(250)).toBe(50);
  expect([260, 400].map((ms) => bucket.isFull(ms))).toEqual([false, true]);
  for (let ms = 1000; ms <= 1050; ms += 10) tryAt(ms);
  expect(taken.slice(4)).toEqual([1000, 1010]);
});
