import type { FileOperations } from './file-operations.js';
import type { ProcessIdentity } from './process-identity.js';
import type { SinkPaths } from './options.js';

/** What we know of the HAProxy that reads our files, for the one who comes after us. */
export interface RunningRecord {
  /** The master, where we know it as a process of this machine. */
  readonly master?: ProcessIdentity;
  /** What HAProxy last took up. */
  readonly generation: number;
  readonly digest: string;
  /** `false` while a change is under way: HAProxy may have it already or not. */
  readonly settled: boolean;
  /** Only one that we started may be stopped. */
  readonly ours: boolean;
}

/** Keeps the record in the runtime folder, which goes when the machine, and HAProxy with it, restarts. */
export class RunningRecords {
  readonly #path: string;
  readonly #files: FileOperations;

  constructor(paths: SinkPaths, files: FileOperations) {
    this.#path = paths.record;
    this.#files = files;
  }

  async read(): Promise<RunningRecord | undefined> {
    const text = await this.#files.read(this.#path);
    try {
      const record = text && (JSON.parse(text.toString('utf8')) as RunningRecord);
      return typeof record?.digest === 'string' && typeof record.generation === 'number' ? record : undefined;
    } catch {
      return undefined;
    }
  }

  async write(record: RunningRecord): Promise<void> {
    await replaceFile(this.#files, this.#path, JSON.stringify(record));
  }

  async remove(): Promise<void> {
    await this.#files.remove(this.#path);
  }
}

/** Puts a file in the place of another in one step. Not brought to the disk: for what need not outlive the machine. */
export async function replaceFile(files: FileOperations, path: string, content: string): Promise<void> {
  await files.remove(path + '.new');
  await files.writeNew(path + '.new', content, false);
  await files.rename(path + '.new', path);
}
