import type { ConfigFile, DurableSink, FileChange, SinkReport } from '@signalbox/core';
import { describe, expect, it } from 'vitest';
import { byPath, DurableSinkTest as Test } from './durable-sink-test.js';
import { until } from './until.js';

/** A sink to hold against the contract. @public */
export interface DurableSinkSubject {
  readonly sink: DurableSink;
  /** The files that serve, by path; the sink may keep others of its own beside them. */
  files(): Promise<ReadonlyMap<string, string>> | ReadonlyMap<string, string>;
  /** `false` for a sink without a HAProxy: whether it answers is not asked then. Default true. */
  readonly isReal?: boolean;
  /** Makes another sink in the place of the first one, which is closed; absent where nothing outlives a sink. */
  reopen?(): Promise<DurableSink> | DurableSink;
  /** Cleans up after the test, and stops what was left serving. */
  end?(): Promise<void>;
}

const never = new AbortController().signal;
const map = 'maps/contract.map';

/**
 * Declares the tests that every {@link @signalbox/core#DurableSink} passes. The configurations that it is given listen on a free port of
 * loopback; the one that HAProxy refuses has the unknown keyword `contract-nonsense`.
 * @param name - of the sink, for the names of the tests.
 * @param factory - makes a sink that serves nothing yet; called once for each test.
 * @public
 */
