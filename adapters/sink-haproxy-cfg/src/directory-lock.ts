import { randomUUID } from 'node:crypto';
import { signalboxError } from '@signalbox/core';
import type { FileOperations } from './file-operations.js';
import type { SinkPaths } from './options.js';
import { identify, isAlive } from './process-identity.js';
import type { ProcessIdentity } from './process-identity.js';
import { asUnwritable } from './unwritable.js';

interface Holder extends ProcessIdentity {
  readonly id: string;
}

/** The locks of this process: two sinks in one process are two sinks too. */
const held = new Set<string>();

/** Keeps two sinks from writing to one folder. The lock of a process that is gone does not count. */
export class DirectoryLock {
  readonly #folder: string;
  readonly #path: string;
  readonly #files: FileOperations;
  readonly #id: string = randomUUID();

  constructor({ configDir, lock }: SinkPaths, files: FileOperations) {
    this.#folder = configDir;
    this.#path = lock;
    this.#files = files;
  }

  /** Makes the folder where it is missing. May be called twice. @throws {@link SignalboxError} `SINK_UNWRITABLE` naming the process that has it. */
  async take(): Promise<void> {
    await asUnwritable(this.#folder, async () => this.#files.makeFolder(this.#folder));
    const holder = await this.#holder();
    if (holder?.id === this.#id) return;
    if (holder !== undefined && (holder.pid === process.pid ? held.has(holder.id) : isAlive(holder))) {
      throw signalboxError(
        'SINK_UNWRITABLE',
        `Process ${String(holder.pid)} writes to the folder of ${this.#path} already. Stop it, or choose another folder.`,
        {
          details: { pid: holder.pid },
        },
      );
    }
    await this.#files.remove(this.#path);
    await this.#files.writeNew(this.#path, JSON.stringify({ ...identify(process.pid), id: this.#id }), false).catch((cause: unknown) => {
      throw signalboxError('SINK_UNWRITABLE', `Could not write ${this.#path}: ${(cause as Error).message}.`, { cause });
    });
    held.add(this.#id);
  }

  async release(): Promise<void> {
    held.delete(this.#id);
    if ((await this.#holder())?.id === this.#id) await this.#files.remove(this.#path);
  }

  async #holder(): Promise<Holder | undefined> {
    const text = await this.#files.read(this.#path);
    try {
      const holder = text && (JSON.parse(text.toString('utf8')) as Holder);
      return typeof holder?.pid === 'number' ? holder : undefined;
    } catch {
      return undefined;
    }
  }
}
