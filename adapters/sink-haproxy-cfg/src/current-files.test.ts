import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FileEdit } from '@signalbox/core';
import type { FileOperations } from './file-operations.js';
import { FailingFiles } from './fixtures/failing-files.js';
import { files, insert, mapPath, Noting, put, remove } from './fixtures/noting.js';
import { parseJournal } from './journal-format.js';

describe('CurrentFiles', () => {
  let dir: string;
  beforeEach(async () => {
    // Where nothing has to wait for a disk.
    dir = await mkdtemp(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'current-files-'));
  });
  afterEach(async () => {
    await Noting.endAll();
    await rm(dir, { recursive: true, force: true });
  });
  const open = async (operations?: FileOperations): Promise<Noting> => new Noting(dir, operations).open();
  const written = async (operations?: FileOperations): Promise<Noting> => {
    const noting = await open(operations);
    await noting.write(files('one', 'a 1', 'b 2', 'c 3'));
    return noting;
  };
  const map = (...lines: string[]) => lines.map((line) => `${line}\n`).join('');

  it('keeps what is noted in a journal for its owner alone, and then in a generation', async () => {
    const noting = await written();
    await noting.current.note([insert('aa 1'), remove('b 2')]);
    await noting.current.note([
      put('certs/x.pem', 'key'),
      { path: 'haproxy.cfg' },
      put('maps/new.map', 'x 1\n'),
      insert('w 0', 'maps/new.map'),
    ]);
    expect((await stat(noting.paths.journal)).mode & 0o777).toBe(0o600);
    expect(await readFile(join(noting.paths.current, mapPath), 'utf8')).toBe(map('a 1', 'b 2', 'c 3'));
    expect(noting.current.isBehind).toBe(true);
    expect(await noting.contents()).toEqual({ 'certs/x.pem': 'key', [mapPath]: map('a 1', 'aa 1', 'c 3'), 'maps/new.map': 'w 0\nx 1\n' });
    expect(noting.current.generation?.manifest.get('certs/x.pem')?.secret).toBe(true);
    expect(noting.current.isBehind).toBe(false);
    expect(parseJournal(await noting.journal())).toMatchObject({ number: 2, edits: [] });
    expect(noting.running.record).toMatchObject({ generation: 2, settled: true });
  });

  it('leaves the files that nobody edits as they are on the disk', async () => {
    const noting = await written();
    const inode = async () => (await stat(join(noting.paths.current, 'haproxy.cfg'))).ino;
    const before = await inode();
    await noting.current.note([insert('aa 1')]);
    await noting.current.catchUp();
    expect(await inode()).toBe(before);
  });

  it('appends the edits in one operation, whatever the size of the files', async () => {
    const failing = new FailingFiles();
    const noting = await open(failing.operations);
    await noting.write(files('one', ...Array.from({ length: 50_000 }, (_, index) => `host${String(index)} b`).sort()));
    await noting.current.note([insert('a 0')]);
    const { length } = await noting.journal();
    failing.arm(Infinity, false);
    for (let index = 0; index < 100; index += 1) await noting.current.note([insert(`a ${String(index)}`)]);
    expect(failing.count).toBe(100);
    expect((await noting.journal()).length - length).toBeLessThan(100 * 200);
    expect((await noting.contents())[mapPath]?.split('\n')).toHaveLength(50_102);
  });

  it('takes up nothing before there are files, nothing for files that are not there, and no path that leaves the folder', async () => {
    const noting = await open();
    await expect(noting.current.note([insert('a 1')])).rejects.toMatchObject({ code: 'CONTROLLER_STATE' });
    await noting.write(files('one', 'a 1'));
    for (const edits of [
      [insert('x', 'maps/none.map')],
      [insert('b 1'), { path: mapPath }, insert('c 1')],
      [put('../x', 'y')],
      [put('.manifest.json', 'y')],
    ]) {
      await expect(noting.current.note(edits)).rejects.toMatchObject({ code: 'SINK_UNWRITABLE' });
    }
    expect(noting.current.isBehind).toBe(false);
    expect((await (await open()).contents())[mapPath]).toBe('a 1\n');
  });

  it('finds what was noted by one that came to no end, and HAProxy counts as having it', async () => {
    const first = await written();
    await first.current.note([insert('d 4')]);
    await first.current.note([remove('a 1')]);
    const second = await open();
    expect(await second.write(files('one', 'b 2', 'c 3', 'd 4'))).toBe('unchanged');
    expect(await second.contents()).toMatchObject({ [mapPath]: map('b 2', 'c 3', 'd 4') });
    // The one that has them by the next generation is not told twice either.
    const third = await open();
    await third.current.note([insert('e 5')]);
    expect((await (await open()).contents())[mapPath]).toBe(map('b 2', 'c 3', 'd 4', 'e 5'));
  });

  it('makes no generation of edits that come to nothing', async () => {
    const noting = await written();
    await noting.current.note([insert('d 4')]);
    await noting.current.note([remove('d 4')]);
    expect((await noting.current.catchUp())?.number).toBe(1);
    await noting.current.note([insert('e 5')]);
    expect((await (await open()).contents())[mapPath]).toBe(map('a 1', 'b 2', 'c 3', 'e 5'));
  });

  it('tells the files before what was noted from those with it', async () => {
    const noting = await written();
    await noting.current.note([insert('d 4')]);
    expect(await noting.write(files('one', 'a 1', 'b 2', 'c 3'))).toBe('reloaded');
    expect((await noting.contents())[mapPath]).toBe(map('a 1', 'b 2', 'c 3'));
    await noting.current.note([insert('d 4')]);
    expect(await noting.write(files('one', 'a 1', 'b 2', 'c 3', 'd 4'))).toBe('unchanged');
  });

  it('keeps what was noted when HAProxy does not take a change up', async () => {
    const noting = await written();
    await noting.current.note([insert('d 4')]);
    const two = { complete: false, files: new Map([['haproxy.cfg', { path: 'haproxy.cfg', content: 'two', secret: false }]]) };
    await expect(noting.write(two, new Error('taken'))).rejects.toThrow('taken');
    await noting.current.note([insert('e 5')]);
    expect(await (await open()).contents()).toEqual({ 'haproxy.cfg': 'one', [mapPath]: map('a 1', 'b 2', 'c 3', 'd 4', 'e 5') });
  });

  it('does not edit a file that somebody has changed or removed, and gets over it by a whole one', async () => {
    const noting = await written();
    await noting.current.note([insert('d 4')]);
    await writeFile(join(noting.paths.current, mapPath), 'evil\n');
    await expect(noting.current.catchUp()).rejects.toMatchObject({ code: 'SINK_UNWRITABLE', details: { paths: [mapPath] } });
    await expect(noting.write({ complete: false, files: new Map() })).rejects.toMatchObject({ code: 'SINK_UNWRITABLE' });
    expect(await noting.write(files('two', 'a 1', 'd 4'))).toBe('reloaded');
    expect(await noting.contents()).toEqual({ 'haproxy.cfg': 'two', [mapPath]: map('a 1', 'd 4') });
  });

  describe('the journal', () => {
    const noted = async (): Promise<Buffer> => {
      const noting = await written();
      for (const each of ['d 4', 'e 5\u2028ß', 'f 6']) await noting.current.note([insert(each)]);
      return noting.journal();
    };
    const expected = (records: number) => map('a 1', 'b 2', 'c 3', ...['d 4', 'e 5\u2028ß', 'f 6'].slice(0, records));

    it('counts as far as it is whole, wherever it was cut', async () => {
      const whole = await noted();
      for (let length = whole.length; length >= 0; length -= 1) {
        const cut = whole.subarray(0, length);
        const records = Math.max(0, cut.toString('latin1').split('\n').length - 2);
        expect(parseJournal(cut)?.edits ?? [], String(length)).toHaveLength(records);
      }
      // The same with files, at some places, and one may go on from there.
      for (const length of [whole.length - 1, whole.length - 80, 200, 150, 60, 0]) {
        await rm(dir, { recursive: true, force: true });
        await noted();
        const second = new Noting(dir);
        await truncate(second.paths.journal, length);
        const records = Math.max(0, whole.subarray(0, length).toString('latin1').split('\n').length - 2);
        await second.open();
        await second.current.note([insert('x 9')]);
        expect((await (await open()).contents())[mapPath], String(length)).toBe(expected(records) + 'x 9\n');
      }
    });

    it('counts as far as it is right, whatever bit has turned', async () => {
      const whole = await noted();
      const all = parseJournal(whole)?.edits ?? [];
      for (let at = 0; at < whole.length; at += 1) {
        const turned = Buffer.from(whole);
        turned[at] = turned[at]! ^ (1 << (at % 8));
        const { edits } = parseJournal(turned) ?? { edits: [] };
        expect(edits, String(at)).toEqual(all.slice(0, edits.length));
        expect(edits.length, String(at)).toBeLessThan(all.length);
      }
    });

    it('is void for another generation, and for another one of the same number', async () => {
      const old = await noted();
      const noting = await open();
      await noting.write(files('two', 'a 1'));
      await writeFile(noting.paths.journal, old);
      expect(await (await open()).contents()).toEqual({ 'haproxy.cfg': 'two', [mapPath]: 'a 1\n' });
      await rm(dir, { recursive: true, force: true });
      await (await open()).write(files('other', 'a 1'));
      await writeFile(noting.paths.journal, old);
      expect(await (await open()).contents()).toEqual({ 'haproxy.cfg': 'other', [mapPath]: 'a 1\n' });
    });

    it('takes up nothing of what could not be appended, even where that can hardly be taken back', async () => {
      for (const writesAll of [false, true]) {
        for (const failTimes of [1, 2, 3]) {
          await rm(dir, { recursive: true, force: true });
          const failing = new FailingFiles();
          const noting = await written(failing.operations);
          await noting.current.note([insert('d 4')]);
          failing.arm(1, false);
          failing.failTimes = failTimes;
          failing.writesAll = writesAll;
          await expect(noting.current.note([insert('e 5')])).rejects.toMatchObject({ code: 'SINK_UNWRITABLE' });
          failing.disarm();
          // With neither a cut nor a mark, only a crash before anything else would find it.
          if (failTimes < 3 || !writesAll) expect(parseJournal(await noting.journal())?.edits).toHaveLength(1);
          await noting.current.note([insert('f 6')]);
          const all = map('a 1', 'b 2', 'c 3', 'd 4', 'f 6');
          expect((await (await open()).contents())[mapPath]).toBe(all);
        }
      }
    });

    it('is mended by what follows where it was lost', async () => {
      const noting = await written();
      await noting.current.note([insert('d 4')]);
      await noting.current.close();
      const second = await open();
      await second.current.note([insert('e 5')]);
      expect(parseJournal(await second.journal())?.edits).toHaveLength(2);
      expect((await second.contents())[mapPath]).toBe(map('a 1', 'b 2', 'c 3', 'd 4', 'e 5'));
    });
  });

  describe('loses nothing that was noted', () => {
    type Step = (noting: Noting, count: number) => Promise<unknown>;
    const cfg = (content: string) => ({
      complete: false,
      files: new Map([['haproxy.cfg', { path: 'haproxy.cfg', content, secret: false }]]),
    });
    const note =
      (...edits: FileEdit[]): Step =>
      async (noting) =>
        noting.current.note(edits);
    const steps: readonly Step[] = [
      note(insert('d 4')),
      note(remove('a 1'), insert('e 5')),
      async (noting) => noting.current.catchUp(),
      note(insert('f 6')),
      async (noting) => noting.write(cfg('two')),
      note(put('maps/b.map', 'x 1\n')),
      note(insert('w 0', 'maps/b.map')),
      async (noting) => noting.current.catchUp(),
      note(insert('g 7')),
      async (noting) => noting.write(cfg('three')),
      async (noting) => noting.write(files('four', 'a 1')),
      note(insert('h 8')),
      // While a generation is built, more is noted.
      async (noting) => {
        building = noting.current.build();
        building.catch(() => undefined);
      },
      note(put('maps/b.map', 'y 2\n'), remove('a 1')),
      async () => {
        const built = building;
        building = Promise.resolve();
        await built;
      },
      note(insert('z 3', 'maps/b.map')),
      async (noting) => noting.current.switchOver(),
      note(insert('i 9')),
    ];
    let building: Promise<void> = Promise.resolve();
    /** What is there after so many steps. */
    const models: string[] = [];
    const prepare = async (): Promise<void> => {
      if (models.length > 0) return;
      const noting = await written();
      models.push(JSON.stringify(await noting.contents()));
      for (const step of steps) {
        await step(noting, 0);
        models.push(JSON.stringify(await readModel(noting)));
      }
    };
    /** Reads without changing anything. */
    const readModel = async (noting: Noting): Promise<Record<string, string>> => {
      const { generation } = noting.current;
      const { given, manifest } = await noting.current.draft({ complete: false, files: new Map() });
      const found: Record<string, string> = {};
      for (const path of [...manifest.keys()].sort()) {
        found[path] = given.get(path)?.content ?? (await readFile(join(generation!.folder, path), 'utf8'));
      }
      return found;
    };

    for (const [name, isCrash, failTimes, losesRecord] of [
      ['a crash at any instant', true, 1, false],
      ['a crash and a reboot', true, 1, true],
      ['a failure of any operation', false, 1, false],
      ['failures of any three operations', false, 3, false],
    ] as const) {
      it(`by ${name}`, async () => {
        await prepare();
        let survived = 0;
        for (let n = 1; survived === 0; n += 1) {
          await Noting.endAll();
          await rm(dir, { recursive: true, force: true });
          const failing = new FailingFiles();
          const noting = await written(failing.operations);
          failing.arm(n, isCrash);
          failing.failTimes = failTimes;
          let done = 0;
          for (const step of steps) {
            const failure = await step(noting, n).then(
              () => undefined,
              (error: unknown) => error as { code?: string },
            );
            // A dead one tells nobody that it has come to an end.
            if (failure === undefined && failing.crashed) break;
            if (failure === undefined) done += 1;
            else {
              expect(failure, `operation ${String(n)}, step ${String(done)}`).toMatchObject({ code: expect.stringMatching(/SINK|ENOSPC/) });
              break;
            }
          }
          if (done === steps.length && failing.count < n) survived = n;
          const isDead = failing.crashed;
          // What it still does is to have ended before others begin.
          if (isDead || done === steps.length) await noting.current.close();
          failing.disarm();
          const where = `operation ${String(n)}, after step ${String(done)}`;
          if (!isDead && done < steps.length) {
            // It goes on in the same life, and then in the next one. Of a build that failed as well nobody is told again.
            building = building.catch(() => undefined);
            expect(JSON.stringify(await readModel(noting)), where).toBe(models[done]);
            await noting.current.note([insert('z 0')]);
            const next = await open();
            const mapNow = (await readModel(next))[mapPath];
            expect(mapNow, where).toBe((JSON.parse(models[done]!) as Record<string, string>)[mapPath]! + 'z 0\n');
            await noting.current.note([remove('z 0')]);
            for (const step of steps.slice(done)) await step(noting, n);
            expect(JSON.stringify(await noting.contents()), where).toBe(models.at(-1));
          } else {
            if (losesRecord) await rm(noting.paths.runtimeDir, { recursive: true, force: true });
            const next = await open();
            expect([models[done], models[done + 1]], where).toContain(JSON.stringify(await readModel(next)));
            const found = JSON.stringify(await next.contents());
            expect([models[done], models[done + 1]], where).toContain(found);
            await next.current.note([insert('z 0')]);
            expect((await readModel(await open()))[mapPath], where).toContain('z 0\n');
          }
        }
        expect(survived).toBeGreaterThan(80);
      }, 60_000);
    }
  });
});
