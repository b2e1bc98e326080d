import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { isItemEdit, signalboxError } from '@signalbox/core';
import type { ConfigFile, FileEdit, ItemEdit } from '@signalbox/core';
import { editInPieces, textOf } from './edit-in-pieces.js';
import type { FileOperations } from './file-operations.js';
import type { Generation } from './generation-store.js';
import type { HeldFile } from './manifest.js';

/** Files after edits. */
export interface EditedFiles {
  /** By path; `undefined` for one that goes. */
  readonly files: ReadonlyMap<string, ConfigFile | undefined>;
  /** Those that cannot be told, since they could not be read. */
  readonly unreadable: readonly string[];
}

/**
 * Applies edits, in order. Items of a file that is not there are none.
 * @param read - The file before; `undefined` if there is none.
 */
export async function editFiles(edits: readonly FileEdit[], read: (path: string) => HeldFile | undefined): Promise<EditedFiles> {
  const files = new Map<string, ConfigFile | undefined>();
  const unreadable: string[] = [];
  for (const [path, ofFile] of byPath(edits)) {
    try {
      const file = editFile(ofFile, () => read(path));
      files.set(path, file && { path, content: await textOf(file.content), secret: file.secret });
    } catch {
      unreadable.push(path);
    }
  }
  return { files, unreadable };
}

export function byPath(edits: readonly FileEdit[]): ReadonlyMap<string, readonly FileEdit[]> {
  return Map.groupBy(edits, ({ path }) => path);
}

/** What a file is after all edits of it. */
export function editFile(edits: readonly FileEdit[], read: () => HeldFile | undefined): HeldFile | undefined {
  const lastWhole = edits.findLastIndex((edit) => !isItemEdit(edit));
  const whole = edits[lastWhole];
  const before = whole !== undefined && !isItemEdit(whole) ? whole.file && { ...whole.file, content: [whole.file.content] } : read();
  const items = edits.slice(lastWhole + 1) as readonly ItemEdit[];
  if (before === undefined || items.length === 0) return before;
  return { content: editInPieces(before.content, items), secret: before.secret };
}

/** A file of a generation, if it has it. To read it throws a {@link SignalboxError} `SINK_UNWRITABLE` where it is not as its manifest says. */
export function fileOf({ folder, manifest }: Generation, path: string, files: FileOperations): HeldFile | undefined {
  const entry = manifest.get(path);
  return entry && { content: checked(files.pieces(join(folder, path)), entry.sha256, path), secret: entry.secret };
}

async function* checked(pieces: AsyncIterable<Uint8Array>, sha256: string, path: string): AsyncGenerator<Uint8Array, void> {
  const hash = createHash('sha256');
  try {
    for await (const piece of pieces) {
      hash.update(piece);
      yield piece;
    }
  } catch {
    throw changedBySomebodyError([path]);
  }
  if (hash.digest('hex') !== sha256) throw changedBySomebodyError([path]);
}

/** @throws {@link SignalboxError} `SINK_UNWRITABLE` where there are any. */
export function requireReadable(unreadable: EditedFiles['unreadable']): void {
  if (unreadable.length > 0) throw changedBySomebodyError(unreadable);
}

function changedBySomebodyError(paths: readonly string[]): Error {
  return signalboxError('SINK_UNWRITABLE', `Somebody has removed or changed ${paths.join(', ')}, which is to be edited.`, {
    details: { paths },
  });
}
