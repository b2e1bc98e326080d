import type { FileEdit } from '@signalbox/core';
import type { FileOperations, GrowingFile } from './file-operations.js';
import { headLine, parseJournal, recordLine } from './journal-format.js';
import type { JournalContent } from './journal-format.js';
import { isSameGeneration } from './manifest.js';
import type { GenerationId } from './manifest.js';
import type { SinkPaths } from './options.js';
import { replaceFile } from './running-record.js';
import { asUnwritable } from './unwritable.js';

/** Not that of {@link replaceFile}, which may be at work on the old one. */
const preparedSuffix = '.next';

/** A journal without records that is on the disk under another name. */
interface Prepared {
  readonly of: GenerationId;
  readonly file: GrowingFile;
}

/** The file in which edits wait for a generation that has them. It is of one generation; a new one begins with it. */
export class Journal {
  readonly #folder: string;
  readonly #path: string;
  readonly #files: FileOperations;
  #file: GrowingFile | undefined;
  #prepared: Prepared | undefined;
  #length = 0;
  /** The hash of its last line. */
  #last = '';
  #hasRecords = false;

  constructor({ configDir, journal }: SinkPaths, files: FileOperations) {
    this.#folder = configDir;
    this.#path = journal;
    this.#files = files;
  }

  /** Whether it can be appended to. */
  get isOpen(): boolean {
    return this.#file !== undefined;
  }

  /** The hash of its last record, if it is open. */
  get last(): string | undefined {
    return this.#hasRecords ? this.#last : undefined;
  }

  /** What an earlier run left. */
  async read(): Promise<JournalContent | undefined> {
    const bytes = await this.#files.read(this.#path);
    return bytes && parseJournal(bytes);
  }

  /** Does beforehand what can be done of {@link Journal.begin}, while the old one is in use. Never rejects. */
  async prepare(of: GenerationId): Promise<void> {
    const path = this.#path + preparedSuffix;
    try {
      await this.#closePrepared();
      await this.#files.remove(path);
      await this.#files.writeNew(path, headLine(of).bytes.toString('utf8'), true);
      this.#prepared = { of, file: await this.#files.openGrowing(path) };
    } catch {
      // Then all is done in the end.
    }
  }

  /** Puts a new one in the place of the old one, with what was noted already. On rejection the old one stays, or the new one is there. */
  async begin(of: GenerationId, noted: readonly FileEdit[]): Promise<void> {
    const prepared = this.#takePrepared(of);
    await this.#closeFile();
    const head = headLine(of);
    const record = noted.length === 0 ? undefined : recordLine(head.hash, noted);
    const bytes = Buffer.concat([head.bytes, ...(record === undefined ? [] : [record.bytes])]);
    await asUnwritable(this.#folder, async () => {
      try {
        if (record !== undefined) await prepared?.write(record.bytes, head.bytes.length);
        if (prepared === undefined) await replaceFile(this.#files, this.#path, bytes.toString('utf8'), true);
        else await this.#files.rename(this.#path + preparedSuffix, this.#path);
        await this.#files.syncFolder(this.#folder);
        this.#file = prepared ?? (await this.#files.openGrowing(this.#path));
      } catch (error) {
        await prepared?.close().catch(() => undefined);
        throw error;
      }
    });
    this.#length = bytes.length;
    this.#last = (record ?? head).hash;
    this.#hasRecords = record !== undefined;
  }

  /** The edits are on the disk when this ends. On rejection nothing of them is, or it does not count. */
  async append(edits: readonly FileEdit[]): Promise<void> {
    const file = this.#file as GrowingFile;
    const { bytes, hash } = recordLine(this.#last, edits);
    await asUnwritable(this.#folder, async () => {
      await file.write(bytes, this.#length).catch(async (error: unknown) => {
        await this.#cutBack(file);
        throw error;
      });
    });
    this.#length += bytes.length;
    this.#last = hash;
    this.#hasRecords = true;
  }

  /** Ends the use of the file; it stays. Never rejects. */
  async close(): Promise<void> {
    await this.#closeFile();
    await this.#closePrepared();
  }

  #takePrepared(of: GenerationId): GrowingFile | undefined {
    const prepared = this.#prepared;
    if (prepared === undefined || !isSameGeneration(prepared.of, of)) return undefined;
    this.#prepared = undefined;
    return prepared.file;
  }

  async #closePrepared(): Promise<void> {
    const prepared = this.#prepared;
    this.#prepared = undefined;
    await prepared?.file.close().catch(() => undefined);
  }

  async #closeFile(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    await file?.close().catch(() => undefined);
  }

  /** Where not even this works, the record is spoilt in its place; and the file is not used again. */
  async #cutBack(file: GrowingFile): Promise<void> {
    await file.cut(this.#length).catch(async () => {
      await file.write(Buffer.from('\n'), this.#length).catch(() => undefined);
      await this.#closeFile();
    });
  }
}
