import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Interests } from '@signalbox/core';
import { type FilesOptions, files } from '../file-source.js';
import { FixedInterests, Recorder } from './recorder.js';

/** A folder of its own for a test; gone after it. */
export async function temporaryFolder(): Promise<{ readonly path: string } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), 'signalbox-files-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/** A source that runs, and what it handed over so far. */
export class Running implements AsyncDisposable {
  readonly seen: Recorder = new Recorder();
  readonly #stop = new AbortController();
  readonly ended: Promise<void>;

  constructor(options: FilesOptions, interests: Interests = new FixedInterests()) {
    this.ended = files(options).run(this.seen, interests, this.#stop.signal);
    this.ended.catch(() => undefined);
  }

  static async start(options: FilesOptions, interests?: Interests): Promise<Running> {
    const running = new Running(options, interests);
    await Promise.race([running.seen.until(() => running.seen.isSynced), running.ended]);
    return running;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.ended.catch(() => undefined);
  }
}
