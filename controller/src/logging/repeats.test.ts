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

  it('takes messages of one kind for the same', () => {
    const repeats = new Repeats(1_000, () => 0);
    expect(repeats.pass('a is missing', 'drift')).toBe('a is missing');
    expect(repeats.pass('b is missing', 'drift')).toBeUndefined();
  });

  it('begins anew when all is well again', () => {
    let now = 0;
    const repeats = new Repeats(60_000, () => now);
    repeats.pass('It failed.');
    now = 10_000;
    repeats.clear();
    expect(repeats.pass('It failed.')).toBe('It failed.');
  });

  it('goes on counting what comes and goes', () => {
    let now = 0;
    const repeats = new Repeats(60_000, () => now);
    repeats.pass('It failed.');
    let said = 0;
    for (now = 250; now < 60_000; now += 250) {
      repeats.clear();
      if (repeats.pass('It failed.') !== undefined) said += 1;
    }
    expect(said).toBe(0);
    expect(repeats.pass('It failed.')).toContain('240 times');
  });

  it('remembers no more than a hundred messages', () => {
    const repeats = new Repeats(60_000, () => 0);
    const word = (at: number): string => String.fromCharCode(97 + Math.floor(at / 26), 97 + (at % 26));
    for (let at = 0; at < 150; at += 1) repeats.pass(word(at));
    expect(repeats.pass(word(149))).toBeUndefined();
    expect(repeats.pass(word(0))).toBe(word(0));
  });
});
