import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Checkpoint } from './checkpoint.js';
import { Exclusive } from './exclusive.js';

describe('Checkpoint', () => {
  let isBehind = false;
  let takesMs = 0;
  let fails = false;
  let isBuilt = false;
  let exclusive: Exclusive;
  const done: number[] = [];
  const told: string[] = [];
  let checkpoint: Checkpoint;
  let startedAt = 0;
  beforeEach(() => {
    vi.useFakeTimers();
    isBehind = false;
    takesMs = 1;
    fails = false;
    isBuilt = false;
    done.length = 0;
    told.length = 0;
    startedAt = performance.now();
    exclusive = new Exclusive();
    checkpoint = new Checkpoint({
      exclusive,
      isDue: () => isBehind,
      catchUp: async () => {
        isBuilt = false;
        await build();
        isBuilt = false;
        finish();
      },
      build: async () => {
        isBuilt = true;
        await build();
      },
      switchOver: async () => {
        if (isBuilt) finish();
        return isBuilt;
      },
      failed: (error) => void told.push((error as Error).message),
    });
  });
  afterEach(() => {
    checkpoint.stop();
    expect(vi.getTimerCount()).toBe(0);
    vi.useRealTimers();
  });
  const build = async (): Promise<void> => {
    await new Promise((resolve) => setTimeout(resolve, takesMs));
    if (fails) throw new Error('full');
  };
  const finish = (): void => {
    isBehind = false;
    done.push(Math.round(performance.now() - startedAt));
  };
  const note = (): void => {
    void exclusive.run(async () => {
      isBehind = true;
      checkpoint.soon();
    });
  };

  it('comes a tenth of a second after what was noted first', async () => {
    note();
    await vi.advanceTimersByTimeAsync(60);
    note();
    await vi.advanceTimersByTimeAsync(500);
    expect(done).toEqual([101]);
  });

  it('takes a hundredth of the time at most', async () => {
    takesMs = 50;
    for (let ms = 0; ms < 20_000; ms += 10) {
      note();
      await vi.advanceTimersByTimeAsync(10);
    }
    isBehind = false;
    await vi.advanceTimersByTimeAsync(2_000);
    expect(done.slice(0, 3)).toEqual([150, 5_200, 10_250]);
    expect((done.length * takesMs) / 20_000).toBeLessThanOrEqual(0.01);
  });

  it('does not come where somebody else was quicker', async () => {
    note();
    void exclusive.run(async () => checkpoint.attempt());
    await vi.advanceTimersByTimeAsync(1_000);
    expect(done).toHaveLength(1);
  });

  it('tells of a failure once, and tries again until it gets through', async () => {
    fails = true;
    note();
    await vi.advanceTimersByTimeAsync(5_500);
    expect(told).toEqual(['full']);
    fails = false;
    await vi.advanceTimersByTimeAsync(1_000);
    expect(done).toHaveLength(1);
    fails = true;
    note();
    await vi.advanceTimersByTimeAsync(200);
    expect(told).toEqual(['full', 'full']);
  });

  it('keeps nobody waiting but for its end', async () => {
    takesMs = 300;
    note();
    await vi.advanceTimersByTimeAsync(150);
    const others: number[] = [];
    for (let ms = 150; ms < 400; ms += 10) {
      void exclusive.run(async () => others.push(Math.round(performance.now() - startedAt)));
      note();
      await vi.advanceTimersByTimeAsync(10);
    }
    expect(others).toHaveLength(25);
    expect(others.every((ms, index) => ms === 150 + 10 * index)).toBe(true);
    await vi.advanceTimersByTimeAsync(100);
    expect(done).toEqual([400]);
  });

  it('builds one at a time, and the next one for what came meanwhile', async () => {
    takesMs = 300;
    for (let ms = 0; ms < 500; ms += 10) {
      note();
      await vi.advanceTimersByTimeAsync(10);
    }
    expect(done).toEqual([400]);
    await vi.advanceTimersByTimeAsync(35_000);
    expect(done).toEqual([400, 10_700]);
  });

  it('lets the one who needs the files go first, and comes to no end of its own then', async () => {
    takesMs = 50;
    note();
    await vi.advanceTimersByTimeAsync(120);
    void exclusive.run(async () => {
      await checkpoint.attempt();
      await new Promise((resolve) => setTimeout(resolve, 10_000));
    });
    await vi.advanceTimersByTimeAsync(10_100);
    expect(done).toEqual([170]);
    // That somebody else took his time does not count.
    note();
    await vi.advanceTimersByTimeAsync(1_100);
    expect(done).toHaveLength(2);
  });

  it('does nothing once it is stopped, not even when its turn comes', async () => {
    let end = (): void => undefined;
    note();
    void exclusive.run(async () => new Promise<void>((resolve) => (end = resolve)));
    await vi.advanceTimersByTimeAsync(200);
    checkpoint.stop();
    end();
    await vi.advanceTimersByTimeAsync(2_000);
    expect(done).toEqual([]);
  });
});
