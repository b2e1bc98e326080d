import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { nodeFiles } from './file-operations.js';
import type { FileOperations } from './file-operations.js';
import { insert, mapPath, put, remove } from './fixtures/noting.js';
import { complete, file, haproxy, never, Scene, until } from './fixtures/scene.js';
import type { HaproxyCfgSink } from './haproxy-cfg-sink.js';

describe.skipIf(haproxy === undefined)('what is noted', () => {
  let scene: Scene;
  beforeEach(async () => {
    scene = await Scene.make();
  });
  afterEach(async () => {
    await scene.end();
  });
  /** Answers with what the map says, as loaded. */
  const cfg = (extra?: Parameters<Scene['cfg']>[1]) => scene.cfg(`%[str(key),map(${mapPath},none)]`, extra);
  const row = (value: string) => file(mapPath, `key ${value}\n`);
  const edits = (from: string, to: string) => [remove(`key ${from}`), insert(`key ${to}`)];
  const onDisk = async (path: string = mapPath) => readFile(join(scene.configDir, 'current', path), 'utf8');
  const warnings: string[] = [];
  const logger = {
    debug: () => undefined,
    info: () => undefined,
    warn: (text: string) => void warnings.push(text),
    error: () => undefined,
  };

  it('gets into the files within a moment, and HAProxy counts as having it', async () => {
    const sink = scene.sink();
    const started = await scene.write(sink, cfg(), row('1'));
    const worker = await scene.worker();
    expect(started).toMatchObject({ action: 'started', worker });
    await sink.note(edits('1', '2'), never);
    expect(await onDisk()).toBe('key 1\n');
    await until(async () => (await onDisk()) === 'key 2\n', 1_000);
    expect(await scene.get()).toMatchObject({ version: '1' });
    expect(await scene.write(sink, cfg(), row('2'))).toMatchObject({ action: 'unchanged', worker });
    expect(await scene.worker()).toBe(worker);
    expect(await scene.generations()).toEqual(['1', '2']);
  });

  it('is what HAProxy starts again with, however soon it dies', async () => {
    const sink = scene.sink();
    await scene.write(sink, cfg(), row('0'));
    for (let value = 1; value <= 3; value += 1) {
      const pid = await scene.masterPid();
      await sink.note(edits(String(value - 1), String(value)), never);
      process.kill(pid, 'SIGKILL');
      await until(() => scene.kinds().filter((kind) => kind === 'restarted').length === value);
      expect(await scene.get()).toMatchObject({ version: String(value) });
    }
    expect(await scene.write(sink, cfg(), row('3'))).toMatchObject({ action: 'unchanged' });
  });

  it('is what HAProxy is started with by a write that finds it dead', async () => {
    const sink = scene.sink();
    await scene.write(sink, cfg(), row('1'));
    await sink.note(edits('1', '2'), never);
    process.kill(await scene.masterPid(), 'SIGKILL');
    expect(await scene.write(sink, cfg(), row('2'))).toMatchObject({ status: 'applied' });
    expect(await scene.get()).toMatchObject({ version: '2' });
  });

  it('is what HAProxy is started with where the first files of a new run are refused', async () => {
    const first = scene.sink();
    await scene.write(first, cfg(), row('1'));
    await first.note(edits('1', '2'), never);
    await first.close('stop', 5_000);
    expect(await onDisk()).toBe('key 2\n');
    const second = scene.sink();
    expect(await scene.write(second, file('haproxy.cfg', 'frobnicate\n'))).toMatchObject({ status: 'refused', lastGoodPasses: true });
    expect(await scene.get()).toMatchObject({ version: '2' });
  });

  it('outlives a change that is refused, one that HAProxy does not take up, and one that is given up', async () => {
    const sink = scene.sink();
    await scene.write(sink, cfg(), row('1'));
    await sink.note(edits('1', '2'), never);
    const bad = { complete: false, files: new Map([['haproxy.cfg', file('haproxy.cfg', 'frobnicate\n')]]) };
    expect(await sink.write(bad, never)).toMatchObject({ status: 'refused', lastGoodPasses: true });
    expect(await onDisk()).toBe('key 2\n');
    await sink.note(edits('2', '3'), never);
    const taken = { complete: false, files: new Map([['haproxy.cfg', cfg({ frontend: `  bind 127.0.0.1:${String(scene.appPort)}` })]]) };
    await expect(sink.write(taken, never)).rejects.toMatchObject({ code: 'HAPROXY_RELOAD_FAILED' });
    await sink.note(edits('3', '4'), never);
    await expect(sink.write(taken, AbortSignal.abort())).rejects.toThrow();
    expect(await sink.write({ complete: false, files: new Map() }, never)).toMatchObject({ action: 'unchanged' });
    expect(await onDisk()).toBe('key 4\n');
    expect(await scene.get()).toMatchObject({ version: '1' });
    expect(await sink.write({ complete: false, files: new Map(), mustReload: true }, never)).toMatchObject({ action: 'reloaded' });
    expect(await scene.get()).toMatchObject({ version: '4' });
  }, 30_000);

  it('is not lost by a disk on which no files can be written for a while, which is told once', async () => {
    warnings.length = 0;
    let isFull = false;
    const full = Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
    const operations: FileOperations = {
      ...nodeFiles,
      makeFolder: async (path) => {
        if (isFull) throw full;
        await nodeFiles.makeFolder(path);
      },
    };
    const sink = scene.sink({ logger }, operations);
    await scene.write(sink, cfg(), row('1'));
    isFull = true;
    await sink.note(edits('1', '2'), never);
    await delay(1_600);
    expect(await onDisk()).toBe('key 1\n');
    expect(warnings).toEqual([expect.stringContaining('ENOSPC')]);
    await expect(sink.write({ complete: false, files: new Map() }, never)).rejects.toMatchObject({ code: 'SINK_UNWRITABLE' });
    await sink.note(edits('2', '3'), never);
    // Not even then HAProxy stays down.
    await scene.killMaster();
    await until(() => scene.kinds().includes('restarted'));
    isFull = false;
    await until(async () => (await onDisk()) === 'key 3\n', 3_000);
    expect(warnings.filter((text) => text.includes('ENOSPC'))).toHaveLength(1);
  }, 30_000);

  it('is refused where it cannot be written, and can be noted again', async () => {
    let isFull = false;
    const operations: FileOperations = {
      ...nodeFiles,
      openGrowing: async (path) => {
        const growing = await nodeFiles.openGrowing(path);
        return {
          ...growing,
          write: async (bytes, at) => {
            await growing.write(isFull ? bytes.subarray(0, 10) : bytes, at);
            if (isFull) throw Object.assign(new Error('EROFS: read-only file system'), { code: 'EROFS' });
          },
        };
      },
    };
    const sink = scene.sink({}, operations);
    await scene.write(sink, cfg(), row('1'));
    await sink.note(edits('1', '2'), never);
    isFull = true;
    await expect(sink.note(edits('2', '3'), never)).rejects.toMatchObject({ code: 'SINK_UNWRITABLE', details: { errno: 'EROFS' } });
    isFull = false;
    await sink.note(edits('2', '4'), never);
    expect(await scene.write(sink, cfg(), row('4'))).toMatchObject({ action: 'unchanged' });
  });

  it('costs one generation in a while, however much there is', async () => {
    const sink = scene.sink();
    const rows = Array.from({ length: 20_000 }, (_, index) => `host${String(index)} b\n`).sort();
    await scene.write(sink, cfg(), file(mapPath, rows.join('')));
    const durations: number[] = [];
    const endsAt = performance.now() + 2_000;
    for (let value = 0; performance.now() < endsAt; value += 1) {
      const startedAt = performance.now();
      await sink.note([insert(`key ${String(value)}`)], never);
      durations.push(performance.now() - startedAt);
    }
    const [, last = 0] = (await scene.generations()).map(Number);
    expect(last).toBeGreaterThan(1);
    expect(last).toBeLessThan(21);
    durations.sort((a, b) => a - b);
    const at = (part: number) => durations[Math.floor(durations.length * part)]?.toFixed(2) ?? '';
    console.log(`${String(durations.length)} notes: p50 ${at(0.5)} ms, p99 ${at(0.99)} ms; ${String(last - 1)} checkpoints in 2 s`);
    expect(await sink.write({ complete: false, files: new Map() }, never)).toMatchObject({ action: 'unchanged' });
    expect((await onDisk()).match(/^key /gm)).toHaveLength(durations.length);
  }, 30_000);

  it('waits for no generation that is built in passing; who needs the files does not wait for that either', async () => {
    let isSlow = false;
    let building = 0;
    const operations: FileOperations = {
      ...nodeFiles,
      writeNew: async (path, ...rest) => {
        if (isSlow && path.includes('.new/')) {
          building += 1;
          await delay(700);
        }
        await nodeFiles.writeNew(path, ...rest);
      },
    };
    let value = 0;
    const note = async (sink: HaproxyCfgSink) => sink.note(edits(String(value), String((value += 1))), never);
    /** In a new life, so that it comes at once, and is well under way: it lasts for 1.4 s. */
    const whileBuilding = async (task: (sink: HaproxyCfgSink) => Promise<unknown>): Promise<void> => {
      const sink = scene.sink({}, operations);
      await scene.write(sink, cfg(), row(String(value)));
      [isSlow, building] = [true, 0];
      await note(sink);
      await until(() => building > 0);
      await note(sink);
      expect(building).toBe(1);
      isSlow = false;
      await task(sink);
      expect(await onDisk()).toBe(`key ${String(value)}\n`);
      await sink.close('keep', 5_000);
      expect(await scene.generations()).toHaveLength(2);
    };
    const nothing = { complete: false, files: new Map() };

    await whileBuilding(async (sink) => {
      for (const endsAt = performance.now() + 300; performance.now() < endsAt;) await note(sink);
      expect(await onDisk()).toBe('key 0\n');
      await until(async () => (await onDisk()) === 'key 1\n');
      await note(sink);
      expect(await sink.write(nothing, never)).toMatchObject({ action: 'unchanged' });
    });
    await whileBuilding(async (sink) => {
      expect(await sink.write(nothing, never)).toMatchObject({ action: 'unchanged' });
    });
    await whileBuilding(async (sink) => {
      expect(await sink.write({ ...nothing, mustReload: true }, never)).toMatchObject({ action: 'reloaded' });
      expect(await scene.get()).toMatchObject({ version: String(value) });
    });
    await whileBuilding(async (sink) => {
      expect(await sink.check(nothing, never)).toMatchObject({ passed: true });
    });
    await whileBuilding(async () => {
      await scene.killMaster();
      await until(() => scene.kinds().includes('restarted'));
      expect(await scene.get()).toMatchObject({ version: String(value) });
    });
    await whileBuilding(async (sink) => sink.close('keep', 5_000));
  }, 60_000);

  it('has nothing to stand on before the first write and after the end, and is in the files then', async () => {
    const sink = scene.sink();
    await expect(sink.note(edits('1', '2'), never)).rejects.toMatchObject({ code: 'CONTROLLER_STATE' });
    await scene.write(sink, cfg(), row('1'));
    await sink.note([...edits('1', '2'), put('certs/a.pem', 'key\n')], never);
    await sink.close('keep', 1_000);
    await expect(sink.note(edits('2', '3'), never)).rejects.toMatchObject({ code: 'CONTROLLER_STATE' });
    expect(await onDisk()).toBe('key 2\n');
    const second = scene.sink();
    expect(await scene.write(second, cfg(), row('2'), file('certs/a.pem', 'key\n', true))).toMatchObject({
      action: 'unchanged',
      worker: await scene.worker(),
    });
    await second.note(edits('2', '3'), never);
    await second.close('stop', 5_000);
    expect(await onDisk()).toBe('key 3\n');
    const before = await readdir(scene.configDir);
    await sink.close('stop', 1_000);
    expect(await readdir(scene.configDir)).toEqual(before);
  });

  it('makes a reload of files that HAProxy is known to have, where one is told to', async () => {
    const sink = scene.sink();
    await scene.write(sink, cfg(), row('1'));
    const old = await scene.worker();
    const slow = scene.get('/?ms=1500');
    await delay(100);
    await sink.note(edits('1', '2'), never);
    const outcome = await sink.write({ ...complete(cfg(), row('2')), mustReload: true }, never);
    expect(outcome).toMatchObject({ action: 'reloaded', worker: await scene.worker(), oldWorkers: 1 });
    expect(await scene.worker()).not.toBe(old);
    expect(await scene.get()).toMatchObject({ version: '2' });
    await slow;
    await until(async () => (await scene.processes()).length === 2);
    expect(await sink.write({ ...complete(cfg(), row('2')), mustReload: true }, never)).toMatchObject({ action: 'reloaded' });
  });
});
