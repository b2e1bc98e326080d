import { editItems } from '@signalbox/core';
import type { ItemEdit } from '@signalbox/core';
import type { Pieces } from './file-operations.js';

/**
 * What `editItems` does, with as little of a text in memory as can be, and without keeping everybody else waiting: to take the 60,000 lines of
 * a large map apart takes some 20 ms. Where each line is an item, and so all lines are sorted, only those pieces are read that change.
 * @param pieces - Of whole lines. A piece holds until the next one is asked for, and so does one of the result.
 */
export async function* editInPieces(pieces: Pieces, edits: readonly ItemEdit[]): AsyncGenerator<string | Uint8Array, void> {
  if (!edits.every(isOfOneLine)) {
    yield editItems(await textOf(pieces), edits);
    return;
  }
  let left = edits.flatMap(singly);
  for await (const piece of pieces) {
    const last = lastLine(piece);
    // Behind a line that has no end nothing comes; it gets one.
    const isIn = ({ remove, insert }: ItemEdit): boolean => last === undefined || (remove ?? insert ?? '') <= last;
    const ofPiece = left.filter(isIn);
    if (ofPiece.length === 0 && last !== undefined) {
      yield piece;
      continue;
    }
    left = left.filter((edit) => !isIn(edit));
    yield editItems(decode(piece), ofPiece);
  }
  if (left.length > 0) yield editItems('', left);
}

function isOfOneLine({ under, like, insert }: ItemEdit): boolean {
  return under === undefined && like === '' && insert?.includes('\n') !== true;
}

/** One that removes and inserts may do so in two pieces. */
function singly({ path, like, remove, insert }: ItemEdit): ItemEdit[] {
  return [...(remove === undefined ? [] : [{ path, like, remove }]), ...(insert === undefined ? [] : [{ path, like, insert }])];
}

export async function textOf(pieces: Pieces): Promise<string> {
  let text = '';
  for await (const piece of pieces) text += decode(piece);
  return text;
}

const newline = 0x0a;

/** `undefined` where it has no end. */
function lastLine(piece: string | Uint8Array): string | undefined {
  const bytes = typeof piece === 'string' ? Buffer.from(piece) : piece;
  return bytes.at(-1) === newline ? decode(bytes.subarray(bytes.lastIndexOf(newline, bytes.length - 2) + 1, -1)) : undefined;
}

function decode(bytes: string | Uint8Array): string {
  if (typeof bytes === 'string') return bytes;
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8');
}
