import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { nodeFiles } from './file-operations.js';
import type { FileOperations } from './file-operations.js';
import { complete, haproxy, never, Scene } from './fixtures/scene.js';

describe.skipIf(haproxy === undefined)('what a run before left', () => {
  let scene: Scene;
  beforeEach(async () => {
    scene = await Scene.make();
  });
  afterEach(async () => {
    await scene.end();
  });

  it('is of no account where it never served, and files that are refused are so by their own fault', async () => {
    // As if the controller was killed while HAProxy refused to start.
    let isKilled = false;
    let isOver = false;
    const files = Object.fromEntries(
      Object.entries(nodeFiles).map(([name, operation]) => [
        name,
        async (...args: never[]) => {
          isKilled ||= !isOver && name === 'remove' && String(args[0]).endsWith('/current');
          if (isKilled) throw Object.assign(new Error('killed'), { code: 'EIO' });
          return (operation as (...all: never[]) => Promise<unknown>)(...args);
        },
      ]),
    ) as unknown as FileOperations;
    const bad = (name: string): ReturnType<Scene['cfg']> => scene.cfg(name, { frontend: '  frobnicate nonsense' });
    const before = scene.sink({}, files);
    await before.features(never);
    await expect(before.write(complete(bad('1')), never)).rejects.toThrow();
    await before.close('keep', 1_000).catch(() => undefined);
    isOver = true;
    isKilled = false;

    const sink = scene.sink();
    await sink.features(never);
    await sink.resume(never);
    for (const name of ['1', '2'])
      expect(await sink.write(complete(bad(name)), never)).toMatchObject({ status: 'refused', lastGoodPasses: true });
    expect(await sink.write(complete(scene.cfg('3')), never)).toMatchObject({ status: 'applied', action: 'started' });
    expect((await scene.get()).version).toBe('3');
  });

  it('is nothing at first', async () => {
    const sink = scene.sink();
    await sink.features(never);
    expect(await sink.resume(never)).toBe(false);
    expect(scene.kinds()).toEqual([]);
  });

  it('serves again, and is not loaded anew by the first write if it is the same', async () => {
    const before = scene.sink();
    await before.features(never);
    await before.write(complete(scene.cfg('1')), never);
    await before.close('stop', 5_000);
    scene.reports.length = 0;

    const sink = scene.sink();
    await sink.features(never);
    expect(await sink.resume(never)).toBe(true);
    expect(scene.kinds()).toEqual(['started']);
    expect((await scene.get()).version).toBe('1');
    expect(await sink.resume(never)).toBe(true);
    expect(await sink.write(complete(scene.cfg('1')), never)).toMatchObject({ status: 'applied', action: 'unchanged' });
    expect(await sink.write(complete(scene.cfg('2')), never)).toMatchObject({ status: 'applied', action: 'reloaded' });
    expect((await scene.get()).version).toBe('2');
  });

  it('is left alone where it still serves, and started again where it dies', async () => {
    const before = scene.sink();
    await before.features(never);
    await before.write(complete(scene.cfg('1')), never);
    await before.close('keep', 5_000);
    scene.reports.length = 0;

    const sink = scene.sink();
    await sink.features(never);
    expect(await sink.resume(never)).toBe(true);
    expect(scene.kinds()).toEqual(['adopted']);
    await scene.killMaster();
    await expect.poll(() => scene.kinds(), { timeout: 10_000 }).toEqual(['adopted', 'died', 'restarted']);
    expect((await scene.get()).version).toBe('1');
  });
});