export function durableSinkContract(name: string, factory: () => Promise<DurableSinkSubject> | DurableSinkSubject): void {
  describe(`${name} keeps the contract of durable sinks:`, { timeout: 30_000 }, () => {
    it('it knows what its HAProxy can do', async () => {
      await using test = await Test.prepare(factory);
      const { version, branch } = await test.subject.sink.features(never);
      expect(version).toMatch(/^\d+\.\d+/);
      expect(version.startsWith(branch.join('.'))).toBe(true);
      expect(test.subject.sink.name).not.toBe('');
    });

    it('it starts HAProxy with the first files', async () => {
      await using test = await Test.prepare(factory);
      expect(await test.write(test.config('1'), test.row('x'))).toMatchObject({ status: 'applied', action: 'started' });
      await test.serves('1', 'x');
    });

    it('it does nothing where nothing differs', async () => {
      await using test = await Test.prepare(factory, 'x');
      expect(await test.write(test.config('1'), test.row('x'))).toMatchObject({ status: 'applied', action: 'unchanged' });
      expect(await test.change(test.row('x'))).toMatchObject({ status: 'applied', action: 'unchanged' });
      await test.serves('1', 'x');
    });

    it('it leaves files that are not named as they are', async () => {
      await using test = await Test.prepare(factory, 'x');
      expect(await test.change(test.row('y'))).toMatchObject({ status: 'applied', action: 'reloaded' });
      await test.serves('1', 'y');
      expect(await test.change(test.config('2'))).toMatchObject({ status: 'applied', action: 'reloaded' });
      await test.serves('2', 'y');
    });

    it('it removes files that are to go, and those that a complete change does not name', async () => {
      await using test = await Test.prepare(factory, 'x');
      await test.change(
        { path: 'maps/other.map', content: 'a b\n', secret: false },
        { path: 'certs/other.pem', content: 'nobody reads this\n', secret: true },
      );
      expect(await test.paths()).toEqual(expect.arrayContaining(['maps/other.map', 'certs/other.pem']));
      await test.subject.sink.write({ complete: false, files: new Map([['maps/other.map', undefined]]) }, never);
      expect(await test.paths()).not.toContain('maps/other.map');
      expect(await test.paths()).toContain('certs/other.pem');
      await test.write(test.config('1'), test.row('x'));
      expect(await test.paths()).not.toContain('certs/other.pem');
      await test.serves('1', 'x');
    });

    it('it goes on with the last good files where HAProxy refuses the new ones, and forgets those', async () => {
      await using test = await Test.prepare(factory, 'x');
      const refused = await test.change(test.config('2', 'contract-nonsense'), test.row('y'));
      expect(refused).toMatchObject({ status: 'refused', lastGoodPasses: true });
      const alerts = refused.status === 'refused' ? refused.messages.filter(({ severity }) => severity === 'alert') : [];
      expect(alerts).toContainEqual(expect.objectContaining({ file: 'haproxy.cfg', line: test.lineOf('contract-nonsense') }));
      await test.serves('1', 'x');
      expect(await test.change(test.config('1'))).toMatchObject({ status: 'applied', action: 'unchanged' });
      expect(await test.change(test.config('3'))).toMatchObject({ status: 'applied', action: 'reloaded' });
      await test.serves('3', 'x');
    });

    it('it changes nothing where its signal was aborted before, and can be asked again', async () => {
      await using test = await Test.prepare(factory, 'x');
      const change: FileChange = { complete: false, files: new Map([[map, test.row('y')]]) };
      await expect(test.subject.sink.write(change, AbortSignal.abort())).rejects.toThrow();
      await test.serves('1', 'x');
      expect(await test.subject.sink.write(change, never)).toMatchObject({ status: 'applied', action: 'reloaded' });
      await test.serves('1', 'y');
    });

    it('it checks a change beside what serves, and remembers nothing of it', async () => {
      await using test = await Test.prepare(factory, 'x');
      const refused = await test.check(test.config('2', 'contract-nonsense'), test.row('y'));
      expect(refused.passed).toBe(false);
      expect(refused.messages).toContainEqual(
        expect.objectContaining({ severity: 'alert', file: 'haproxy.cfg', line: test.lineOf('contract-nonsense') }),
      );
      expect(await test.check(test.config('2'))).toMatchObject({ passed: true });
      await test.serves('1', 'x');
      expect(await test.change(test.config('1'), test.row('x'))).toMatchObject({ status: 'applied', action: 'unchanged' });
      expect(await test.change(test.config('2'))).toMatchObject({ status: 'applied', action: 'reloaded' });
      await test.serves('2', 'x');
    });

    it('it checks a whole configuration before the first write', async () => {
      await using test = await Test.prepare(factory);
      const whole = (config: ConfigFile): FileChange => ({ complete: true, files: byPath([config, test.row('x')]) });
      expect(await test.subject.sink.check(whole(test.config('1', 'contract-nonsense')), never)).toMatchObject({ passed: false });
      expect(await test.subject.sink.check(whole(test.config('1')), never)).toMatchObject({ passed: true });
      expect(await test.answer()).toBe(test.subject.isReal === false ? 'not asked' : 'nobody');
      expect(await test.write(test.config('1'), test.row('x'))).toMatchObject({ status: 'applied', action: 'started' });
    });

    it('it checks and writes in the order in which it is asked', async () => {
      await using test = await Test.prepare(factory, 'x');
      const nonsense = test.config('2', 'contract-nonsense');
      const [first, second, third] = await Promise.all([test.change(test.row('y')), test.check(nonsense), test.change(test.config('3'))]);
      expect([first, third]).toMatchObject([{ action: 'reloaded' }, { action: 'reloaded' }]);
      expect(second).toMatchObject({ passed: false });
      await test.serves('3', 'y');
    });

    it('it checks nothing where its signal was aborted before, and can be asked again', async () => {
      await using test = await Test.prepare(factory, 'x');
      const change: FileChange = { complete: false, files: new Map([[map, test.row('y')]]) };
      await expect(test.subject.sink.check(change, AbortSignal.abort())).rejects.toThrow();
      expect(await test.subject.sink.check(change, never)).toMatchObject({ passed: true });
      await test.serves('1', 'x');
    });

    it('it reloads HAProxy where it is told to, whatever is known', async () => {
      await using test = await Test.prepare(factory, 'x');
      const { sink } = test.subject;
      expect(await sink.write({ complete: false, files: new Map(), mustReload: true }, never)).toMatchObject({ action: 'reloaded' });
      await test.serves('1', 'x');
      expect(await test.change()).toMatchObject({ action: 'unchanged' });
    });

    it('it brings what is noted into the files, and reloads nothing for it', async ({ skip }) => {
      await using test = await Test.prepare(factory, 'x');
      const note = test.note ?? skip('the sink has no note');
      await note(test.edit('x', 'y'));
      await until(
        () => 'the files have it',
        async () => (await test.subject.files()).get(map) === test.row('y').content,
      );
      await note(test.edit('y', 'z'), { path: 'maps/other.map', file: { path: 'maps/other.map', content: 'a b\n', secret: false } });
      await note({ path: 'maps/other.map', like: '', insert: 'a a' });
      expect(await test.change()).toMatchObject({ action: 'unchanged' });
      await test.hasFiles('1', 'z');
      expect((await test.subject.files()).get('maps/other.map')).toBe('a a\na b\n');
      expect(await test.write(test.config('1'), test.row('z'))).toMatchObject({ action: 'reloaded' });
      expect(await test.paths()).not.toContain('maps/other.map');
      await note(test.edit('z', 'y'));
      expect(await test.write(test.config('1'), test.row('y'))).toMatchObject({ action: 'unchanged' });
      await test.stillAnswers('1', 'z');
    });

    it('it builds on what is noted', async ({ skip }) => {
      await using test = await Test.prepare(factory, 'x');
      const note = test.note ?? skip('the sink has no note');
      await note(test.edit('x', 'y'));
      expect(await test.check(test.config('2', 'contract-nonsense'))).toMatchObject({ passed: false });
      expect(await test.change(test.config('2', 'contract-nonsense'))).toMatchObject({ status: 'refused' });
      await note(test.edit('y', 'z'));
      await expect(test.subject.sink.write({ complete: true, files: new Map() }, AbortSignal.abort())).rejects.toThrow();
      expect(await test.change(test.config('2'))).toMatchObject({ action: 'reloaded' });
      await test.serves('2', 'z');
    });

    it('it forgets what is noted for files that are written as a whole', async ({ skip }) => {
      await using test = await Test.prepare(factory, 'x');
      const note = test.note ?? skip('the sink has no note');
      await note(test.edit('x', 'y'));
      expect(await test.change(test.row('x'))).toMatchObject({ action: 'reloaded' });
      await test.serves('1', 'x');
      await note(test.edit('x', 'y'));
      expect(await test.write(test.config('1'), test.row('x'))).toMatchObject({ action: 'reloaded' });
      await test.serves('1', 'x');
    });

    it('it takes up nothing before the first write, or where its signal was aborted', async ({ skip }) => {
      await using test = await Test.prepare(factory);
      const note = test.note ?? skip('the sink has no note');
      await expect(note(test.edit('x', 'y'))).rejects.toThrow();
      await test.write(test.config('1'), test.row('x'));
      await expect(test.subject.sink.note?.([test.edit('x', 'y')], AbortSignal.abort())).rejects.toThrow();
      expect(await test.change()).toMatchObject({ action: 'unchanged' });
      await test.serves('1', 'x');
    });

    it('it keeps what is noted for the sink that comes after it, which reloads nothing for it', async ({ skip }) => {
      await using test = await Test.prepare(factory, 'x');
      const note = test.note ?? skip('the sink has no note');
      const reopen = (test.subject.isReal !== false && test.subject.reopen?.bind(test.subject)) || skip('nothing outlives the sink');
      await note(test.edit('x', 'y'));
      await test.subject.sink.close('keep', 2000);
      const next = await reopen();
      const written = await next.write({ complete: true, files: byPath([test.config('1'), test.row('y')]) }, never);
      expect(written).toMatchObject({ action: 'unchanged' });
      await test.hasFiles('1', 'y');
      await test.stillAnswers('1', 'x');
      await next.close('stop', 2000);
    });

    it('it keeps one text, the last one', async ({ skip }) => {
      await using test = await Test.prepare(factory);
      const memory = test.subject.sink.memory ?? skip('the sink has no memory');
      expect(await memory.read()).toBeUndefined();
      for (const text of ['first', '', 'last\nß\u2028 '.repeat(10_000)]) {
        await memory.write(text);
        expect(await memory.read()).toBe(text);
      }
      await test.write(test.config('1'), test.row('x'));
      await test.serves('1', 'x');
      await Promise.all(['one', 'two'].map((text) => memory.write(text)));
      expect(await memory.read()).toBe('two');
    });

    it('it keeps the text for the sink that comes after it', async ({ skip }) => {
      await using test = await Test.prepare(factory, 'x');
      const memory = test.subject.sink.memory ?? skip('the sink has no memory');
      const reopen = test.subject.reopen?.bind(test.subject) ?? skip('nothing outlives the sink');
      await memory.write('kept');
      await test.subject.sink.close('stop', 2000);
      const next = await reopen();
      expect(await next.memory?.read()).toBe('kept');
      await next.memory?.write('replaced');
      expect(await next.memory?.read()).toBe('replaced');
      await next.close('stop', 2000);
    });

    it('it stops HAProxy at the end', async () => {
      await using test = await Test.prepare(factory, 'x');
      await test.subject.sink.close('stop', 2000);
      expect(await test.answer()).toBe(test.subject.isReal === false ? 'not asked' : 'nobody');
    });

    it('it leaves HAProxy serving where that is wanted', async () => {
      await using test = await Test.prepare(factory, 'x');
      await test.subject.sink.close('keep', 2000);
      await test.serves('1', 'x');
    });

    it('it tells nothing to those who have stopped listening', async () => {
      await using test = await Test.prepare(factory);
      const heard: SinkReport[] = [];
      const end = test.subject.sink.onReport((report) => heard.push(report));
      end();
      await test.write(test.config('1'), test.row('x'));
      await test.subject.sink.close('stop', 2000);
      expect(heard).toEqual([]);
    });
  });
}
