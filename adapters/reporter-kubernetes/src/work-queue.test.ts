import { describe, expect, it } from 'vitest';
import { VirtualTime } from './fixtures/virtual-time.js';
import { WorkQueue } from './work-queue.js';

function make(atOnce: number, work: (key: string) => number | undefined, ms = 10) {
  const time = new VirtualTime();
  const clock = time.clock();
  const begun: string[] = [];
  let underWay = 0;
  const seen = { begun, most: 0 };
  const queue = new WorkQueue(clock, atOnce, async (key) => {
    begun.push(`${key}@${String(time.nowMs)}`);
    seen.most = Math.max(seen.most, (underWay += 1));
    await new Promise<void>((resolve) => clock.after(ms, resolve));
    underWay -= 1;
    return work(key);
  });
  const end = new AbortController();
  const ended = queue.run(end.signal);
  return { time, queue, seen, end, ended };
}

describe('WorkQueue', () => {
  it('works for each key once, in order, for so many at a time', async () => {
    const { time, queue, seen } = make(2, () => undefined);
    queue.hold(5);
    for (const key of ['a', 'b', 'a', 'c', 'b']) queue.add(key);
    await time.pass(100);
    // What is added again comes last.
    expect(seen).toEqual({ begun: ['a@5', 'c@5', 'b@15'], most: 2 });
  });

  it('works once more for a key that is added while it is worked for, and never twice at a time', async () => {
    const { time, queue, seen } = make(5, () => undefined);
    queue.add('a');
    await time.pass(5);
    queue.add('a');
    queue.add('a');
    await time.pass(100);
    expect(seen).toEqual({ begun: ['a@0', 'a@10'], most: 1 });
  });

  it('comes back when the work says so, or sooner when the key is added', async () => {
    const { time, queue, seen } = make(1, () => 50);
    queue.add('a');
    await time.pass(65);
    queue.add('a');
    await time.pass(10);
    queue.add('a');
    await time.pass(60);
    expect(seen.begun).toEqual(['a@0', 'a@60', 'a@70', 'a@80']);
  });

  it('forgets a key that is deleted', async () => {
    const { time, queue, seen } = make(1, () => 50);
    for (const key of ['a', 'b', 'c']) queue.add(key);
    queue.delete('b');
    await time.pass(25);
    queue.delete('a');
    await time.pass(100);
    expect(seen.begun).toEqual(['a@0', 'c@10', 'c@70']);
  });

  it('begins nothing while it is held', async () => {
    const { time, queue, seen } = make(1, () => undefined);
    queue.hold(30);
    queue.hold(10);
    queue.add('a');
    await time.pass(20);
    expect(seen.begun).toEqual([]);
    await time.pass(20);
    expect(seen.begun).toEqual(['a@30']);
  });

  it('ends when what had begun has ended, and begins nothing more', async () => {
    const { time, queue, seen, end, ended } = make(1, () => 1);
    queue.add('a');
    queue.add('b');
    await time.pass(5);
    end.abort();
    let hasEnded = false;
    void ended.then(() => (hasEnded = true));
    await time.pass(4);
    expect(hasEnded).toBe(false);
    await time.pass(100);
    expect(hasEnded).toBe(true);
    queue.add('c');
    await time.pass(100);
    expect(seen.begun).toEqual(['a@0']);
  });

  it('rejects when the work does', async () => {
    const { time, queue, ended } = make(1, () => {
      throw new Error('a bug');
    });
    queue.add('a');
    const seen = expect(ended).rejects.toThrow('a bug');
    await time.pass(20);
    await seen;
  });
});
