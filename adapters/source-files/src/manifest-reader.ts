import { hash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { type ResourceKind, hostAddressesKind, kindKey } from '@signalbox/core';
import { type ExaminedDocument, examineDocument } from './examine-document.js';
import { largestDocument } from './document-limits.js';
import type { FoundFile } from './file-tree.js';
import { splitDocuments } from './split-documents.js';
import { Turn } from './turn.js';

const largestFile = 64 * 1024 * 1024;
const mostDocuments = 100_000;
// File systems tell times by a clock that ticks slowly: a file that just changed can change again unseen.
const clockTickMs = 50;

/** A document and the line of the file on which it begins. */
export interface PlacedDocument {
  readonly line: number;
  readonly document: ExaminedDocument;
}

/** What one look into a file gave. */
export interface FileReading {
  readonly stamp: string;
  readonly size: number;
  /** The stamp may stay the same through one more change. */
  readonly isFresh: boolean;
  readonly documents: readonly PlacedDocument[];
}

/**
 * Reads files into documents. A document with the same text is examined once: an edit in a file of thousands costs one.
 */
export class ManifestReader {
  readonly #examined = new Map<string, ExaminedDocument>();
  #wanted: readonly ResourceKind[] = [];

  /** Whether what was read was read for other kinds than these. */
  isOutdated(kinds: readonly ResourceKind[]): boolean {
    return identitiesOf(this.#wanted).symmetricDifference(identitiesOf(readable(kinds))).size > 0;
  }

  /** Which kinds are asked for from now on. */
  want(kinds: readonly ResourceKind[]): void {
    this.#wanted = readable(kinds);
    this.#examined.clear();
  }

  /** Rejects where the file cannot be read. */
  async read(file: FoundFile, signal: AbortSignal): Promise<FileReading> {
    if (file.size > largestFile) throw new Error('it is larger than 64 MiB');
    const startMs = Date.now();
    const text = decode(await readFile(file.path, { signal }));
    const isFresh = startMs - file.changedMs < clockTickMs;
    const documents: PlacedDocument[] = [];
    const turn = new Turn(signal);
    for await (const { text: documentText, line } of splitDocuments(text, turn)) {
      if (documents.length === mostDocuments) throw new Error('it holds more than 100,000 documents');
      if (turn.isOver) await turn.end();
      documents.push({ line, document: await this.#examine(documentText, turn) });
    }
    return { stamp: file.stamp, size: file.size, isFresh, documents };
  }

  /** Forgets the documents that no file holds any more. */
  keepOnly(documents: ReadonlySet<ExaminedDocument>): void {
    for (const [id, document] of this.#examined) if (!documents.has(document)) this.#examined.delete(id);
  }

  async #examine(text: string, turn: Turn): Promise<ExaminedDocument> {
    const id = text.length > largestDocument ? String(text.length) : hash('sha256', text, 'base64');
    const known = this.#examined.get(id);
    if (known) return known;
    const examined = await examineDocument(text, this.#wanted, turn);
    this.#examined.set(id, examined);
    return examined;
  }
}

/** What resolvers say is no business of files. */
function readable(kinds: readonly ResourceKind[]): ResourceKind[] {
  return kinds.filter((kind) => kindKey(kind) !== kindKey(hostAddressesKind));
}

function identitiesOf(kinds: readonly ResourceKind[]): Set<string> {
  return new Set(kinds.map(({ group, version, kind }) => `${group}/${version} ${kind}`));
}

function decode(bytes: Buffer): string {
  const encoding = bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : 'utf-8';
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    throw new Error('it is not text in UTF-8');
  }
}
