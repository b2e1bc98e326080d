import type { ConfigFile, DurableSink, FileChange, SinkReport, WriteOutcome } from '@signalbox/core';
import { describe, expect, it } from 'vitest';
import { freePorts } from '../haproxy/free-ports.js';
import { sendRequest } from '../haproxy/request.js';

/** A sink to hold against the contract. @public */
export interface DurableSinkSubject {
  readonly sink: DurableSink;
  /** The files that serve, by path; the sink may keep others of its own beside them. */
  files(): Promise<ReadonlyMap<string, string>> | ReadonlyMap<string, string>;
  /** `false` for a sink without a HAProxy: whether it answers is not asked then. Default true. */
  readonly isReal?: boolean;
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

/** A sink, and the port on which its HAProxy is to answer. */
class Test implements AsyncDisposable {
  readonly subject: DurableSinkSubject;
  readonly #port: number;

  private constructor(subject: DurableSinkSubject, port: number) {
    this.subject = subject;
    this.#port = port;
  }

  /** With `value`, the sink serves version 1 with that row already. */
  static async prepare(factory: () => Promise<DurableSinkSubject> | DurableSinkSubject, value?: string): Promise<Test> {
    const [port = 0] = await freePorts(1);
    const test = new Test(await factory(), port);
    if (value !== undefined) {
      await test.subject.sink.features(never);
      await test.write(test.config('1'), test.row(value));
    }
    return test;
  }

  config(version: string, nonsense = ''): ConfigFile {
    return { path: 'haproxy.cfg', content: configLines(this.#port, version, nonsense).join('\n'), secret: false };
  }

  row(value: string): ConfigFile {
    return { path: map, content: `key ${value}\n`, secret: false };
  }

  lineOf(word: string): number {
    return configLines(this.#port, '1', word).findIndex((line) => line.includes(word)) + 1;
  }

  write(...files: readonly ConfigFile[]): Promise<WriteOutcome> {
    return this.subject.sink.write({ complete: true, files: byPath(files) }, never);
  }

  change(...files: readonly ConfigFile[]): Promise<WriteOutcome> {
    return this.subject.sink.write({ complete: false, files: byPath(files) }, never);
  }

  async paths(): Promise<string[]> {
    return [...(await this.subject.files()).keys()];
  }

  async serves(version: string, value: string): Promise<void> {
    const files = await this.subject.files();
    expect(files.get('haproxy.cfg')).toBe(this.config(version).content);
    expect(files.get(map)).toBe(this.row(value).content);
    if (this.subject.isReal !== false) expect(await this.answer()).toBe(`${version} ${value}`);
  }

  /** What HAProxy answers: version and row. */
  async answer(): Promise<string> {
    if (this.subject.isReal === false) return 'not asked';
    try {
      const { headers } = await sendRequest({ port: this.#port, host: 'contract', headers: { Connection: 'close' } });
      return [headers['x-version'], headers['x-row']].join(' ');
    } catch {
      return 'nobody';
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.subject.sink.close('stop', 1000);
    await this.subject.end?.();
  }
}

function configLines(port: number, version: string, nonsense: string): string[] {
  return [
    'global',
    '  default-path config',
    'defaults',
    '  mode http',
    '  timeout client 10s',
    '  timeout server 10s',
    '  timeout connect 1s',
    'frontend contract',
    `  bind 127.0.0.1:${port}`,
    `  http-request return status 200 hdr x-version ${version} hdr x-row %[str(key),map_str(${map})]`,
    ...(nonsense === '' ? [] : [`  ${nonsense}`]),
    '',
  ];
}

function byPath(files: readonly ConfigFile[]): Map<string, ConfigFile> {
  return new Map(files.map((file) => [file.path, file]));
}
