import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Supervisor } from './supervisor.js';

describe('Supervisor', () => {
  let alive = true;
  let isHeardOf = false;
  let mends = true;
  const restarts: number[] = [];
  const told: string[] = [];
  let tended = 0;
  let supervisor: Supervisor;
  let restart: () => Promise<void>;
  beforeEach(() => {
    vi.useFakeTimers();
    alive = true;
    isHeardOf = false;
    mends = true;
    restarts.length = 0;
    told.length = 0;
    tended = 0;
    restart = async () => {
      restarts.push(Math.round(performance.now()));
      if (!mends) throw new Error('taken');
      alive = true;
      supervisor.rise();
    };
    supervisor = new Supervisor({
      isAlive: () => alive,
      isHeardOf: () => isHeardOf,
      restart: async () => restart(),
      died: () => void told.push('died'),
      tend: () => void (tended += 1),
      failed: (_error, nextTryMs) => void told.push(`failed, next in ${String(nextTryMs)}`),
    });
    supervisor.start();
  });
  afterEach(() => {
    supervisor.stop();
    expect(vi.getTimerCount()).toBe(0);
    vi.useRealTimers();
  });

  it('brings it back within 200 ms', async () => {
    alive = false;
    await vi.advanceTimersByTimeAsync(200);
    expect(alive).toBe(true);
    expect(told).toEqual(['died']);
  });

  it('looks less often where it is told, and in case it is not', async () => {
    isHeardOf = true;
    await vi.advanceTimersByTimeAsync(200);
    alive = false;
    supervisor.look();
    await vi.advanceTimersByTimeAsync(1);
    expect(alive).toBe(true);
    alive = false;
    await vi.advanceTimersByTimeAsync(2_300);
    expect(alive).toBe(true);
    expect(told).toEqual(['died', 'died']);
  });

  it('tries again after 250 ms, 500 ms and so on up to 10 s', async () => {
    mends = false;
    alive = false;
    await vi.advanceTimersByTimeAsync(60_000);
    const gaps = restarts.slice(1).map((at, index) => at - (restarts[index] ?? 0));
    expect(gaps.slice(0, 8)).toEqual([250, 500, 1000, 2000, 4000, 8000, 10_000, 10_000]);
    expect(told[0]).toBe('died');
    expect(told[1]).toBe('failed, next in 250');
    mends = true;
    await vi.advanceTimersByTimeAsync(10_000);
    expect(alive).toBe(true);
  });

  it('is as quick as ever after 30 s of life, and slower before', async () => {
    for (let times = 0; times < 3; times += 1) {
      alive = false;
      await vi.advanceTimersByTimeAsync(5_000);
      expect(alive).toBe(true);
    }
    await vi.advanceTimersByTimeAsync(31_000);
    const count = restarts.length;
    alive = false;
    await vi.advanceTimersByTimeAsync(160);
    expect(restarts).toHaveLength(count + 1);
    alive = false;
    await vi.advanceTimersByTimeAsync(200);
    expect(restarts).toHaveLength(count + 1);
    await vi.advanceTimersByTimeAsync(300);
    expect(restarts).toHaveLength(count + 2);
  });

  it('tells of a second death that comes before anybody has looked, and mends that too', async () => {
    restart = async () => {
      restarts.push(Math.round(performance.now()));
      alive = true;
      supervisor.rise();
      // It takes a while until its start is noted, and it dies meanwhile.
      alive = restarts.length > 1;
    };
    alive = false;
    await vi.advanceTimersByTimeAsync(1_000);
    expect(told).toEqual(['died', 'died']);
    expect(restarts).toHaveLength(2);
    expect(alive).toBe(true);
  });

  it('tends it every ten seconds', async () => {
    await vi.advanceTimersByTimeAsync(60_000);
    expect(tended).toBe(6);
  });

  it('does nothing once it is stopped', async () => {
    supervisor.stop();
    alive = false;
    await vi.advanceTimersByTimeAsync(20_000);
    expect(restarts).toEqual([]);
    expect(tended).toBe(0);
  });
});
