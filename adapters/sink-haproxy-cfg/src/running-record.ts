import { SignalboxError } from '@signalbox/core';
import type { FileOperations } from './file-operations.js';
import type { GenerationId } from './manifest.js';
import type { SinkPaths } from './options.js';
import type { ProcessIdentity } from './process-identity.js';

/** What is known of the HAProxy that reads our files. */
export interface RunningRecord {
  /** The master, where we know it as a process of this machine. */
  readonly master?: ProcessIdentity;
  /** What HAProxy last took up. */
  readonly generation: number;
  readonly digest: string;
  /** `false` while a change is under way: HAProxy may have it already or not. */
  readonly settled: boolean;
}

/**
 * Knows what HAProxy runs, and keeps it in the runtime folder for the one who comes after us. The folder goes when the machine, and
 * HAProxy with it, restarts.
 */
export class RunningRecordKeeper {
  readonly #path: string;
  readonly #files: FileOperations;
  #record: RunningRecord | undefined;

  constructor(paths: SinkPaths, files: FileOperations) {
    this.#path = paths.record;
    this.#files = files;
  }

  get record(): RunningRecord | undefined {
    return this.#record;
  }

  /** What the one before us left. */
  async read(): Promise<RunningRecord | undefined> {
    const text = await this.#files.read(this.#path);
    try {
      const record = text && (JSON.parse(text.toString('utf8')) as RunningRecord);
      this.#record = typeof record?.digest === 'string' && typeof record.generation === 'number' ? record : undefined;
    } catch {
      this.#record = undefined;
    }
    return this.#record;
  }

  /** Whether HAProxy, which is this master if we know it as a process, has these files for sure. */
  isKnownToRun(generation: GenerationId, master: ProcessIdentity | undefined): boolean {
    const record = this.#record;
    const isSame = record?.master?.pid === master?.pid && record?.master?.startTime === master?.startTime;
    return record?.settled === true && record.digest === generation.digest && isSame;
  }

  /** Before HAProxy is told anything: from now on it may have the new files or not. Rejects if that cannot be noted. */
  async begin(): Promise<void> {
    if (this.#record?.settled === true) await this.#write({ ...this.#record, settled: false });
  }

  /** HAProxy has the files. Rejects if that cannot be noted, which costs a reload at the next start and no more. */
  async settle({ number, digest }: GenerationId, master: ProcessIdentity | undefined): Promise<void> {
    this.#record = { ...(master && { master }), generation: number, digest, settled: true };
    await this.#write(this.#record);
  }

  /** HAProxy has `to` where it had `from`, by another way. Rejects if that cannot be noted, which costs no more than with `settle`. */
  async carryOver(from: GenerationId, to: GenerationId): Promise<void> {
    const record = this.#record;
    if (record?.settled !== true || record.generation !== from.number || record.digest !== from.digest) return;
    this.#record = { ...record, generation: to.number, digest: to.digest };
    await this.#write(this.#record);
  }

  /** The change came to nothing. If HAProxy has said no, or was not told, it runs what it did; else one cannot know. */
  async undo(before: RunningRecord | undefined, error: unknown): Promise<void> {
    const isCertain = SignalboxError.is(error) && (error.details['refused'] === true || error.code === 'SINK_UNWRITABLE');
    if (isCertain && before?.settled === true) await this.#write(before);
  }

  async remove(): Promise<void> {
    this.#record = undefined;
    await this.#files.remove(this.#path);
  }

  async #write(record: RunningRecord): Promise<void> {
    await replaceFile(this.#files, this.#path, JSON.stringify(record));
    this.#record = record;
  }
}

/** Puts a file in the place of another in one step. Brought to the disk, if `durable`, where it has to outlive the machine's power. */
export async function replaceFile(files: FileOperations, path: string, content: string, durable: boolean = false): Promise<void> {
  await files.remove(path + '.new');
  await files.writeNew(path + '.new', content, durable);
  await files.rename(path + '.new', path);
}
