import { normalize, sep } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { type Diagnostic, type Interests, type ResourceWriter, type Source, signalboxError } from '@signalbox/core';
import { ChangeSignal } from './change-signal.js';
import { FollowedFile, type Patience } from './followed-file.js';
import { type FileTree, type FoundFile, scanFiles } from './file-tree.js';
import { type FileStatement, Ledger, printable } from './ledger.js';
import { ManifestReader } from './manifest-reader.js';

const filesAtOnce = 16;

/** What {@link files} takes. @public */
export interface FilesOptions {
  /** Directories, which are read with all folders in them, and files. Of two objects with the same name the one in the path named first wins. */
  readonly paths: string | readonly string[];
  /** Whether changes are followed. Default `true`; `false` reads once. */
  readonly follow?: boolean;
  /** How long files have to be quiet before a change is read, in milliseconds. Default 50. */
  readonly debounceMs?: number;
  /** How often files are looked at even if no change was told, in milliseconds. Default 2000. */
  readonly pollMs?: number;
}

/**
 * Reads the manifests of directories and files (`.yaml`, `.yml`, `.json`) and follows them. Does the API server's part: sets defaults,
 * reads old versions, and refuses what a cluster would refuse.
 *
 * What cannot be read becomes a diagnostic (`DOCUMENT_INVALID`, `OBJECT_INVALID`, `DUPLICATE_OBJECT`, `DEPRECATED_API_VERSION`,
 * `FILE_UNREADABLE`, `WATCH_UNAVAILABLE`); the objects that it held stay as they were.
 * @public
 */
export class FileSource implements Source {
  /** For logs and messages. */
  readonly name = 'files';
  /** Whoever writes the files runs HAProxy. */
  readonly isOperator = true;
  readonly #paths: readonly string[];
  readonly #options: FilesOptions;
  readonly #reader = new ManifestReader();
  readonly #files = new Map<string, FollowedFile>();
  readonly #patience: Patience;
  #order: readonly string[] = [];
  #watchFailure: string | undefined;
  #others: readonly Diagnostic[] = [];
  /** Whether the files may say something else than was last handed over. */
  #isChanged = true;

  constructor(options: FilesOptions) {
    const paths = typeof options.paths === 'string' ? [options.paths] : options.paths;
    this.#paths = paths.map((path) => normalize(path)).map((path) => (path.length > 1 && path.endsWith(sep) ? path.slice(0, -1) : path));
    this.#options = options;
    this.#patience = { settleMs: Math.max(100, 3 * (options.debounceMs ?? 50)) };
  }

