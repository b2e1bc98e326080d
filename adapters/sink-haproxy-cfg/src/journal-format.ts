import type { FileEdit } from '@signalbox/core';
import { sha256 } from './manifest.js';
import type { GenerationId } from './manifest.js';

/** What a journal is for, and how far it goes. */
export interface JournalState extends GenerationId {
  /** The hash of its last record, which stands for all of them; absent where there is none. */
  readonly last?: string;
}

/** What a journal holds. */
export interface JournalContent extends JournalState {
  readonly edits: readonly FileEdit[];
}

const version = 1;
const hashLength = 64;

/**
 * A line of a journal: the hash of the line before and of what it says, and what it says. One that is cut short, changed or does not
 * follow on the one before it ends the journal.
 */
interface JournalLine {
  readonly hash: string;
  readonly bytes: Buffer;
}

/** The first line: which generation the edits are of. */
export function headLine({ number, digest }: GenerationId): JournalLine {
  return lineAfter('', JSON.stringify({ version, number, digest }));
}

/** What was noted by one call. */
export function recordLine(before: string, edits: readonly FileEdit[]): JournalLine {
  return lineAfter(before, JSON.stringify(edits));
}

/** Reads as far as lines are whole. `undefined` if not even the head is, or it is of another kind. */
export function parseJournal(bytes: Buffer): JournalContent | undefined {
  const [head, ...records] = wholeLines(bytes);
  if (head === undefined) return undefined;
  const { version: found, number, digest } = JSON.parse(head.text) as { version?: unknown } & GenerationId;
  if (found !== version || typeof number !== 'number' || typeof digest !== 'string') return undefined;
  const last = records.at(-1)?.hash;
  return { number, digest, ...(last !== undefined && { last }), edits: records.flatMap(({ text }) => JSON.parse(text) as FileEdit[]) };
}

function wholeLines(bytes: Buffer): { readonly hash: string; readonly text: string }[] {
  const found: { readonly hash: string; readonly text: string }[] = [];
  for (let start = 0, before = ''; ;) {
    const end = bytes.indexOf('\n', start);
    if (end < 0) return found;
    const line = bytes.toString('utf8', start, end);
    const hash = line.slice(0, hashLength);
    const text = line.slice(hashLength + 1);
    if (hash !== hashOf(before, text) || line[hashLength] !== ' ') return found;
    found.push({ hash, text });
    before = hash;
    start = end + 1;
  }
}

function lineAfter(before: string, text: string): JournalLine {
  const hash = hashOf(before, text);
  return { hash, bytes: Buffer.from(hash + ' ' + text + '\n') };
}

function hashOf(before: string, text: string): string {
  return sha256(before + ' ' + text);
}
