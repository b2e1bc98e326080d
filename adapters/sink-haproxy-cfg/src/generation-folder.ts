import { createHash } from 'node:crypto';
import type { Hash } from 'node:crypto';
import { dirname, join } from 'node:path';
import type { FileOperations, Pieces } from './file-operations.js';
import { manifestName, manifestToJson } from './manifest.js';
import type { Manifest, Origin } from './manifest.js';

/** The folder of a generation while it is being filled. */
export class GenerationFolder {
  readonly path: string;
  readonly #files: FileOperations;
  readonly #isDurable: boolean;
  /** By path, when it is there. */
  readonly #folders = new Map<string, Promise<void>>();

  /** @param isDurable - Whether all of it is to be on the disk in the end. */
  constructor(path: string, files: FileOperations, isDurable: boolean) {
    this.path = path;
    this.#files = files;
    this.#isDurable = isDurable;
  }

  async write(path: string, content: string): Promise<void> {
    await this.#files.writeNew(await this.#placeOf(path), content, this.#isDurable);
  }

  /** Returns the SHA-256 of what was written. */
  async writePieces(path: string, pieces: Pieces): Promise<string> {
    const hash = createHash('sha256');
    await this.#files.writeNew(await this.#placeOf(path), hashed(pieces, hash), this.#isDurable);
    return hash.digest('hex');
  }

  /** Gives the file of another folder a second name here. `content` is for where somebody has removed it from there, which is ours alone. */
  async link(from: string, path: string, content?: string): Promise<void> {
    const place = await this.#placeOf(path);
    await this.#files.link(join(from, path), place).catch(async (error: unknown) => {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || content === undefined) throw error;
      await this.#files.writeNew(place, content, true);
    });
  }

  /** It is whole now. */
  async complete(manifest: Manifest, origin: Origin | undefined): Promise<void> {
    await this.write(manifestName, manifestToJson(manifest, origin));
    if (this.#isDurable) for (const folder of this.#folders.keys()) await this.#files.syncFolder(folder);
  }

  async #placeOf(path: string): Promise<string> {
    const place = join(this.path, path);
    const folder = dirname(place);
    const isThere = this.#folders.get(folder) ?? this.#files.makeFolder(folder);
    this.#folders.set(folder, isThere);
    await isThere;
    return place;
  }
}

async function* hashed(pieces: Pieces, hash: Hash): AsyncGenerator<string | Uint8Array, void> {
  for await (const piece of pieces) {
    hash.update(piece);
    yield piece;
  }
}
