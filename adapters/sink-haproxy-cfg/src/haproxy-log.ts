import { closeSync, fstatSync, openSync, readSync, renameSync, statSync, truncateSync } from 'node:fs';

const maxBytes = 1024 * 1024;

/** The file that takes what HAProxy says on its outputs, where a pipe would die with us. */
export class HaproxyLog {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  /** Opens an empty file for a HAProxy that is about to start, and keeps the last words of the one before. To be closed by the caller. */
  openEmpty(): number {
    if (this.size > 0) renameSync(this.#path, this.#path + '.1');
    // To append, so that the file can be emptied while HAProxy writes.
    return openSync(this.#path, 'a', 0o600);
  }

  /** Where the next words will stand. */
  get size(): number {
    return statSync(this.#path, { throwIfNoEntry: false })?.size ?? 0;
  }

  /** What HAProxy said since the file had this size. For {@link parseCheckMessages}, not to be shown. */
  since(size: number): string {
    try {
      const descriptor = openSync(this.#path, 'r');
      try {
        const end = fstatSync(descriptor).size;
        const start = Math.min(size, end);
        const buffer = Buffer.alloc(Math.min(end - start, maxBytes));
        return buffer.toString('utf8', 0, readSync(descriptor, buffer, 0, buffer.length, start));
      } finally {
        closeSync(descriptor);
      }
    } catch {
      return '';
    }
  }

  /** HAProxy goes on writing at the end, wherever that is: the file can be emptied under it. */
  bound(): void {
    if (this.size > maxBytes) truncateSync(this.#path);
  }
}
