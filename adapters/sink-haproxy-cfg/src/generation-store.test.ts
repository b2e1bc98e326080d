import { mkdtemp, readdir, readFile, readlink, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { nodeFiles } from './file-operations.js';
import type { FileOperations } from './file-operations.js';
import { FailingFiles } from './fixtures/failing-files.js';
import { complete, file, never } from './fixtures/scene.js';
import { GenerationStore } from './generation-store.js';
import type { Generation } from './generation-store.js';
import { draft } from './manifest.js';
import { SinkPaths } from './options.js';

const files = (version: string) =>
  complete(file('haproxy.cfg', version), file('certs/a.pem', 'same', true), file('maps/x.map', `x ${version}\n`));

describe('GenerationStore', () => {
  let dir: string;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'generations-'));
  });
  afterEach(async () => {
    await rm(dir, { recursive: true, force: true });
  });
  const store = (operations: FileOperations = nodeFiles) =>
    new GenerationStore(new SinkPaths({ configDir: dir, runtimeDir: join(dir, 'run') }), operations);
  const put = async (into: GenerationStore, before: Generation | undefined, version: string): Promise<Generation> =>
    into.activate(await into.build(draft(before?.manifest ?? new Map(), files(version)), before, never), before);

  it('finds again what it wrote, in another life', async () => {
    const first = store();
    expect(await first.open(undefined)).toBeUndefined();
    const one = await put(first, undefined, 'one');
    const two = await put(first, one, 'two');
    expect(await store().open(undefined)).toEqual(two);
    expect(await readFile(join(dir, 'current/maps/x.map'), 'utf8')).toBe('x two\n');
  });

  it('goes back to the last good generation when a change was cut off after the swap', async () => {
    const first = store();
    await first.open(undefined);
    const one = await put(first, undefined, 'one');
    await put(first, one, 'two');
    expect(await store().open({ number: one.number, digest: one.digest })).toEqual(one);
    expect(await readlink(join(dir, 'current'))).toBe('generations/1');
  });

  it('does not take a generation for whole that is not', async () => {
    const first = store();
    await first.open(undefined);
    const one = await put(first, undefined, 'one');
    await rm(join(one.folder, 'maps/x.map'));
    expect(await store().open(undefined)).toBeUndefined();
  });

  it('writes a file anew that somebody removed behind its back', async () => {
    const into = store();
    await into.open(undefined);
    const one = await put(into, undefined, 'one');
    await rm(join(one.folder, 'certs/a.pem'));
    await put(into, one, 'two');
    expect(await readFile(join(dir, 'current/certs/a.pem'), 'utf8')).toBe('same');
  });

  it('keeps a file from leaving its folder', () => {
    for (const path of ['../x', '/etc/x', 'a/../../x', 'a//b', '', '.', '.manifest.json', 'a\0b']) {
      expect(() => draft(new Map(), complete(file(path, '')))).toThrow(expect.objectContaining({ code: 'SINK_UNWRITABLE' }));
    }
  });

  for (const isCrash of [false, true]) {
    it(`has a whole generation after ${isCrash ? 'a crash' : 'a failure'} at any instant`, async () => {
      const failing = new FailingFiles();
      let survived = 0;
      for (let n = 1; ; n += 1) {
        const base = join(dir, String(n));
        const paths = new SinkPaths({ configDir: base, runtimeDir: join(base, 'run') });
        failing.disarm();
        const victim = new GenerationStore(paths, failing.operations);
        await victim.open(undefined);
        const put = async (into: GenerationStore, before: Generation | undefined, version: string) =>
          into.activate(await into.build(draft(before?.manifest ?? new Map(), files(version)), before, never), before);
        const one = await put(victim, undefined, 'one');
        failing.arm(n, isCrash);
        const outcome = await put(victim, one, 'two').then(
          () => 'applied',
          (error: unknown) => (error as { code: string }).code,
        );
        failing.disarm();
        if (outcome === 'applied') {
          survived = n;
          break;
        }
        expect(outcome).toBe('SINK_UNWRITABLE');
        const current = async () => readFile(join(base, 'current/haproxy.cfg'), 'utf8');
        if (!isCrash) expect(await current(), `operation ${String(n)}`).toBe('one');

        const next = new GenerationStore(paths, nodeFiles);
        const found = await next.open(undefined);
        expect(found?.digest, `operation ${String(n)}`).toBe(draft(new Map(), files(await current())).digest);
        expect((await readdir(paths.generations)).filter((name) => name.endsWith('.new'))).toEqual([]);
        const three = await put(next, found, 'three');
        expect(await current()).toBe('three');
        await next.keepOnly([three]);
        expect(await readdir(paths.generations)).toHaveLength(1);
      }
      expect(survived).toBeGreaterThan(12);
    });
  }
});
