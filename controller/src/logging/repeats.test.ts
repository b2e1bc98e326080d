import { describe, expect, it } from 'vitest';
import { Repeats } from './repeats.js';

describe('Repeats', () => {
  it('says a message once, then once in a while with the number of times', () => {
    let now = 0;
    const repeats = new Repeats(1_000, () => now);
    expect(repeats.pass('Process 1 died.')).toBe('Process 1 died.');
    for (now = 100; now < 1_000; now += 100) expect(repeats.pass('Process 2 died.')).toBeUndefined();
    expect(repeats.pass('Process 3 died.')).toBe('Process 3 died. (10 times since it was last said)');
    expect(repeats.pass('Process 4 died.')).toBeUndefined();
    expect(repeats.pass('The disk is full.')).toBe('The disk is full.');
  });

  it('begins anew when all is well again', () => {
    const repeats = new Repeats(1_000, () => 0);
    repeats.pass('It failed.');
    repeats.clear();
    expect(repeats.pass('It failed.')).toBe('It failed.');
  });
});
