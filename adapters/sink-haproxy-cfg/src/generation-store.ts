import { join, relative } from 'node:path';
import type { FileOperations } from './file-operations.js';
import { forEachAtOnce } from './file-operations.js';
import { GenerationFolder } from './generation-folder.js';
import { editsBehind } from './journal-format.js';
import type { JournalContent } from './journal-format.js';
import { digestOf, isSameGeneration, manifestFromJson, manifestName, requireInside, sha256 } from './manifest.js';
import type { Draft, GenerationId, HeldFile, Manifest, Origin } from './manifest.js';
import type { SinkPaths } from './options.js';
import { asUnwritable } from './unwritable.js';

/** One complete set of files in a folder of its own. */
export interface Generation extends GenerationId {
  readonly folder: string;
  readonly manifest: Manifest;
  /** Absent for the first one. */
  readonly origin?: Origin;
}

/** What a generation has become since. */
export interface Edits {
  readonly paths: Iterable<string>;
  /** The file that is now at one of these paths; `undefined`: none. */
  readonly edited: (path: string) => HeldFile | undefined;
  readonly origin: Origin;
  /** Whether others come first. */
  readonly inPassing: boolean;
}

const unfinished = '.new';
/** So that of the four threads that work on files some are free at any time. */
const inPassingAtOnce = 2;

/**
 * The generations on disk and the symbolic link `current`, which names the one that HAProxy reads.
 *
 * A generation is built as `N.new` and gets its name when it is whole; files that did not change are second names of those of the
 * generation before. Files are never written twice. Whatever instant a crash picks, `current` names a whole generation.
 */
export class GenerationStore {
  readonly #paths: SinkPaths;
  readonly #files: FileOperations;
  #highest = 0;

  constructor(paths: SinkPaths, files: FileOperations) {
    this.#paths = paths;
    this.#files = files;
  }

