import { join } from 'node:path';
import { isItemEdit, signalboxError } from '@signalbox/core';
import type { ConfigFile, FileEdit, ItemEdit } from '@signalbox/core';
import { editInPieces } from './edit-in-pieces.js';
import type { FileOperations } from './file-operations.js';
import type { Generation } from './generation-store.js';
import { sha256 } from './manifest.js';

/** Files after edits. */
export interface EditedFiles {
  /** By path; `undefined` for one that goes. */
  readonly files: ReadonlyMap<string, ConfigFile | undefined>;
  /** Those that cannot be told, since they could not be read. */
  readonly unreadable: readonly string[];
}

/**
 * Applies edits, in order. Items of a file that is not there are none.
 * @param read - The file before; `undefined` if there is none. A rejection: it cannot be read.
 */
export async function editFiles(edits: readonly FileEdit[], read: (path: string) => Promise<ConfigFile | undefined>): Promise<EditedFiles> {
  const files = new Map<string, ConfigFile | undefined>();
  const unreadable: string[] = [];
  for (const [path, ofFile] of byPath(edits)) {
    try {
      files.set(path, await editFile(ofFile, async () => read(path)));
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
export async function editFile(edits: readonly FileEdit[], read: () => Promise<ConfigFile | undefined>): Promise<ConfigFile | undefined> {
  const lastWhole = edits.findLastIndex((edit) => !isItemEdit(edit));
  const whole = edits[lastWhole];
  const before = whole !== undefined && !isItemEdit(whole) ? whole.file && { ...whole.file, path: whole.path } : await read();
  const items = edits.slice(lastWhole + 1) as readonly ItemEdit[];
  return before === undefined || items.length === 0 ? before : { ...before, content: await editInPieces(before.content, items) };
}

/** A file of a generation, if it has it. @throws {@link SignalboxError} `SINK_UNWRITABLE` where it is not as its manifest says. */
export async function readFrom({ folder, manifest }: Generation, path: string, files: FileOperations): Promise<ConfigFile | undefined> {
  const entry = manifest.get(path);
  if (entry === undefined) return undefined;
  const content = await files.read(join(folder, path));
  if (content === undefined || sha256(content) !== entry.sha256) throw changedBySomebodyError([path]);
  return { path, content: content.toString('utf8'), secret: entry.secret };
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