  /**
   * Reads everything once and goes on following it until `signal` is aborted; without `follow` it waits, in case other kinds are asked for.
   * @throws {@link SignalboxError} `SOURCE_UNREADABLE` if one of the paths is not there at the start; the cause is kept.
   */
  async run(into: ResourceWriter, interests: Interests, signal: AbortSignal): Promise<void> {
    const { follow = true, debounceMs = 50, pollMs = 2000 } = this.#options;
    const changes = new ChangeSignal({ debounceMs, onWatchError: (error) => this.#watchFailed(error, changes) });
    const unsubscribe = interests.onChange(() => {
      if (this.#reader.isOutdated(interests.kinds)) changes.notify();
    });
    const ledger = new Ledger(into);
    try {
      for (let isFirst = true; !signal.aborted; isFirst = false) {
        const startMs = performance.now();
        const isOutdated = this.#reader.isOutdated(interests.kinds);
        if (isOutdated) this.#startAnew(interests);
        if (isFirst || isOutdated || follow) {
          const tree = await scanFiles(this.#paths);
          if (isFirst) refuseMissing(tree);
          await this.#read(tree, signal);
          this.#handOver(ledger, tree);
          if (follow) changes.watch(tree.directories);
        }
        // A tree that takes long to look at is looked at less often.
        const waitMs = this.#isInDoubt() ? this.#patience.settleMs : Math.max(pollMs, 20 * (performance.now() - startMs));
        await changes.wait(follow ? waitMs : Infinity, signal);
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      unsubscribe();
      await changes.close();
    }
  }

  #startAnew({ kinds }: Interests): void {
    this.#reader.want(kinds);
    for (const file of this.#files.values()) file.forget();
    this.#isChanged = true;
  }

  /** Reads what changed. */
  async #read(tree: FileTree, signal: AbortSignal): Promise<void> {
    const found = new Set(tree.files.map(({ path }) => path));
    for (let at = 0; at < tree.files.length; at += filesAtOnce) {
      await Promise.all(tree.files.slice(at, at + filesAtOnce).map((file) => this.#readFile(file, signal)));
    }
    for (const file of this.#files.values()) if (!found.has(file.path)) this.#missed(file, tree);
    signal.throwIfAborted();
    this.#order = this.#merged([...found]);
  }

  #handOver(ledger: Ledger, tree: FileTree): void {
    const others = [...this.#unreadable(tree)];
    if (!this.#isChanged && isDeepStrictEqual(others, this.#others)) return;
    this.#isChanged = false;
    this.#others = others;
    const files = this.#order.map((path) => this.#files.get(path)).filter((file) => file !== undefined);
    this.#reader.keepOnly(
      new Set(files.flatMap(({ readings }) => readings).flatMap(({ documents }) => documents.map(({ document }) => document))),
    );
    ledger.apply(files.map(statementOf), others);
  }

  async #readFile(file: FoundFile, signal: AbortSignal): Promise<void> {
    const followed = this.#files.get(file.path) ?? new FollowedFile(file.path);
    this.#files.set(file.path, followed);
    this.#isChanged ||= followed.isInDoubt;
    if (!followed.needsReading(file.stamp)) {
      followed.seenUnchanged(performance.now(), this.#patience);
      return;
    }
    this.#isChanged = true;
    try {
      followed.take(await this.#reader.read(file, signal), performance.now(), this.#patience);
    } catch (error) {
      if (signal.aborted) throw error;
      // Gone since the look at its folder: the next look tells.
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') followed.miss(performance.now(), this.#patience);
      else followed.fail(reasonOf(error));
    }
  }

  #missed(file: FollowedFile, tree: FileTree): void {
    this.#isChanged = true;
    const hidden = tree.unreadable.find(({ path }) => file.path === path || file.path.startsWith(path === sep ? path : `${path}${sep}`));
    if (hidden) file.fail('');
    else if (file.miss(performance.now(), this.#patience)) this.#files.delete(file.path);
  }

  /** The order of the files that are there, with those that are in doubt at their old places. */
  #merged(found: readonly string[]): string[] {
    const order = [...found];
    const present = new Set(found);
    for (const [index, path] of this.#order.entries()) {
      if (!this.#files.has(path) || present.has(path)) continue;
      const before = this.#order.slice(0, index).findLast((earlier) => present.has(earlier));
      order.splice(before === undefined ? 0 : order.indexOf(before) + 1, 0, path);
      present.add(path);
    }
    return order;
  }

  *#unreadable(tree: FileTree): Generator<Diagnostic> {
    for (const { path, cause } of tree.unreadable) yield unreadable(path, reasonOf(cause));
    for (const { path, failure } of this.#files.values()) if (failure) yield unreadable(path, failure);
    if (this.#watchFailure !== undefined) {
      const message = `the system does not tell of changes (${this.#watchFailure}); they are found by looking every few seconds. On Linux, fs.inotify.max_user_watches may be too low.`;
      yield { severity: 'warning', code: 'WATCH_UNAVAILABLE', message };
    }
  }

  #isInDoubt(): boolean {
    return this.#files.values().some(({ isInDoubt }) => isInDoubt);
  }

  #watchFailed(error: unknown, changes: ChangeSignal): void {
    // A directory that is gone is the next look's business.
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return;
    this.#watchFailure = reasonOf(error);
    changes.notify();
  }
}

/** A source that reads manifests from directories and files, and follows them. @public */
export function files(options: FilesOptions): FileSource {
  return new FileSource(options);
}

function statementOf(file: FollowedFile): FileStatement {
  const certain = file.namedInDoubt;
  return { path: file.path, documents: file.believed?.documents ?? [], holdsRest: file.failure !== undefined, ...(certain && { certain }) };
}

function refuseMissing({ unreadable }: FileTree): void {
  for (const { path, cause, isMissingRoot } of unreadable) {
    if (!isMissingRoot) continue;
    throw signalboxError(
      'SOURCE_UNREADABLE',
      `Expected manifests at ${printable(path)}, but nothing is there. Create this directory or file, or name another path.`,
      { details: { path }, cause },
    );
  }
}

function unreadable(path: string, reason: string): Diagnostic {
  const message = `${printable(path)} cannot be read: ${reason}. Expected is a file or directory that Signalbox may read; what it held before stays as it was.`;
  return { severity: 'error', code: 'FILE_UNREADABLE', message, source: { file: path, line: 1, column: 1 } };
}

function reasonOf(error: unknown): string {
  const reasons: Readonly<Record<string, string>> = {
    EACCES: 'permission is denied',
    EPERM: 'permission is denied',
    ENOENT: 'nothing is there',
    ENOTDIR: 'nothing is there',
    ELOOP: 'its links lead in a circle',
    EMFILE: 'too many files are open',
  };
  const { code, message } = error as NodeJS.ErrnoException;
  return (code !== undefined ? reasons[code] : undefined) ?? code ?? message;
}
