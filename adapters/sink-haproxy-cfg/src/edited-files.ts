import { editItems, isItemEdit } from '@signalbox/core';
import type { ConfigFile, FileEdit, ItemEdit } from '@signalbox/core';

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
  for (const [path, ofFile] of Map.groupBy(edits, (edit) => edit.path)) {
    try {
      files.set(path, await editFile(ofFile, async () => read(path)));
    } catch {
      unreadable.push(path);
    }
  }
  return { files, unreadable };
}

async function editFile(edits: readonly FileEdit[], read: () => Promise<ConfigFile | undefined>): Promise<ConfigFile | undefined> {
  const lastWhole = edits.findLastIndex((edit) => !isItemEdit(edit));
  const whole = edits[lastWhole];
  const before = whole !== undefined && !isItemEdit(whole) ? whole.file && { ...whole.file, path: whole.path } : await read();
  const items = edits.slice(lastWhole + 1) as readonly ItemEdit[];
  return before === undefined || items.length === 0 ? before : { ...before, content: editItems(before.content, items) };
}
