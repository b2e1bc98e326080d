import type { ConfigFile } from '@signalbox/core';
import { mkdir, readFile, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import { dirname, join, resolve, sep } from 'node:path';
import { CommandError } from './command-error.js';
import { messageOf } from './logging/printable.js';

/** Names the files that are ours, for the next time. HAProxy does not read it: it begins with a dot. */
const listName = '.signalbox-render.json';

/** A folder into which configurations are written, one in the place of the other. What others put there stays. */
export class RenderedFolder {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = resolve(folder);
  }

  /** @throws {@link CommandError} if the folder cannot be written, or a file of somebody else's is in the way. */
  async write(files: readonly ConfigFile[]): Promise<void> {
    const before = await this.#list();
    const paths = files.map(({ path }) => path).sort();
    await this.#refuseForeign(paths.filter((path) => !before.has(path)));
    try {
      await mkdir(this.#folder, { recursive: true });
      // Both lists, so that a run that is cut off leaves nothing that nobody knows of.
      await this.#put(listName, listText([...new Set([...before, ...paths])].sort()), false);
      for (const { path, content, secret } of files) await this.#put(path, content, secret);
      for (const path of before) if (!paths.includes(path)) await this.#remove(path);
      await this.#put(listName, listText(paths), false);
    } catch (error) {
      throw new CommandError(`Could not write to ${this.#folder}: ${messageOf(error)}.`, { cause: error });
    }
  }

  async #refuseForeign(paths: readonly string[]): Promise<void> {
    for (const path of paths) {
      const there = await readFile(join(this.#folder, path)).catch((error: NodeJS.ErrnoException) =>
        error.code === 'ENOENT' || error.code === 'ENOTDIR' ? undefined : null,
      );
      if (there === undefined) continue;
      throw new CommandError(
        `${join(this.#folder, path)} is there already, and not from an earlier render. Choose another folder with --out, or move that file away.`,
      );
    }
  }

  /** Files of an earlier render. */
  async #list(): Promise<ReadonlySet<string>> {
    const text = await readFile(join(this.#folder, listName), 'utf8').catch(() => '[]');
    try {
      const listed: unknown = JSON.parse(text);
      return new Set(
        Array.isArray(listed) ? listed.filter((path): path is string => typeof path === 'string' && this.#isInside(path)) : [],
      );
    } catch {
      return new Set();
    }
  }

  #isInside(path: string): boolean {
    return path !== '' && join(this.#folder, path).startsWith(this.#folder === sep ? sep : this.#folder + sep);
  }

  /** In one step: a HAProxy that reads the folder meanwhile sees the old file or the new one. */
  async #put(path: string, content: string, secret: boolean): Promise<void> {
    const target = join(this.#folder, path);
    await mkdir(dirname(target), { recursive: true });
    await rm(`${target}.new`, { force: true });
    await writeFile(`${target}.new`, content, { mode: secret ? 0o600 : 0o644, flag: 'wx' });
    await rename(`${target}.new`, target);
  }

  async #remove(path: string): Promise<void> {
    await rm(join(this.#folder, path), { force: true });
    // Folders that are empty now go too; one that holds something of somebody else's cannot be removed.
    for (let folder = dirname(path); folder !== '.'; folder = dirname(folder)) {
      const isRemoved = await rmdir(join(this.#folder, folder)).then(
        () => true,
        () => false,
      );
      if (!isRemoved) return;
    }
  }
}

function listText(paths: readonly string[]): string {
  return `${JSON.stringify(paths, undefined, 2)}\n`;
}
