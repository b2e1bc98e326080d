import type { CheckOutcome, ConfigFile, FileEdit, WriteOutcome } from '@signalbox/core';
import { expect } from 'vitest';
import { freePorts } from '../haproxy/free-ports.js';
import { sendRequest } from '../haproxy/request.js';
import type { DurableSinkSubject } from './durable-sink-contract.js';

const never = new AbortController().signal;
const map = 'maps/contract.map';

/** A sink, and the port on which its HAProxy is to answer. */
export class DurableSinkTest implements AsyncDisposable {
  readonly subject: DurableSinkSubject;
  readonly #port: number;

  private constructor(subject: DurableSinkSubject, port: number) {
    this.subject = subject;
    this.#port = port;
  }

  /** With `value`, the sink serves version 1 with that row already. */
  static async prepare(factory: () => Promise<DurableSinkSubject> | DurableSinkSubject, value?: string): Promise<DurableSinkTest> {
    const [port = 0] = await freePorts(1);
    const test = new DurableSinkTest(await factory(), port);
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

  /** What {@link DurableSinkTest.row} changes, as an edit of the one item. */
  edit(from: string, to: string): FileEdit {
    return { path: map, like: '', remove: `key ${from}`, insert: `key ${to}` };
  }

  /** `undefined` where the sink cannot. */
  get note(): ((...edits: readonly FileEdit[]) => Promise<void>) | undefined {
    const { sink } = this.subject;
    return sink.note && ((...edits) => sink.note?.(edits, never) ?? Promise.resolve());
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

  check(...files: readonly ConfigFile[]): Promise<CheckOutcome> {
    return this.subject.sink.check({ complete: false, files: byPath(files) }, never);
  }

  async paths(): Promise<string[]> {
    return [...(await this.subject.files()).keys()];
  }

  async serves(version: string, value: string): Promise<void> {
    await this.hasFiles(version, value);
    await this.stillAnswers(version, value);
  }

  /** Whatever HAProxy has loaded of them. */
  async hasFiles(version: string, value: string): Promise<void> {
    const files = await this.subject.files();
    expect(files.get('haproxy.cfg')).toBe(this.config(version).content);
    expect(files.get(map)).toBe(this.row(value).content);
  }

  /** HAProxy has not been reloaded, whatever its files are. */
  async stillAnswers(version: string, value: string): Promise<void> {
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

export function byPath(files: readonly ConfigFile[]): Map<string, ConfigFile> {
  return new Map(files.map((file) => [file.path, file]));
}
