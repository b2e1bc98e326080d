import { Agent } from 'node:http';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { nodeFiles } from './file-operations.js';
import { complete, file, freePort, haproxy, never, Scene, underLoad, until } from './fixtures/scene.js';

describe.skipIf(haproxy === undefined)('a HAProxy of our own', () => {
  let scene: Scene;
  beforeEach(async () => {
    scene = await Scene.make();
  });
  afterEach(async () => {
    await scene.end();
  });

  it('says what the HAProxy at hand can do', async () => {
    const features = await scene.sink().features(never);
    expect(features.branch[0]).toBeGreaterThanOrEqual(2);
    expect(features.synchronousReload).toBe(features.branch[0] > 2);
  });

  it('starts at the first write, reloads at a change and does nothing where nothing changed', async () => {
    const sink = scene.sink();
    expect(await scene.write(sink, scene.cfg('one'))).toMatchObject({ status: 'applied', action: 'started' });
    expect(await scene.get()).toMatchObject({ status: 200, version: 'one' });
    const pid = await scene.masterPid();
    const reloaded = await scene.write(sink, scene.cfg('two'));
    expect(reloaded).toMatchObject({ status: 'applied', action: 'reloaded' });
    expect(await scene.get()).toMatchObject({ version: 'two' });
    const worker = await scene.worker();
    expect(await scene.write(sink, scene.cfg('two'))).toMatchObject({ status: 'applied', action: 'unchanged' });
    expect(await scene.worker()).toBe(worker);
    expect(await scene.masterPid()).toBe(pid);
    expect(scene.kinds()).toEqual(['started']);
  });

  it('keeps every file for its owner alone, in folders for their owner alone', async () => {
    const sink = scene.sink();
    await scene.write(sink, scene.cfg('one'), file('certs/a.pem', 'secret', true), file('maps/host.map', 'a b\n'));
    for (const path of ['haproxy.cfg', 'certs/a.pem', 'maps/host.map', '.manifest.json']) {
      expect((await stat(join(scene.configDir, 'current', path))).mode & 0o777, path).toBe(0o600);
    }
    for (const path of ['.', 'generations', 'generations/1', 'current/certs']) {
      expect((await stat(join(scene.configDir, path))).mode & 0o777, path).toBe(0o700);
    }
    expect((await stat(scene.runtimeDir)).mode & 0o777).toBe(0o700);
    await scene.write(sink, scene.cfg('two'));
    for (const path of ['master.sock', 'haproxy.pid', 'haproxy.log', 'server-state', 'running.json']) {
      expect((await stat(join(scene.runtimeDir, path))).mode & 0o777, path).toBe(0o600);
    }
  });

  it('loses no request over twenty reloads', async () => {
    const sink = scene.sink();
    await scene.write(sink, scene.cfg('0'));
    const durations: number[] = [];
    const { answered, failed } = await underLoad(scene, 8, async () => {
      for (let version = 1; version <= 20; version += 1) {
        const outcome = await scene.write(sink, scene.cfg(String(version)));
        if (outcome.status === 'applied') durations.push(Math.round(outcome.durationMs));
        expect((await scene.get()).version).toBe(String(version));
      }
    });
    expect(failed).toEqual([]);
    expect(durations).toHaveLength(20);
    expect(answered).toBeGreaterThan(100);
  }, 60_000);

  it('writes the one file that changed among three hundred', async () => {
    const sink = scene.sink();
    const maps = Array.from({ length: 300 }, (_, index) => file(`maps/${String(index)}.map`, `host${String(index)} backend\n`));
    await scene.write(sink, scene.cfg('one'), ...maps);
    const before = await Promise.all(maps.map(async ({ path }) => scene.inode(path)));
    const changed = file('maps/7.map', 'other backend\n');
    await sink.write({ complete: false, files: new Map([[changed.path, changed]]) }, never);
    const after = await Promise.all(maps.map(async ({ path }) => scene.inode(path)));
    expect(after.flatMap((inode, index) => (inode === before[index] ? [] : [index]))).toEqual([7]);
    expect(await readFile(join(scene.configDir, 'current/maps/7.map'), 'utf8')).toBe('other backend\n');
  });

  it('removes a file and keeps two generations', async () => {
    const sink = scene.sink();
    await scene.write(sink, scene.cfg('one'), file('maps/a.map', 'a b\n'));
    await sink.write({ complete: false, files: new Map([['maps/a.map', undefined]]) }, never);
    expect(await readdir(join(scene.configDir, 'current'))).not.toContain('maps');
    await scene.write(sink, scene.cfg('two'));
    expect(await scene.generations()).toEqual(['2', '3']);
  });

  it('refuses what HAProxy refuses, says where, and goes on with what it had', async () => {
    const sink = scene.sink();
    await scene.write(sink, scene.cfg('one'));
    const worker = await scene.worker();
    const bad = scene.cfg('two', { frontend: '  frobnicate "hunter2"' });
    const outcome = await scene.write(sink, bad, file('certs/key.pem', 'hunter2', true));
    expect(outcome).toMatchObject({ status: 'refused', lastGoodPasses: true });
    const line = bad.content.split('\n').findIndex((text) => text.includes('frobnicate')) + 1;
    expect(outcome.status === 'refused' && outcome.messages).toContainEqual(
      expect.objectContaining({ severity: 'alert', file: 'haproxy.cfg', line }),
    );
    expect(JSON.stringify(outcome)).not.toContain('hunter2');
    expect(await scene.worker()).toBe(worker);
    expect(await scene.get()).toMatchObject({ version: 'one' });
    expect(await scene.generations()).toEqual(['1']);
    expect(await readdir(join(scene.configDir, 'failed'))).toContain('haproxy.cfg');
    expect(await readdir(join(scene.configDir, 'failed/certs'))).toEqual([]);
    expect(await scene.write(sink, scene.cfg('three'))).toMatchObject({ action: 'reloaded' });
  });

  it('refuses the very first files, and says whether HAProxy can check anything', async () => {
    const sink = scene.sink();
    expect(await scene.write(sink, file('haproxy.cfg', 'frobnicate\n'))).toMatchObject({ status: 'refused', lastGoodPasses: true });
    expect(await scene.write(sink, scene.cfg('one'))).toMatchObject({ action: 'started' });
  });

  it('says so where the last good files do not pass any more either', async () => {
    const sink = scene.sink();
    const list = join(scene.dir, 'list');
    await writeFile(list, '10.0.0.0/8\n');
    await scene.write(sink, scene.cfg('one', { frontend: `  acl x src -f ${list}` }));
    await rm(list);
    const outcome = await scene.write(sink, scene.cfg('two', { frontend: `  acl x src -f ${list}` }));
    expect(outcome).toMatchObject({ status: 'refused', lastGoodPasses: false });
    expect(await scene.get()).toMatchObject({ version: 'one' });
  });

  it('names a taken address at the start, and starts once it is free', async () => {
    const taken = createServer().listen(scene.port, '127.0.0.1');
    await new Promise((resolve) => taken.once('listening', resolve));
    const sink = scene.sink();
    await expect(scene.write(sink, scene.cfg('one'))).rejects.toMatchObject({
      code: 'HAPROXY_RELOAD_FAILED',
      message: expect.stringContaining(`127.0.0.1:${String(scene.port)}`),
      details: { addresses: [`127.0.0.1:${String(scene.port)}`] },
    });
    expect(await scene.processes()).toEqual([]);
    await new Promise((resolve) => taken.close(resolve));
    expect(await scene.write(sink, scene.cfg('one'))).toMatchObject({ action: 'started' });
  });

  it('goes back to the files before when a reload fails on a taken address', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => taken.once('listening', resolve));
    const address = `127.0.0.1:${String((taken.address() as AddressInfo).port)}`;
    const sink = scene.sink();
    await scene.write(sink, scene.cfg('one'));
    const worker = await scene.worker();
    const generation = await scene.currentGeneration();
    const wanted = scene.cfg('two', { frontend: `  bind ${address}` });
    await expect(scene.write(sink, wanted)).rejects.toMatchObject({
      code: 'HAPROXY_RELOAD_FAILED',
      message: expect.stringContaining(address),
    });
    expect(await scene.currentGeneration()).toBe(generation);
    expect(await scene.worker()).toBe(worker);
    expect(await scene.get()).toMatchObject({ version: 'one' });
    expect(await scene.write(sink, scene.cfg('one'))).toMatchObject({ action: 'unchanged' });
    await new Promise((resolve) => taken.close(resolve));
    expect(await scene.write(sink, wanted)).toMatchObject({ action: 'reloaded' });
    expect(await scene.get()).toMatchObject({ version: 'two' });
  }, 30_000);

  it('hands the state of servers to the new worker', async () => {
    const sink = scene.sink();
    const slow = { backend: `  server down 127.0.0.1:${String(await freePort())} check inter 200ms` };
    await scene.write(sink, scene.cfg('one', slow));
    const state = async (): Promise<string | undefined> =>
      (await scene.master.serversState())?.split('\n').find((line) => line.includes(' down '));
    await until(async () => (await state())?.split(' ')[5] === '0');
    await scene.write(sink, scene.cfg('two', slow));
    expect((await state())?.split(' ')[5]).toBe('0');
  });

  it('brings HAProxy back when its master is killed', async () => {
    const sink = scene.sink();
    await scene.write(sink, scene.cfg('one'));
    const pid = await scene.masterPid();
    process.kill(pid, 'SIGKILL');
    await until(() => scene.kinds().includes('restarted'));
    expect(await scene.get()).toMatchObject({ version: 'one' });
    expect(await scene.masterPid()).not.toBe(pid);
    expect(scene.kinds()).toEqual(['started', 'died', 'restarted']);
    expect(await scene.write(sink, scene.cfg('one'))).toMatchObject({ action: 'unchanged' });
    expect(await scene.write(sink, scene.cfg('two'))).toMatchObject({ action: 'reloaded' });
  });

  it('brings HAProxy back when its worker is killed, again and again', async () => {
    const sink = scene.sink();
    await scene.write(sink, scene.cfg('one'));
    for (let times = 1; times <= 3; times += 1) {
      process.kill(await scene.worker(), 'SIGKILL');
      await until(() => scene.kinds().filter((kind) => kind === 'restarted').length === times);
      expect(await scene.get()).toMatchObject({ version: 'one' });
    }
  });

  it('tells of every death, of one while the start before is still being noted too, and brings HAProxy back', async () => {
    const logged: string[] = [];
    const log = (message: string): void => void logged.push(message);
    let starts = 0;
    const rename = async (from: string, to: string): Promise<void> => {
      if (to.endsWith('running.json') && ++starts === 2) await scene.killMaster();
      await nodeFiles.rename(from, to);
    };
    const sink = scene.sink({ logger: { debug: () => undefined, info: () => undefined, warn: log, error: log } }, { ...nodeFiles, rename });
    await scene.write(sink, scene.cfg('one'));
    await scene.killMaster();
    await until(() => starts === 3);
    await until(() => scene.kinds().filter((kind) => kind === 'died').length === 2);
    await until(async () => (await scene.get().catch(() => undefined))?.version === 'one');
    expect(logged).toEqual(['HAProxy died.', 'HAProxy died.']);
  }, 30_000);

  it('starts HAProxy with the new files when it is found dead by a write', async () => {
    const sink = scene.sink();
    await scene.write(sink, scene.cfg('one'));
    process.kill(await scene.masterPid(), 'SIGKILL');
    const outcome = await scene.write(sink, scene.cfg('two'));
    expect(outcome).toMatchObject({ status: 'applied' });
    expect(await scene.get()).toMatchObject({ version: 'two' });
    await delay(500);
    expect(await scene.processes()).toHaveLength(2);
  });

  it('is adopted by the next run without a reload', async () => {
    const first = scene.sink();
    await scene.write(first, scene.cfg('one'), file('maps/a.map', 'a b\n'));
    await scene.write(first, scene.cfg('two'), file('maps/a.map', 'a b\n'));
    const worker = await scene.worker();
    await first.close('keep', 1_000);
    expect(await scene.get()).toMatchObject({ version: 'two' });
    const second = scene.sink();
    await second.features(never);
    expect(await scene.write(second, scene.cfg('two'), file('maps/a.map', 'a b\n'))).toMatchObject({ action: 'unchanged' });
    expect(scene.kinds()).toEqual(['started', 'adopted']);
    expect(await scene.worker()).toBe(worker);
    expect(await scene.write(second, scene.cfg('three'))).toMatchObject({ action: 'reloaded' });
    // It looks after what it has adopted, and may stop it.
    process.kill(await scene.masterPid(), 'SIGKILL');
    await until(() => scene.kinds().includes('restarted'));
    await second.close('stop', 5_000);
    expect(await scene.processes()).toEqual([]);
  });

  it('is adopted though its pid file is gone and its worker is silent for a while', async () => {
    const first = scene.sink();
    await scene.write(first, scene.cfg('one'));
    await first.close('keep', 1_000);
    const [master, worker] = [await scene.masterPid(), await scene.worker()];
    await rm(join(scene.runtimeDir, 'haproxy.pid'));
    process.kill(worker, 'SIGSTOP');
    setTimeout(() => process.kill(worker, 'SIGCONT'), 2_500);
    expect(await scene.write(scene.sink(), scene.cfg('one'))).toMatchObject({ action: 'unchanged' });
    expect(await scene.masterPid()).toBe(master);
    expect(await scene.processes()).toHaveLength(2);
  });

  it('reloads though somebody has removed the socket of the master', async () => {
    const sink = scene.sink();
    await scene.write(sink, scene.cfg('one'));
    await rm(join(scene.runtimeDir, 'master.sock'));
    expect(await scene.write(sink, scene.cfg('two'))).toMatchObject({ action: 'reloaded' });
    expect(await scene.get()).toMatchObject({ status: 200, version: 'two' });
  });

  it('reloads an adopted HAProxy whose files somebody changed', async () => {
    const first = scene.sink();
    await scene.write(first, scene.cfg('one'), file('maps/a.map', 'a b\n'));
    await first.close('keep', 1_000);
    await writeFile(join(scene.configDir, 'current/maps/a.map'), 'x y\n');
    const second = scene.sink();
    expect(await scene.write(second, scene.cfg('one'), file('maps/a.map', 'a b\n'))).toMatchObject({ action: 'reloaded' });
    expect(await readFile(join(scene.configDir, 'current/maps/a.map'), 'utf8')).toBe('a b\n');
  });

  it('starts the last good files when the first ones of a new run are refused', async () => {
    const first = scene.sink();
    await scene.write(first, scene.cfg('one'));
    await first.close('stop', 5_000);
    const second = scene.sink();
    expect(await scene.write(second, file('haproxy.cfg', 'frobnicate\n'))).toMatchObject({ status: 'refused', lastGoodPasses: true });
    expect(await scene.get()).toMatchObject({ version: 'one' });
  });

  it('lets no second sink write to the same folder', async () => {
    const first = scene.sink();
    await scene.write(first, scene.cfg('one'));
    await expect(scene.write(scene.sink(), scene.cfg('two'))).rejects.toMatchObject({
      code: 'SINK_UNWRITABLE',
      message: expect.stringContaining(String(process.pid)),
    });
  });

  it('ends a write whose signal is aborted before the swap, and leaves nothing of it', async () => {
    const sink = scene.sink();
    await scene.write(sink, scene.cfg('one'));
    const stop = new AbortController();
    const written = sink.write(complete(scene.cfg('two')), stop.signal);
    setTimeout(() => stop.abort(), 3);
    await expect(written).rejects.toMatchObject({ name: 'AbortError' });
    expect(await scene.generations()).toEqual(['1']);
    expect(await scene.get()).toMatchObject({ version: 'one' });
  });

  it('does not tell a stale socket and pid file from nothing', async () => {
    const first = scene.sink();
    await scene.write(first, scene.cfg('one'));
    await first.close('keep', 1_000);
    process.kill(await scene.masterPid(), 'SIGKILL');
    await until(async () => (await scene.processes()).length === 0);
    expect(await readdir(scene.runtimeDir)).toEqual(expect.arrayContaining(['master.sock', 'haproxy.pid']));
    expect(await scene.write(scene.sink(), scene.cfg('one'))).toMatchObject({ action: 'started' });
  });

  describe('closing', () => {
    it('lets requests in flight finish and leaves nothing', async () => {
      const sink = scene.sink();
      await scene.write(sink, scene.cfg('one'));
      const slow = scene.get('/?ms=1200');
      await delay(100);
      const startedAt = Date.now();
      const closed = sink.close('stop', 10_000);
      await delay(100);
      await expect(scene.get()).rejects.toMatchObject({ code: 'ECONNREFUSED' });
      expect(await slow).toMatchObject({ status: 200, body: 'hello' });
      await closed;
      expect(Date.now() - startedAt).toBeLessThan(3_000);
      expect(await scene.processes()).toEqual([]);
      expect(await readdir(scene.runtimeDir)).toEqual(['haproxy.log', 'server-state']);
      expect(await readFile(join(scene.configDir, 'current/haproxy.cfg'), 'utf8')).toContain('one');
    });

    it('does not wait for connections on which nothing happens', async () => {
      const sink = scene.sink();
      await scene.write(sink, scene.cfg('one'));
      const agent = new Agent({ keepAlive: true });
      await scene.get('/', agent);
      const startedAt = Date.now();
      await sink.close('stop', 10_000);
      expect(Date.now() - startedAt).toBeLessThan(3_000);
      expect(await scene.processes()).toEqual([]);
      agent.destroy();
    });

    it('cuts what is still under way at the deadline, old workers too', async () => {
      const sink = scene.sink();
      await scene.write(sink, scene.cfg('one'));
      const old = scene.get('/?ms=60000').catch((error: unknown) => error);
      await delay(100);
      await scene.write(sink, scene.cfg('two'));
      const slow = scene.get('/?ms=60000').catch((error: unknown) => error);
      await delay(100);
      expect(await scene.processes()).toHaveLength(3);
      const startedAt = Date.now();
      await sink.close('stop', 1_500);
      expect(Date.now() - startedAt).toBeLessThan(3_000);
      expect(Date.now() - startedAt).toBeGreaterThan(900);
      expect(await scene.processes()).toEqual([]);
      await Promise.all([old, slow]);
    });

    it('stops right after a start', async () => {
      const sink = scene.sink();
      await scene.write(sink, scene.cfg('one'));
      const startedAt = Date.now();
      await sink.close('stop', 5_000);
      expect(Date.now() - startedAt).toBeLessThan(3_000);
      expect(await scene.processes()).toEqual([]);
    });

    it('does not wait for what peers say to each other', async () => {
      const sink = scene.sink();
      const peers = (version: string) =>
        scene.cfg(version, {
          global: '  localpeer me',
          frontend: '  http-request track-sc0 src table counters',
          backend: `peers them\n  bind 127.0.0.1:${String(peerPort)}\n  server me\nbackend counters\n  stick-table type ip size 1k expire 1m store http_req_rate(10s) peers them`,
        });
      const peerPort = await freePort();
      await scene.write(sink, peers('one'));
      await scene.get();
      await scene.write(sink, peers('two'));
      await scene.get();
      const startedAt = Date.now();
      await sink.close('stop', 10_000);
      expect(Date.now() - startedAt).toBeLessThan(3_000);
      expect(await scene.processes()).toEqual([]);
    });

    it('takes no more writes', async () => {
      const sink = scene.sink();
      await scene.write(sink, scene.cfg('one'));
      await sink.close('stop', 5_000);
      await expect(scene.write(sink, scene.cfg('two'))).rejects.toMatchObject({ code: 'CONTROLLER_STATE' });
      expect(await scene.processes()).toEqual([]);
    });
  });

  it('tells what is not there', async () => {
    await expect(scene.sink({ haproxy: '/nowhere/haproxy' }).features(never)).rejects.toMatchObject({
      code: 'HAPROXY_NOT_FOUND',
      message: expect.stringMatching(/\/nowhere\/haproxy.*apt-get install haproxy/s),
    });
    await expect(scene.sink({ haproxy: '/bin/true' }).features(never)).rejects.toMatchObject({ code: 'HAPROXY_NOT_FOUND' });
  });
});
