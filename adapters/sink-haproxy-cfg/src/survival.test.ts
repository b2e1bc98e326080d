import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ConfigFile, FileEdit } from '@signalbox/core';
import { FailingFiles } from './fixtures/failing-files.js';
import { insert, mapPath } from './fixtures/noting.js';
import { complete, file, haproxy, never, Scene, underLoad } from './fixtures/scene.js';

/** A sink in a process of its own. */
class Child {
  readonly process: ChildProcess;
  readonly #outcomes: AsyncIterator<string>;

  constructor(scene: Scene) {
    const program = fileURLToPath(new URL('fixtures/child.mjs', import.meta.url));
    this.process = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', program, scene.configDir, scene.runtimeDir], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.process.stdin?.on('error', () => undefined);
    this.#outcomes = createInterface({ input: this.process.stdout! })[Symbol.asyncIterator]();
  }

  order(...files: readonly ConfigFile[]): void {
    this.process.stdin?.write(JSON.stringify(files) + '\n');
  }

  async write(...files: readonly ConfigFile[]): Promise<unknown> {
    this.order(...files);
    return this.outcome();
  }

  note(...edits: readonly FileEdit[]): void {
    this.process.stdin?.write(JSON.stringify({ note: edits }) + '\n');
  }

  async outcome(): Promise<unknown> {
    const { value } = (await this.#outcomes.next()) as { value: string };
    return JSON.parse(value) as unknown;
  }

  async kill(): Promise<void> {
    const ended = new Promise((resolve) => this.process.once('exit', resolve));
    this.process.kill('SIGKILL');
    await ended;
  }
}

describe.skipIf(haproxy === undefined)('what survives', () => {
  let scene: Scene;
  beforeEach(async () => {
    scene = await Scene.make();
  });
  afterEach(async () => {
    await scene.end();
  });

  it('keeps HAProxy serving when its controller is killed, and adopts it without a reload', async () => {
    const child = new Child(scene);
    expect(await child.write(scene.cfg('one'))).toMatchObject({ action: 'started' });
    expect(await child.write(scene.cfg('two'))).toMatchObject({ action: 'reloaded' });
    const worker = await scene.worker();
    const { answered, failed } = await underLoad(scene, 4, async () => {
      await child.kill();
      await delay(500);
      expect(await scene.write(scene.sink(), scene.cfg('two'))).toMatchObject({ action: 'unchanged' });
      await delay(300);
    });
    expect(failed).toEqual([]);
    expect(answered).toBeGreaterThan(50);
    expect(await scene.worker()).toBe(worker);
    expect(scene.kinds()).toEqual(['adopted']);
  });

  it('has a whole generation on disk and a serving HAProxy whenever the controller is killed', async () => {
    const seeds = Array.from({ length: 12 }, (_, index) => 15 + index * 23);
    const first = new Child(scene);
    await first.write(scene.cfg('0'), file('maps/v.map', 'v 0\n'));
    await first.kill();
    const { failed } = await underLoad(scene, 2, async () => {
      for (const [index, waitMs] of seeds.entries()) {
        const child = new Child(scene);
        const old = await scene.get();
        // A first write without a change, so that the next one is under way when the blow falls.
        await child.write(scene.cfg(old.version), file('maps/v.map', `v ${old.version}\n`));
        child.order(scene.cfg(String(index + 1)), file('maps/v.map', `v ${String(index + 1)}\n`));
        await delay(waitMs);
        await child.kill();
        const cfg = await readFile(join(scene.configDir, 'current/haproxy.cfg'), 'utf8');
        const onDisk = /x-version "(\d+)"/.exec(cfg)?.[1];
        expect([String(index), String(index + 1), old.version]).toContain(onDisk);
        expect(await readFile(join(scene.configDir, 'current/maps/v.map'), 'utf8')).toBe(`v ${String(onDisk)}\n`);
      }
    });
    expect(failed).toEqual([]);
    // Whatever was cut off: running = wanted after the next write.
    const sink = scene.sink();
    await scene.write(sink, scene.cfg('wanted'), file('maps/v.map', 'v w\n'));
    expect(await scene.get()).toMatchObject({ version: 'wanted' });
    expect(await scene.processes()).toHaveLength(2);
    expect((await readdir(join(scene.configDir, 'generations'))).length).toBeLessThanOrEqual(2);
  }, 60_000);

  it('has all that was noted whenever the controller is killed, and reloads nothing', async () => {
    let lines: string[] = ['key 1'];
    const map = () => file(mapPath, lines.map((line) => `${line}\n`).join(''));
    const first = new Child(scene);
    await first.write(scene.cfg('one'), map());
    await first.kill();
    const worker = await scene.worker();
    for (const [index, waitMs] of [0, 3, 20, 60, 110, 150, 260].entries()) {
      const child = new Child(scene);
      expect(await child.write(scene.cfg('one'), map())).toMatchObject({ action: 'unchanged' });
      const sent: string[] = [];
      let noted = 0;
      const flow = (async () => {
        for (; sent.length < 1_000; noted += 1) {
          const line = `key-${String(index)}-${String(sent.length).padStart(4, '0')} v`;
          sent.push(line);
          child.note(insert(line));
          if (((await child.outcome()) as { status?: string } | undefined)?.status !== 'noted') return;
        }
      })().catch(() => undefined);
      await delay(waitMs);
      await child.kill();
      await flow;
      const next = scene.sink();
      await next.check(complete(scene.cfg('one'), map()), never);
      const found = (await readFile(join(scene.configDir, 'current', mapPath), 'utf8')).trim().split('\n');
      const least = [...lines, ...sent.slice(0, noted)].sort();
      expect([least, [...lines, ...sent].sort()], `after ${String(waitMs)} ms`).toContainEqual(found);
      lines = found;
      expect(await next.write(complete(scene.cfg('one'), map()), never)).toMatchObject({ action: 'unchanged', worker });
      await next.close('keep', 1_000);
    }
    expect(lines.length).toBeGreaterThan(20);
    expect(await scene.worker()).toBe(worker);
  }, 60_000);

  it('changes nothing when the disk fails at any instant, and works again when it does', async () => {
    const failing = new FailingFiles();
    const sink = scene.sink({}, failing.operations);
    await scene.write(sink, scene.cfg('0'), file('maps/a.map', 'a b\n'));
    let version = '0';
    for (let n = 1; ; n += 1) {
      failing.arm(n, true);
      const outcome = await scene.write(sink, scene.cfg(String(n)), file('maps/a.map', 'a b\n')).catch((error: unknown) => error);
      failing.disarm();
      const served = (await scene.get()).version;
      if ((outcome as { status?: string }).status === 'applied') version = String(n);
      else expect(outcome, String(n)).toMatchObject({ code: 'SINK_UNWRITABLE', details: expect.anything() });
      expect(served, `operation ${String(n)}`).toBe(version);
      if (failing.count < n) break;
      // The same files once more: now they go through, whatever was left.
      const again = await scene.write(sink, scene.cfg(`${String(n)}a`), file('maps/a.map', 'a b\n'));
      expect(again, `operation ${String(n)}`).toMatchObject({ action: 'reloaded' });
      version = `${String(n)}a`;
      expect((await scene.get()).version).toBe(version);
    }
  }, 120_000);
});
