import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { HaproxyCfgOptions } from './options.js';
import { haproxyCfg } from './haproxy-cfg-sink.js';
import { file, haproxy, never, Scene, until } from './fixtures/scene.js';

describe.skipIf(haproxy === undefined)('a HAProxy that somebody else runs', () => {
  let scene: Scene;
  let theirs: ChildProcess | undefined;
  beforeEach(async () => {
    scene = await Scene.make();
    await mkdir(scene.runtimeDir, { recursive: true });
  });
  afterEach(async () => {
    theirs?.kill('SIGKILL');
    theirs = undefined;
    await scene.end();
  });
  const socket = () => join(scene.runtimeDir, 'master.sock');
  const pidFile = () => join(scene.runtimeDir, 'their.pid');
  const startTheirs = async (): Promise<void> => {
    theirs = spawn(haproxy!, ['-W', '-S', socket(), '-f', join(scene.configDir, 'current'), '-p', pidFile()], { stdio: 'ignore' });
    await scene.worker();
  };
  const external = (how: HaproxyCfgOptions['external']) => scene.sink({ external: how!, loadTimeoutMs: 3_000 });

  it('has first files to start with, and is reloaded through its master socket', async () => {
    const sink = external({ masterSocket: socket() });
    await expect(scene.write(sink, scene.cfg('one'))).rejects.toMatchObject({ code: 'HAPROXY_RELOAD_FAILED' });
    await startTheirs();
    expect(await scene.get()).toMatchObject({ version: 'one' });
    const old = await scene.worker();
    const slow = scene.get('/?ms=1000');
    await until(async () => scene.master.isBusy(old));
    const reloaded = await scene.write(sink, scene.cfg('one'));
    const worker = await scene.worker();
    expect(reloaded).toMatchObject({ action: 'reloaded', worker, oldWorkers: 1 });
    await slow;
    expect(worker).not.toBe(old);
    expect(await scene.write(sink, scene.cfg('one'))).toMatchObject({ action: 'unchanged', worker });
    await sink.note([{ path: 'maps/a.map', file: file('maps/a.map', 'a b\n') }], never);
    expect(await scene.write(sink, scene.cfg('one'), file('maps/a.map', 'a b\n'))).toMatchObject({ action: 'unchanged', worker });
    expect(await scene.write(sink, scene.cfg('two'))).toMatchObject({ action: 'reloaded' });
    expect(await scene.get()).toMatchObject({ version: 'two' });
    expect(await scene.write(sink, file('haproxy.cfg', 'frobnicate\n'))).toMatchObject({ status: 'refused', lastGoodPasses: true });
    await sink.close('stop', 2_000);
    expect(await scene.get()).toMatchObject({ version: 'two' });
    expect(await scene.write(external({ masterSocket: socket() }), scene.cfg('two'))).toMatchObject({ action: 'unchanged' });
    expect(scene.kinds()).toEqual([]);
  }, 30_000);

  it('is reloaded by a signal', async () => {
    const prepared = external({ pidFile: pidFile() });
    await expect(scene.write(prepared, scene.cfg('one'))).rejects.toMatchObject({ code: 'HAPROXY_RELOAD_FAILED' });
    await startTheirs();
    const worker = await scene.worker();
    expect(await scene.write(prepared, scene.cfg('two'))).toMatchObject({ action: 'reloaded' });
    await until(async () => (await scene.worker()) !== worker);
    await until(async () => (await scene.get()).version === 'two');
  });

  it('is reloaded by a command, which may fail', async () => {
    const script = join(scene.dir, 'reload.sh');
    await writeFile(script, 'echo "$1" >> "$2"\nexit "$1"\n');
    const command = (code: string) => external({ command: ['/bin/sh', script, code, join(scene.dir, 'calls')] });
    const sink = command('0');
    expect(await scene.write(sink, scene.cfg('one'))).toMatchObject({ action: 'reloaded' });
    expect(await scene.write(sink, scene.cfg('one'))).toMatchObject({ action: 'unchanged' });
    await sink.close('keep', 1_000);
    const failing = command('3');
    await expect(scene.write(failing, scene.cfg('two'))).rejects.toMatchObject({
      code: 'HAPROXY_RELOAD_FAILED',
      message: expect.stringContaining('exit code 3'),
    });
    expect(await readFile(join(scene.configDir, 'current/haproxy.cfg'), 'utf8')).toContain('"one"');
    expect(await readFile(join(scene.dir, 'calls'), 'utf8')).toBe('0\n3\n');
  });

  it('has to be told in some way', () => {
    expect(() => haproxyCfg({ configDir: '/a', runtimeDir: '/b', external: {} })).toThrow(
      expect.objectContaining({ code: 'COMPOSITION_INVALID' }),
    );
  });
});
