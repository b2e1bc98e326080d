import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { keptOf, OldWorkers } from './old-workers.js';
import { identify } from './process-identity.js';

describe('old workers', () => {
  it('may be as many as there may be, and as large together', () => {
    expect(keptOf([1, 1, 1], { most: 5, memoryBytes: 10 })).toBe(3);
    expect(keptOf([1, 1, 1, 1, 1, 1], { most: 4, memoryBytes: 10 })).toBe(4);
    expect(keptOf([4, 4, 4, 4], { most: 9, memoryBytes: 12 })).toBe(3);
  });

  it('are two at least, however large: else nothing could be reloaded', () => {
    expect(keptOf([50, 50, 50], { most: 9, memoryBytes: 10 })).toBe(2);
  });

  it('are ended from the oldest on', async () => {
    const children = Array.from({ length: 3 }, () => spawn('sleep', ['60']));
    try {
      const workers = new OldWorkers({ most: 2, memoryBytes: 1e12 });
      workers.became(children.map(({ pid = 0 }) => identify(pid) ?? { pid }));
      const { left, ended } = workers.tend();
      expect([left, ended.map(({ pid }) => pid)]).toEqual([2, [children[0]?.pid]]);
      const [, signal] = (await once(children[0] as (typeof children)[0], 'exit')) as [unknown, string];
      expect(signal).toBe('SIGTERM');
      children[1]?.kill('SIGKILL');
      await once(children[1] as (typeof children)[0], 'exit');
      expect(workers.tend().left).toBe(1);
    } finally {
      for (const child of children) child.kill('SIGKILL');
    }
  });
});
