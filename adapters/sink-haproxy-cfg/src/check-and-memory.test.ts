import { lstat, mkdir, readdir, readFile, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FailingFiles } from './fixtures/failing-files.js';
import { complete, file, haproxy, never, Scene } from './fixtures/scene.js';

let scene: Scene;
beforeEach(async () => {
  scene = await Scene.make();
});
afterEach(async () => {
  await scene.end();
});

/** Names and inodes of all that the sink has on disk, but for the number of the next generation. */
async function onDisk(): Promise<string[]> {
  const names = await readdir(scene.configDir, { recursive: true });
  return Promise.all(names.sort().map(async (name) => `${name} ${String((await lstat(join(scene.configDir, name))).ino)}`));
}

describe.skipIf(haproxy === undefined)('a check', () => {
  it('leaves nothing on disk, whether HAProxy would take the files or not, and wakes no worker', async () => {
    const sink = scene.sink();
    await scene.write(sink, scene.cfg('one'), file('certs/a.pem', 'hunter2', true));
    const [before, worker] = [await onDisk(), await scene.worker()];
    expect(await sink.check(complete(scene.cfg('two')), never)).toEqual({ passed: true, messages: [] });
    expect(await sink.check(complete(file('haproxy.cfg', 'frobnicate\n')), never)).toMatchObject({ passed: false });
    expect(await onDisk()).toEqual(before);
    expect(await scene.worker()).toBe(worker);
    expect(scene.kinds()).toEqual(['started']);
  });

  it('leaves nothing on disk where it is aborted in the middle', async () => {
    const sink = scene.sink();
    await scene.write(sink, scene.cfg('one'));
    const before = await onDisk();
    for (const afterMs of [1, 5, 20]) {
      const stop = new AbortController();
      const checked = sink.check(complete(scene.cfg('two')), stop.signal);
      setTimeout(() => stop.abort(), afterMs);
      await expect(checked).rejects.toMatchObject({ name: 'AbortError' });
      expect(await onDisk()).toEqual(before);
    }
  });

  it('ends with the sink', async () => {
    const sink = scene.sink();
    await scene.write(sink, scene.cfg('one'));
    const checked = sink.check(complete(scene.cfg('two')), never);
    const closed = sink.close('stop', 1_000);
    await expect(checked).rejects.toMatchObject({ code: 'CONTROLLER_STATE' });
    await closed;
    await expect(sink.check(complete(scene.cfg('two')), never)).rejects.toMatchObject({ code: 'CONTROLLER_STATE' });
  });

  it('finds a HAProxy that serves, and leaves it as it is', async () => {
    const first = scene.sink();
    await scene.write(first, scene.cfg('one'));
    await first.close('keep', 1_000);
    const worker = await scene.worker();
    const second = scene.sink();
    expect(await second.check(complete(scene.cfg('two')), never)).toMatchObject({ passed: true });
    expect(await scene.worker()).toBe(worker);
    expect(await scene.write(second, scene.cfg('one'))).toMatchObject({ action: 'unchanged' });
  });

  it('leaves what the next run tidies up, whenever its process ends', async () => {
    const failing = new FailingFiles();
    const first = scene.sink({}, failing.operations);
    await scene.write(first, scene.cfg('one'), file('maps/a.map', 'a b\n'));
    for (let n = 1; ; n += 1) {
      failing.arm(n, true);
      const outcome = await first.check(complete(scene.cfg('two'), file('maps/a.map', 'a b\n')), never).catch((error: unknown) => error);
      if (failing.count < n) break;
      // What could not be tidied up afterwards does not make an answer wrong.
      expect(outcome, `operation ${String(n)}`).toSatisfy(
        (value: { code?: string; passed?: boolean }) => value.code === 'SINK_UNWRITABLE' || value.passed === true,
      );
      failing.disarm();
    }
    failing.disarm();
    await first.close('keep', 1_000);
    await mkdir(join(scene.configDir, 'generations', '9.new', 'maps'), { recursive: true });
    const second = scene.sink();
    expect(await scene.write(second, scene.cfg('one'), file('maps/a.map', 'a b\n'))).toMatchObject({ action: 'unchanged' });
    expect((await scene.generations()).filter((name) => name.endsWith('.new'))).toEqual([]);
    expect(await scene.get()).toMatchObject({ version: 'one' });
  });
});

describe('the memory', () => {
  const path = (): string => join(scene.configDir, 'memory');

  it('is a file for its owner alone', async () => {
    await scene.sink().memory.write('text');
    expect((await stat(path())).mode & 0o777).toBe(0o600);
    expect((await stat(scene.configDir)).mode & 0o777).toBe(0o700);
  });

  it('is empty where its file is cut short, is somebody else’s or no file', async () => {
    const { memory } = scene.sink();
    await memory.write('text'.repeat(100));
    await truncate(path(), 200);
    expect(await memory.read()).toBeUndefined();
    await writeFile(path(), 'hello\nworld');
    expect(await memory.read()).toBeUndefined();
    await writeFile(path(), '');
    expect(await memory.read()).toBeUndefined();
    await memory.write('again');
    expect(await memory.read()).toBe('again');
  });

  it('keeps the text before where the disk fails at any instant', async () => {
    const failing = new FailingFiles();
    const { memory } = scene.sink({}, failing.operations);
    await memory.write('before');
    for (let n = 1; ; n += 1) {
      failing.arm(n, true);
      const error = await memory.write('after').catch((cause: unknown) => cause);
      if (failing.count < n) break;
      expect(error).toMatchObject({ code: 'SINK_UNWRITABLE' });
      expect(['before', 'after']).toContain(await memory.read());
      failing.disarm();
      await memory.write('before');
    }
    failing.disarm();
    expect(await memory.read()).toBe('after');
  });

  it('belongs to one sink, until that is closed', async () => {
    const [first, second] = [scene.sink(), scene.sink()];
    await first.memory.write('first');
    await expect(second.memory.write('second')).rejects.toMatchObject({ code: 'SINK_UNWRITABLE' });
    expect(await second.memory.read()).toBe('first');
    await first.close('keep', 0);
    await second.memory.write('second');
    await expect(first.memory.write('late')).rejects.toMatchObject({ code: 'CONTROLLER_STATE' });
    expect(await readFile(path(), 'utf8')).toMatch(/\nsecond$/);
  });
});
