import { hash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type ResourceKind, hostAddressesKind, kindKey } from '@signalbox/core';
import { type ExaminedDocument, examineDocument } from './examine-document.js';
import type { FoundFile } from './file-tree.js';
import { splitDocuments } from './split-documents.js';

const largestFile = 128 * 1024 * 1024;
const longestTurnMs = 10;
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
    if (file.size > largestFile) throw new Error('it is larger than 128 MiB');
    const startMs = Date.now();
    const text = decode(await readFile(file.path, { signal }));
    const isFresh = startMs - file.changedMs < clockTickMs;
    const documents: PlacedDocument[] = [];
    let turnMs = performance.now();
    for (const { text: documentText, line } of splitDocuments(text)) {
      if (performance.now() - turnMs > longestTurnMs) {
        await nextTurn();
        signal.throwIfAborted();
        turnMs = performance.now();
      }
      documents.push({ line, document: this.#examine(documentText) });
    }
    return { stamp: file.stamp, size: file.size, isFresh, documents };
  }

  /** Forgets the documents that no file holds any more. */
  keepOnly(documents: ReadonlySet<ExaminedDocument>): void {
    for (const [id, document] of this.#examined) if (!documents.has(document)) this.#examined.delete(id);
  }

  #examine(text: string): ExaminedDocument {
    const id = hash('sha256', text, 'base64');
    const known = this.#examined.get(id);
    if (known) return known;
    const examined = examineDocument(text, this.#wanted);
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