  /**
   * Removes what a crash left, and finds the generation that `current` names, or rather the one before where a change was cut off.
   * A generation with a file that is not as its manifest says is not found. `undefined` if there is none.
   * @param lastGood - What HAProxy was last known to have.
   */
  async open(lastGood: GenerationId | undefined, journal?: JournalContent): Promise<Generation | undefined> {
    return asUnwritable(this.#paths.configDir, async () => {
      await this.#files.makeFolder(this.#paths.generations);
      const names = await this.#files.list(this.#paths.generations);
      for (const name of names) {
        this.#highest = Math.max(this.#highest, Number.parseInt(name, 10) || 0);
        if (name.endsWith(unfinished)) await this.#files.remove(join(this.#paths.generations, name));
      }
      const number = await this.#linked();
      const linked = number === undefined ? undefined : await this.#load(number);
      for (const better of goodBefore(linked, lastGood, journal)) {
        const generation = await this.#load(better.number);
        if (generation?.digest !== better.digest) continue;
        await this.#point(generation);
        return generation;
      }
      return linked;
    });
  }

  /**
   * Writes a whole generation that nobody reads yet. On rejection nothing is left of it.
   * @param isDurable - If not, it is never activated, and need not reach the disk.
   */
  async build(
    { manifest, digest, changed, given, origin }: Draft,
    base: Generation | undefined,
    signal: AbortSignal,
    isDurable: boolean = true,
  ): Promise<Generation> {
    const isNew = new Map(changed.map((file) => [file.path, file]));
    return this.#fill(isDurable, async (folder) => {
      await forEachAtOnce(manifest.keys(), async (path) => {
        signal.throwIfAborted();
        const file = isNew.get(path);
        if (file !== undefined) await folder.write(path, file.content);
        else await folder.link((base as Generation).folder, path, given.get(path)?.content);
      });
      await folder.complete(manifest, origin);
      return { manifest, digest, ...(origin && { origin }) };
    });
  }

  /**
   * Writes a whole generation that nobody reads yet: another one with edits. Of its files no more than a few are in memory at a time.
   * On rejection nothing is left of it.
   */
  async edit(base: Generation, { paths, edited, origin, inPassing }: Edits, signal: AbortSignal): Promise<Generation> {
    const atOnce = inPassing ? inPassingAtOnce : undefined;
    const manifest = new Map(base.manifest);
    const written = new Set<string>();
    return this.#fill(true, async (folder) => {
      const write = async (path: string): Promise<void> => {
        signal.throwIfAborted();
        const file = edited(path);
        manifest.delete(path);
        if (file === undefined) return;
        requireInside(path);
        manifest.set(path, { sha256: await folder.writePieces(path, file.content), secret: file.secret });
        written.add(path);
      };
      await forEachAtOnce(paths, write, atOnce);
      const link = async (path: string): Promise<void> => {
        signal.throwIfAborted();
        if (!written.has(path)) await folder.link(base.folder, path);
      };
      await forEachAtOnce(manifest.keys(), link, atOnce);
      await folder.complete(manifest, origin);
      return { manifest, digest: digestOf(manifest), origin };
    });
  }

  /** Gives a built generation its name, which none has that is not whole. On rejection nothing is left of it. */
  async name(built: Generation): Promise<Generation> {
    const generation = { ...built, folder: built.folder.slice(0, -unfinished.length) };
    try {
      await asUnwritable(this.#paths.configDir, async () => {
        await this.#files.remove(generation.folder);
        await this.#files.rename(built.folder, generation.folder);
        await this.#files.syncFolder(this.#paths.generations);
      });
    } catch (error) {
      await this.discard(built);
      await this.discard(generation);
      throw error;
    }
    return generation;
  }

  /** Makes a built generation, named or not, the one that HAProxy reads. On rejection the one before still is. */
  async activate(built: Generation, before: Generation | undefined): Promise<Generation> {
    const generation = built.folder.endsWith(unfinished) ? await this.name(built) : built;
    try {
      await asUnwritable(this.#paths.configDir, async () => this.#point(generation));
    } catch (error) {
      await this.restore(generation, before).catch(() => undefined);
      throw error;
    }
    return generation;
  }

  /** Takes a swap back: HAProxy did not take the files up. */
  async restore(failed: Generation, before: Generation | undefined): Promise<void> {
    await asUnwritable(this.#paths.configDir, async () => {
      if (before === undefined) await this.#files.remove(this.#paths.current);
      else await this.#point(before);
      await this.#files.remove(failed.folder);
    });
  }

  /** Keeps the last refused files, without the secret ones, for whoever wants to look. Never rejects: it is a courtesy. */
  async setAside(refused: Generation): Promise<void> {
    try {
      for (const [path, { secret }] of refused.manifest) if (secret) await this.#files.remove(join(refused.folder, path));
      await this.#files.remove(this.#paths.failed);
      await this.#files.rename(refused.folder, this.#paths.failed);
    } catch {
      await this.#files.remove(refused.folder).catch(() => undefined);
    }
  }

  /** Removes a generation that is not to be used. Never rejects: `open` tidies up what is left. */
  async discard(built: Generation): Promise<void> {
    await this.#files.remove(built.folder).catch(() => undefined);
  }

  /** Removes all generations but these. Never rejects: what could not be removed is tried again next time. */
  async keepOnly(kept: readonly (Generation | undefined)[]): Promise<void> {
    const names = new Set(kept.map((generation) => String(generation?.number)));
    const present = await this.#files.list(this.#paths.generations).catch(() => []);
    for (const name of present) {
      if (!names.has(name)) await this.#files.remove(join(this.#paths.generations, name)).catch(() => undefined);
    }
  }

  /** Has a folder filled, or leaves none behind. */
  async #fill(isDurable: boolean, fill: (folder: GenerationFolder) => Promise<Omit<Generation, 'number' | 'folder'>>): Promise<Generation> {
    const number = this.#highest + 1;
    const folder = join(this.#paths.generations, String(number) + unfinished);
    try {
      return await asUnwritable(this.#paths.configDir, async () => {
        await this.#files.remove(folder);
        const filled = await fill(new GenerationFolder(folder, this.#files, isDurable));
        this.#highest = number;
        return { number, folder, ...filled };
      });
    } catch (error) {
      await this.#files.remove(folder).catch(() => undefined);
      throw error;
    }
  }

  async #linked(): Promise<number | undefined> {
    const target = await this.#files.readLink(this.#paths.current);
    const match = target === undefined ? null : /^generations\/(\d+)$/.exec(target);
    return match === null ? undefined : Number(match[1]);
  }

  async #load(number: number): Promise<Generation | undefined> {
    const folder = join(this.#paths.generations, String(number));
    const text = await this.#files.read(join(folder, manifestName));
    const found = text && manifestFromJson(text.toString('utf8'));
    if (found === undefined) return undefined;
    const { manifest } = found;
    let whole = true;
    await forEachAtOnce(manifest, async ([path, entry]) => {
      const content = whole ? await this.#files.read(join(folder, path)) : undefined;
      whole &&= content !== undefined && sha256(content) === entry.sha256;
    });
    return whole ? { number, folder, ...found, digest: digestOf(manifest) } : undefined;
  }

  async #point({ folder }: Generation): Promise<void> {
    const next = this.#paths.current + unfinished;
    await this.#files.remove(next);
    await this.#files.symlink(relative(this.#paths.configDir, folder), next);
    await this.#files.rename(next, this.#paths.current);
    await this.#files.syncFolder(this.#paths.configDir);
  }
}

/** What to go back to from the generation that `current` names, the best first; nothing where that one is known to be good. */
function goodBefore(
  linked: Generation | undefined,
  lastGood: GenerationId | undefined,
  journal: JournalContent | undefined,
): readonly GenerationId[] {
  const origin = linked?.origin;
  // Only to a good one something is noted.
  if (linked !== undefined && journal !== undefined && isSameGeneration(journal, linked)) return [];
  if (origin !== undefined && journal !== undefined && isSameGeneration(journal, origin)) {
    // A swap that failed could not be taken back, and then more was noted; a checkpoint goes with what stands behind what it has.
    const isNotedSince = origin.isCheckpoint ? editsBehind(journal, origin.noted) === undefined : journal.last !== origin.noted;
    if (isNotedSince) return [origin];
  }
  if (origin?.isCheckpoint === true || lastGood === undefined || lastGood.number === linked?.number) return [];
  // A change was cut off between the swap and HAProxy's answer: back to what HAProxy had taken up.
  return origin === undefined ? [lastGood] : [origin, lastGood];
}
