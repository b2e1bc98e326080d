import type { BigIntStats, Dirent } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** A file to read. */
export interface FoundFile {
  /** As a user would name it: below the path that was given. */
  readonly path: string;
  /** Changes when the file does. */
  readonly stamp: string;
  readonly size: number;
  /** When it changed last, by the clock of the file system. */
  readonly changedMs: number;
}

/** A path that could not be read, and why. */
export interface Unreadable {
  readonly path: string;
  readonly cause: NodeJS.ErrnoException;
  /** It is one of the paths that were given, and nothing is there. */
  readonly isMissingRoot?: boolean;
}

/** What there is to read, in the order in which files win. */
export interface FileTree {
  readonly files: readonly FoundFile[];
  /** Directories in which a change matters, each with its identity. */
  readonly directories: ReadonlyMap<string, string>;
  readonly unreadable: readonly Unreadable[];
}

/**
 * Lists the manifests at and below `paths`. Names that begin with a dot are passed over, which in a ConfigMap's volume are the folders
 * behind its links; what can be reached in two ways is listed once.
 */
export async function scanFiles(paths: readonly string[]): Promise<FileTree> {
  const scan = new Scan();
  for (const path of paths) await scan.root(path);
  return scan;
}

class Scan implements FileTree {
  readonly files: FoundFile[] = [];
  readonly directories = new Map<string, string>();
  readonly unreadable: Unreadable[] = [];
  readonly #seen = new Set<string>();

  async root(path: string): Promise<void> {
    try {
      const [stats, real] = await Promise.all([stat(path, { bigint: true }), realpath(path)]);
      if (stats.isDirectory()) await this.#directory(path, real, stats);
      else this.#file(path, real, stats);
    } catch (error) {
      const cause = error as NodeJS.ErrnoException;
      this.unreadable.push({ path, cause, isMissingRoot: cause.code === 'ENOENT' || cause.code === 'ENOTDIR' });
    }
    // A directory that is replaced, or a file's rename-save, shows in the folder above.
    await stat(dirname(path), { bigint: true }).then(
      (stats) => this.directories.set(dirname(path), identityOf(stats)),
      () => undefined,
    );
  }

  async #directory(path: string, real: string, stats: BigIntStats): Promise<void> {
    if (this.#seen.has(real)) return;
    this.#seen.add(real);
    this.directories.set(path, identityOf(stats));
    const entries = (await readdir(path, { withFileTypes: true })).filter(isWanted).sort(byName);
    const found = await Promise.all(entries.map((entry) => this.#look(path, real, entry)));
    for (const [index, entry] of found.entries()) {
      const below = join(path, entries[index]?.name ?? '');
      if (entry === undefined) continue;
      if ('cause' in entry) this.unreadable.push({ path: below, cause: entry.cause });
      else if (!entry.stats.isDirectory()) this.#file(below, entry.real, entry.stats);
      else
        await this.#directory(below, entry.real, entry.stats).catch((error: unknown) =>
          this.unreadable.push({ path: below, cause: error as NodeJS.ErrnoException }),
        );
    }
  }

  async #look(
    folder: string,
    realFolder: string,
    entry: Dirent,
  ): Promise<{ stats: BigIntStats; real: string } | { cause: NodeJS.ErrnoException } | undefined> {
    const path = join(folder, entry.name);
    try {
      const stats = await stat(path, { bigint: true });
      if (!stats.isDirectory() && !isManifestName(entry.name)) return undefined;
      return { stats, real: entry.isSymbolicLink() ? await realpath(path) : join(realFolder, entry.name) };
    } catch (error) {
      const cause = error as NodeJS.ErrnoException;
      // A plain file that is gone by now is simply gone; a link that leads nowhere is worth a word, if it should be a manifest.
      const isGone = cause.code === 'ENOENT' && !entry.isSymbolicLink();
      return isGone || !(isManifestName(entry.name) || entry.isDirectory()) ? undefined : { cause };
    }
  }

  #file(path: string, real: string, stats: BigIntStats): void {
    // Opening a pipe would wait for its writer.
    if (!stats.isFile() || this.#seen.has(real)) return;
    this.#seen.add(real);
    const stamp = `${identityOf(stats)} ${String(stats.size)} ${String(stats.mtimeNs)} ${String(stats.ctimeNs)}`;
    this.files.push({ path, stamp, size: Number(stats.size), changedMs: Math.max(Number(stats.mtimeMs), Number(stats.ctimeMs)) });
  }
}

function identityOf({ dev, ino }: BigIntStats): string {
  return `${String(dev)}:${String(ino)}`;
}

function isWanted({ name }: Dirent): boolean {
  return !name.startsWith('.');
}

function isManifestName(name: string): boolean {
  return /\.(?:ya?ml|json)$/i.test(name);
}

function byName(a: Dirent, b: Dirent): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}
