import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { complete, haproxy, never, Scene } from './fixtures/scene.js';

describe.skipIf(haproxy === undefined)('what a run before left', () => {
  let scene: Scene;
  beforeEach(async () => {
    scene = await Scene.make();
  });
  afterEach(async () => {
    await scene.end();
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
