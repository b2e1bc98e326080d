import { setImmediate } from 'node:timers/promises';
import { editItems } from '@signalbox/core';
import type { ItemEdit } from '@signalbox/core';

const pieceLength = 100_000;

/**
 * What `editItems` does, without keeping everybody else waiting: to take the 60,000 lines of a large map apart takes some 20 ms. Where each
 * line is an item, and so all lines are sorted, the text is cut into pieces, and those that change are edited one by one.
 */
export async function editInPieces(content: string, edits: readonly ItemEdit[]): Promise<string> {
  const hasLines = content.length > 2 * pieceLength && content.endsWith('\n') && edits.every(isOfOneLine);
  if (!hasLines) return editItems(content, edits);
  const pieces = cut(content);
  const starts = pieces.map(firstLine);
  const edited = new Map<number, ItemEdit[]>();
  for (const { path, like, remove, insert } of edits) {
    // One that does both may do so in two places.
    if (remove !== undefined) add(edited, pieceOf(starts, remove), { path, like, remove });
    if (insert !== undefined) add(edited, pieceOf(starts, insert), { path, like, insert });
  }
  for (const [at, ofPiece] of edited) {
    await setImmediate();
    pieces[at] = editItems(pieces[at] as string, ofPiece);
  }
  return pieces.join('');
}

function isOfOneLine({ under, like, insert }: ItemEdit): boolean {
  return under === undefined && like === '' && insert?.includes('\n') !== true;
}

/** At ends of lines. */
function cut(content: string): string[] {
  const pieces: string[] = [];
  for (let start = 0; start < content.length;) {
    const end = content.indexOf('\n', start + pieceLength) + 1 || content.length;
    pieces.push(content.slice(start, end));
    start = end;
  }
  return pieces;
}

function firstLine(text: string): string {
  const end = text.indexOf('\n');
  return end < 0 ? text : text.slice(0, end);
}

/** The last piece that begins with this line or one before it. */
function pieceOf(starts: readonly string[], line: string): number {
  return Math.max(
    0,
    starts.findLastIndex((start) => start <= line),
  );
}

function add(edited: Map<number, ItemEdit[]>, at: number, edit: ItemEdit): void {
  const ofPiece = edited.get(at);
  if (ofPiece === undefined) edited.set(at, [edit]);
  else ofPiece.push(edit);
}
