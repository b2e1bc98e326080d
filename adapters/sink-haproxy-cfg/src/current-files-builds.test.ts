import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FailingFiles } from './fixtures/failing-files.js';
import { files, insert, mapPath, Noting, put, remove } from './fixtures/noting.js';
import { parseJournal } from './journal-format.js';

describe('CurrentFiles, while a generation is built', () => {
  let dir: string;
  let failing: FailingFiles;
  beforeEach(async () => {
    dir = await mkdtemp(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'builds-'));
    failing = new FailingFiles();
  });
  afterEach(async () => {
    await Noting.endAll();
    await rm(dir, { recursive: true, force: true });
  });
  const map = (...lines: string[]) => lines.map((line) => `${line}\n`).join('');
  const open = async (): Promise<Noting> => new Noting(dir).open();
  /** With something to build. */
  const noted = async (): Promise<Noting> => {
    const noting = await new Noting(dir, failing.operations).open();
    await noting.write(files('one', 'a 1', 'b 2'));
    await noting.current.note([insert('c 3')]);
    return noting;
  };
  const generations = async (noting: Noting) => (await readdir(noting.paths.generations)).sort();

  it('takes up what is noted at any instant of it', async () => {
    let operations = Infinity;
    for (let n = 1; n <= operations; n += 1) {
      await Noting.endAll();
      await rm(dir, { recursive: true, force: true });
      const noting = await noted();
      let late: Promise<void> | undefined;
      failing.arm(Infinity, false);
      failing.onOperation = (count) => {
        if (count === n && late === undefined) late = noting.current.note([insert('d 4'), remove('a 1')]);
      };
      await noting.current.build();
      // The note itself is one.
      operations = failing.count - (late === undefined ? 0 : 1);
      await late;
      failing.onOperation = () => undefined;
      expect(noting.current.generation?.number).toBe(1);
      expect(await noting.current.switchOver()).toBe(true);
      expect(noting.current.generation?.number, `operation ${String(n)}`).toBe(2);
      const journal = parseJournal(await noting.journal());
      expect(journal, `operation ${String(n)}`).toMatchObject({ number: 2, edits: [insert('d 4'), remove('a 1')] });
      expect(noting.running.record).toMatchObject({ generation: 2 });
      await noting.current.close();
      const next = await open();
      expect((await next.contents())[mapPath], `operation ${String(n)}`).toBe(map('b 2', 'c 3', 'd 4'));
    }
    expect(operations).toBeGreaterThan(8);
  });

  it('is cut off after the switch: the journal of before has the rest, and HAProxy counts as having it', async () => {
    const noting = await noted();
    await noting.current.build();
    await noting.current.note([insert('d 4')]);
    await noting.current.note([remove('a 1')]);
    const journal = await noting.journal();
    await noting.current.switchOver();
    await noting.current.close();
    await writeFile(noting.paths.journal, journal);

    const next = await open();
    expect(next.current.generation?.number).toBe(2);
    expect(parseJournal(await next.journal())).toMatchObject({ number: 2, edits: [insert('d 4'), remove('a 1')] });
    expect(await next.write(files('one', 'b 2', 'c 3', 'd 4'))).toBe('unchanged');
    expect((await next.contents())[mapPath]).toBe(map('b 2', 'c 3', 'd 4'));
  });

  it('is cut off after the switch with a journal that was begun anew meanwhile: that one has all', async () => {
    const noting = await noted();
    await noting.current.build();
    failing.arm(1, false);
    failing.failTimes = 3;
    await expect(noting.current.note([insert('x 0')])).rejects.toMatchObject({ code: 'SINK_UNWRITABLE' });
    failing.disarm();
    await noting.current.note([insert('d 4')]);
    const journal = await noting.journal();
    await noting.current.switchOver();
    await noting.current.close();
    await writeFile(noting.paths.journal, journal);
    expect((await (await open()).contents())[mapPath]).toBe(map('a 1', 'b 2', 'c 3', 'd 4'));
  });

  it('keeps nothing of what is refused, and loses nothing of what is noted around that', async () => {
    for (const failTimes of [1, 2, 3]) {
      await Noting.endAll();
      await rm(dir, { recursive: true, force: true });
      const noting = await noted();
      await noting.current.build();
      await noting.current.note([insert('d 4')]);
      failing.arm(1, false);
      failing.failTimes = failTimes;
      await expect(noting.current.note([insert('x 0')])).rejects.toMatchObject({ code: 'SINK_UNWRITABLE' });
      failing.disarm();
      await noting.current.switchOver();
      await noting.current.note([insert('e 5')]);
      await noting.current.close();
      expect((await (await open()).contents())[mapPath]).toBe(map('a 1', 'b 2', 'c 3', 'd 4', 'e 5'));
    }
  });

  it('leaves all as it was where the switch fails, and goes on where only the new journal does', async () => {
    const outcomes: string[] = [];
    for (let n = 1; outcomes.at(-1) !== 'whole'; n += 1) {
      await Noting.endAll();
      await rm(dir, { recursive: true, force: true });
      const noting = await noted();
      await noting.current.build();
      await noting.current.note([insert('d 4')]);
      failing.arm(n, false);
      failing.failTimes = 1;
      const outcome = await noting.current.switchOver().then(
        () => (failing.count < n ? 'whole' : 'half'),
        () => 'failed',
      );
      failing.disarm();
      outcomes.push(outcome);
      expect(noting.current.generation?.number).toBe(outcome === 'failed' ? 1 : 2);
      expect(noting.current.isBehind).toBe(true);
      expect((await (await open()).contents())[mapPath], `operation ${String(n)}`).toBe(map('a 1', 'b 2', 'c 3', 'd 4'));
    }
    expect(new Set(outcomes)).toEqual(new Set(['failed', 'half', 'whole']));
  });

  it('takes whole files and their items in turn, before and after', async () => {
    const noting = await noted();
    await noting.current.note([put('maps/b.map', 'x 1\n'), put('maps/c.map', 'x 1\n'), { path: 'haproxy.cfg' }]);
    await noting.current.build();
    await noting.current.note([insert('y 2', 'maps/b.map'), { path: 'maps/c.map' }]);
    await expect(noting.current.note([insert('y 2', 'maps/c.map')])).rejects.toMatchObject({ code: 'SINK_UNWRITABLE' });
    await noting.current.note([put('haproxy.cfg', 'two')]);
    await noting.current.switchOver();
    await expect(noting.current.note([insert('y 2', 'maps/c.map')])).rejects.toMatchObject({ code: 'SINK_UNWRITABLE' });
    await noting.current.note([insert('z 3', 'maps/b.map')]);
    const expected = { 'haproxy.cfg': 'two', [mapPath]: map('a 1', 'b 2', 'c 3'), 'maps/b.map': map('x 1', 'y 2', 'z 3') };
    await noting.current.close();
    expect(await (await open()).contents()).toEqual(expected);
  });

  it('comes to nothing where that is what was noted amounts to, and keeps what came since', async () => {
    const noting = await noted();
    await noting.current.note([remove('c 3')]);
    await noting.current.build();
    await noting.current.note([insert('d 4')]);
    expect(await noting.current.switchOver()).toBe(true);
    expect(noting.current.generation?.number).toBe(1);
    expect(parseJournal(await noting.journal())?.edits).toEqual([insert('d 4')]);
    expect((await (await open()).contents())[mapPath]).toBe(map('a 1', 'b 2', 'd 4'));
  });

  it('gives way to all that needs the files, at any instant, and leaves nothing behind', async () => {
    const two = files('two', 'a 1', 'b 2', 'c 3');
    for (const [name, task] of Object.entries<(noting: Noting) => Promise<unknown>>({
      'a write': async (noting) => noting.write(two),
      'a catch-up': async (noting) => noting.current.catchUp(),
      'an end': async (noting) => noting.current.close(),
    })) {
      for (let n = 1, isOver = false; !isOver; n += 1) {
        await Noting.endAll();
        await rm(dir, { recursive: true, force: true });
        const noting = await noted();
        let other: Promise<unknown> | undefined;
        failing.arm(Infinity, false);
        failing.onOperation = (count) => {
          if (count === n && other === undefined) other = task(noting);
        };
        await noting.current.build();
        isOver = other === undefined;
        failing.onOperation = () => undefined;
        await (other ?? task(noting));
        expect(await noting.current.switchOver(), `${name} at operation ${String(n)}`).toBe(false);
        const present = await generations(noting);
        expect(present.filter((each) => each.endsWith('.new'))).toEqual([]);
        expect(present.length).toBeLessThanOrEqual(2);
        await noting.current.close();
        const found = await (await open()).contents();
        expect(found, `${name} at operation ${String(n)}`).toMatchObject({ [mapPath]: map('a 1', 'b 2', 'c 3') });
      }
    }
  });
});
