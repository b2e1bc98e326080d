import type { ConfigFile } from './durable-sink.js';

/** A file that is to be as a whole, or not at all. @public */
export interface WholeFile {
  readonly path: string;
  /** Absent where the file goes. */
  readonly file?: ConfigFile;
}

/**
 * One item of a file to be changed in its place. An item is a line that begins with `like`, and those below it up to the next such line or to
 * an empty line, which belongs to it unless it ends what stands `under` a line. Items stand sorted by their first lines.
 * @public
 */
export interface ItemEdit {
  readonly path: string;
  /** The line below which the items stand, up to the next empty line. Absent: they stand anywhere in the file. */
  readonly under?: string;
  /** How the first line of each item begins; empty where each line of the file is one. */
  readonly like: string;
  /** The whole first line of the item that goes. Nothing happens where there is none. */
  readonly remove?: string;
  /** The item that comes, one or more lines. */
  readonly insert?: string;
}

/** What changes in one file. @public */
export type FileEdit = WholeFile | ItemEdit;

/** Whether an edit is of an item. @public */
export function isItemEdit(edit: FileEdit): edit is ItemEdit {
  return 'like' in edit;
}

/**
 * A text after edits of its items, in order. The result is what rendering the file anew would give.
 * @public
 */
export function editItems(content: string, edits: readonly ItemEdit[]): string {
  const lines = content === '' ? [] : content.replace(/\n$/, '').split('\n');
  for (const edit of edits) editLines(lines, edit);
  return lines.length === 0 ? '' : [...lines, ''].join('\n');
}

function editLines(lines: string[], { under, like, remove, insert }: ItemEdit): void {
  const start = under === undefined ? 0 : lines.indexOf(under) + 1;
  // What the items stood in has gone.
  if (under !== undefined && start === 0) return;
  const region: Region = { start, isBounded: under !== undefined, like };
  if (remove !== undefined) {
    const at = firstAt(lines, region, (line) => line >= remove);
    if (lines[at] === remove) lines.splice(at, itemEnd(lines, at, region) - at);
  }
  if (insert !== undefined) {
    const item = insert.split('\n');
    const [first = ''] = item;
    lines.splice(
      firstAt(lines, region, (line) => line > first),
      0,
      ...item,
    );
  }
}

/** Where items stand: from a line on, to the next empty line if they stand below another one. */
interface Region {
  readonly start: number;
  readonly isBounded: boolean;
  readonly like: string;
}

/** Where the first item stands that fits, or else the place behind the last item. */
function firstAt(lines: readonly string[], { start, isBounded, like }: Region, fits: (line: string) => boolean): number {
  if (like === '' && !isBounded) return bisect(lines, fits);
  let at = start;
  for (; at < lines.length; at += 1) {
    const line = lines[at] as string;
    if (isBounded && line === '') return at;
    if (line.startsWith(like) && fits(line)) return at;
  }
  return at;
}

function bisect(lines: readonly string[], fits: (line: string) => boolean): number {
  let low = 0;
  for (let high = lines.length; low < high;) {
    const middle = (low + high) >>> 1;
    if (fits(lines[middle] as string)) high = middle;
    else low = middle + 1;
  }
  return low;
}

function itemEnd(lines: readonly string[], at: number, { isBounded, like }: Region): number {
  for (let end = at + 1; end < lines.length; end += 1) {
    const line = lines[end] as string;
    if (line === '') return isBounded || like === '' ? end : end + 1;
    if (line.startsWith(like)) return end;
  }
  return lines.length;
}
