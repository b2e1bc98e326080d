import type { SinkMemory } from '@signalbox/core';
import type { FileOperations } from './file-operations.js';
import { sha256 } from './manifest.js';
import type { SinkPaths } from './options.js';
import { replaceFile } from './running-record.js';
import { asUnwritable } from './unwritable.js';

/** A text in a file of its own, under a line with its hash: one that is cut short or comes from elsewhere is none. */
export class FileMemory implements SinkMemory {
  readonly #folder: string;
  readonly #path: string;
  readonly #files: FileOperations;
  readonly #whenOurs: (task: () => Promise<void>) => Promise<void>;

  /** @param whenOurs - Runs a task with nothing else going on, or rejects if the folder is not ours to write to. */
  constructor(paths: SinkPaths, files: FileOperations, whenOurs: (task: () => Promise<void>) => Promise<void>) {
    this.#folder = paths.configDir;
    this.#path = paths.memory;
    this.#files = files;
    this.#whenOurs = whenOurs;
  }

  async read(): Promise<string | undefined> {
    const content = (await this.#files.read(this.#path))?.toString('utf8') ?? '';
    const end = content.indexOf('\n');
    const text = content.slice(end + 1);
    return end > 0 && content.slice(0, end) === sha256(text) ? text : undefined;
  }

  async write(text: string): Promise<void> {
    await this.#whenOurs(async () =>
      asUnwritable(this.#folder, async () => {
        await replaceFile(this.#files, this.#path, sha256(text) + '\n' + text, true);
        await this.#files.syncFolder(this.#folder);
      }),
    );
  }
}
