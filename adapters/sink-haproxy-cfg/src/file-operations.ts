import { constants } from 'node:fs';
import { copyFile, link, lstat, mkdir, open, readdir, readFile, readlink, rename, rmdir, symlink, unlink } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { piecesOf } from './file-pieces.js';

/** A file that is kept open and grows. */
export interface GrowingFile {
  /** Writes at a place, at the end as a rule; it is on the disk when this ends. */
  write(bytes: Uint8Array, at: number): Promise<void>;
  /** Forgets all behind `length`, on the disk too. */
  cut(length: number): Promise<void>;
  close(): Promise<void>;
}

/** A text in pieces, those of bytes in UTF-8. One may hold only until the next is asked for. */
export type Pieces = AsyncIterable<string | Uint8Array> | readonly (string | Uint8Array)[];

/** All that the sink does to files. A test passes its own, to fail or to count. */
export interface FileOperations {
  makeFolder(path: string): Promise<void>;
  /** Makes a file that only its owner can read; its content is on the disk when this ends, if `durable`. */
  writeNew(path: string, content: string | Pieces, durable: boolean): Promise<void>;
  /** Opens a file that is there. */
  openGrowing(path: string): Promise<GrowingFile>;
  /** Makes a second name for a file, or a copy where the file system has no second names. */
  link(from: string, to: string): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  symlink(target: string, path: string): Promise<void>;
  /** Removes a file or a whole folder; nothing there is fine. */
  remove(path: string): Promise<void>;
  /** Brings the entries of a folder to the disk. */
  syncFolder(path: string): Promise<void>;
  /** Names in a folder; none if it is not there. */
  list(path: string): Promise<readonly string[]>;
  /** Names of the sockets in a folder. */
  sockets(path: string): Promise<readonly string[]>;
  /** `undefined` if it cannot be read. */
  read(path: string): Promise<Buffer | undefined>;
  /** The pieces of a file, each of whole lines; one holds until the next is asked for. Asking rejects where it cannot be read. */
  pieces(path: string): AsyncIterable<Uint8Array>;
  /** What a symbolic link points to; `undefined` if it is not there or not one. */
  readLink(path: string): Promise<string | undefined>;
}

const noLinks = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'EMLINK', 'ENOSYS']);

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? '';
}

export const nodeFiles: FileOperations = {
  async makeFolder(path) {
    await mkdir(path, { mode: 0o700 }).catch(async (error: unknown) => {
      if (codeOf(error) === 'EEXIST') return;
      // Where only the parents are missing; asked at once, `recursive` would call a read-only disk "no such file".
      if (codeOf(error) !== 'ENOENT') throw error;
      await mkdir(path, { recursive: true, mode: 0o700 });
    });
  },
  async writeNew(path, content, durable) {
    const file = await open(path, 'wx', 0o600);
    try {
      for await (const piece of typeof content === 'string' ? [content] : content) await writeAll(file, piece);
      if (durable) await file.datasync();
    } finally {
      await file.close();
    }
  },
  async openGrowing(path) {
    // Each write waits for the disk: one call where there would be two.
    const file = await open(path, constants.O_RDWR | constants.O_DSYNC);
    return {
      async write(bytes, at) {
        await writeAll(file, bytes, at);
      },
      async cut(length) {
        await file.truncate(length);
        await file.datasync();
      },
      async close() {
        await file.close();
      },
    };
  },
  async link(from, to) {
    // link(2) follows no symbolic link here, and there are none: generations hold plain files.
    await link(from, to).catch(async (error: unknown) => {
      if (!noLinks.has(codeOf(error))) throw error;
      await copyFile(from, to);
    });
  },
  rename,
  symlink,
  async remove(path) {
    await removeAll(path);
  },
  async syncFolder(path) {
    const folder = await open(path, 'r');
    try {
      await folder.sync().catch((error: unknown) => {
        // Some file systems cannot, and need not.
        if (codeOf(error) !== 'EINVAL') throw error;
      });
    } finally {
      await folder.close();
    }
  },
  async list(path) {
    return readdir(path).catch((error: unknown) => {
      if (codeOf(error) === 'ENOENT') return [];
      throw error;
    });
  },
  async sockets(path) {
    const entries = await readdir(path, { withFileTypes: true });
    return entries.filter((entry) => entry.isSocket()).map(({ name }) => name);
  },
  async read(path) {
    return lstat(path)
      .then(async (stat) => (stat.isFile() ? readFile(path) : undefined))
      .catch(() => undefined);
  },
  pieces: piecesOf,
  async readLink(path) {
    return readlink(path).catch(() => undefined);
  },
};

/** Writes at a place, or else at the end of what was written. A text goes without a copy of it in a buffer, which Node would keep for long. */
async function writeAll(file: FileHandle, piece: string | Uint8Array, at?: number): Promise<void> {
  let done = 0;
  if (typeof piece === 'string') {
    done = (await file.write(piece)).bytesWritten;
    if (done === Buffer.byteLength(piece)) return;
  }
  const bytes = typeof piece === 'string' ? Buffer.from(piece) : piece;
  while (done < bytes.length)
    done += (await file.write(bytes, done, bytes.length - done, at === undefined ? null : at + done)).bytesWritten;
}

/** The `rm` of Node asks for all files of a folder at once, and whoever comes then waits for them. */
async function removeAll(path: string): Promise<void> {
  const error = await unlink(path).catch(codeOf);
  if (error === undefined || error === 'ENOENT') return;
  const entries = await readdir(path).catch(codeOf);
  if (entries === 'ENOENT') return;
  // Not a folder: it could not be removed.
  if (typeof entries === 'string') return unlink(path);
  await forEachAtOnce(entries, async (entry) => removeAll(join(path, entry)), 2);
  await rmdir(path);
}

/** Runs `task` for each item, at most `atOnce` at a time: a disk has queues, the thread pool has not. */
export async function forEachAtOnce<T>(items: Iterable<T>, task: (item: T) => Promise<void>, atOnce: number = 8): Promise<void> {
  const iterator = Iterator.from(items);
  const worker = async (): Promise<void> => {
    for (let next = iterator.next(); next.done !== true; next = iterator.next()) await task(next.value);
  };
  const ends = await Promise.allSettled(Array.from({ length: atOnce }, worker));
  const failure = ends.find((end) => end.status === 'rejected');
  if (failure !== undefined) throw failure.reason;
}
