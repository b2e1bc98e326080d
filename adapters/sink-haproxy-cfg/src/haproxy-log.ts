import { closeSync, fstatSync, openSync, readSync, renameSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';

const maxBytes = 1024 * 1024;

/** The file that takes what HAProxy says on its outputs, where a pipe would die with us. */
export class HaproxyLog {
  readonly #path: string;
  /** What was said before. */
  readonly #before: string;

  constructor(path: string) {
    this.#path = path;
    this.#before = path + '.1';
  }

  /** Opens an empty file for a HAProxy that is about to start, and keeps the last words of the one before. To be closed by the caller. */
  openEmpty(): number {
    if (this.size > 0) renameSync(this.#path, this.#before);
    // To append, so that the file can be emptied while HAProxy writes.
    return openSync(this.#path, 'a', 0o600);
  }

  /** Where the next words will stand. */
  get size(): number {
    return statSync(this.#path, { throwIfNoEntry: false })?.size ?? 0;
  }

  /** What HAProxy said since the file had this size. For {@link parseCheckMessages}, not to be shown. */
  since(size: number): string {
    return this.#bytesSince(size).toString('utf8');
  }

  /** Whether it is time for {@link bound}. */
  get isTooLong(): boolean {
    return this.size > maxBytes;
  }

  /**
   * Moves the last words of a file that is too long out of the way. HAProxy goes on writing at the end, wherever that is, so the file can be
   * emptied under it; what it says in the microseconds between the copy and that is lost. Not while {@link since} is to be asked.
   */
  bound(): void {
    if (!this.isTooLong) return;
    // First, to make room on a full disk.
    rmSync(this.#before, { force: true });
    try {
      let copied = this.size - maxBytes;
      // A second time for what was said meanwhile.
      for (let times = 0; times < 2; times += 1) {
        const words = this.#bytesSince(copied);
        writeFileSync(this.#before, words, { mode: 0o600, flag: 'a' });
        copied += words.length;
      }
    } catch {
      // A disk that is full is one reason more to empty it.
    }
    truncateSync(this.#path);
  }

  #bytesSince(size: number): Buffer {
    try {
      const descriptor = openSync(this.#path, 'r');
      try {
        const end = fstatSync(descriptor).size;
        const start = Math.min(size, end);
        const buffer = Buffer.alloc(Math.min(end - start, maxBytes));
        return buffer.subarray(0, readSync(descriptor, buffer, 0, buffer.length, start));
      } finally {
        closeSync(descriptor);
      }
    } catch {
      return Buffer.alloc(0);
    }
  }
}
