import type { FileEdit } from '@signalbox/core';
import { sha256 } from './manifest.js';
import type { GenerationId } from './manifest.js';

/** What was noted by one call, under a hash that stands for it and all before it. */
interface JournalRecord {
  readonly hash: string;
  readonly edits: readonly FileEdit[];
}

/** What a journal is for, and what it holds. */
export interface JournalContent extends GenerationId {
  readonly records: readonly JournalRecord[];
  /** Those of all records. */
  readonly edits: readonly FileEdit[];
  /** The hash of its last record; absent where there is none. */
  readonly last?: string;
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
  const parsed = records.map(({ hash, text }) => ({ hash, edits: JSON.parse(text) as FileEdit[] }));
  return { number, digest, records: parsed, edits: parsed.flatMap(({ edits }) => edits), ...(last !== undefined && { last }) };
}

/** What was noted after the record with this hash; `undefined` if there is no such record. No hash is that of a journal without records. */
export function editsBehind({ records, last }: JournalContent, hash: string | undefined): readonly FileEdit[] | undefined {
  const at = records.findLastIndex((record) => record.hash === hash);
  return at < 0 && hash !== last ? undefined : records.slice(at + 1).flatMap(({ edits }) => edits);
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
