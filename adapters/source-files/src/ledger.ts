import { isDeepStrictEqual } from 'node:util';
import {
  type Diagnostic,
  type ObjectRef,
  type Resource,
  type ResourceWriter,
  type SourceLocation,
  formatRef,
  quote,
} from '@signalbox/core';
import type { Claim } from './examine-document.js';
import type { PlacedDocument } from './manifest-reader.js';

/** What one file has to say, in the order in which files win. */
export interface FileStatement {
  readonly path: string;
  readonly documents: readonly PlacedDocument[];
  /** Objects that no document of the file names any more stay. */
  readonly holdsRest: boolean;
  /** What the file certainly names; the rest is held until it is certain that it is gone. */
  readonly certain?: ReadonlySet<string>;
}

interface Held {
  readonly ref: ObjectRef;
  readonly object: Resource;
  readonly location: SourceLocation;
}

/** Which file's object stands for each key, and what was last handed over. */
export class Ledger {
  readonly #into: ResourceWriter;
  #held: ReadonlyMap<string, Held> = new Map();
  #diagnostics: readonly Diagnostic[] | undefined;
  #isFirst = true;

  constructor(into: ResourceWriter) {
    this.#into = into;
  }

  /** Works out what all files say together and hands over what is new in it. */
  apply(files: readonly FileStatement[], others: readonly Diagnostic[]): void {
    const round = new Round(this.#held, files);
    this.#handOver(round.held);
    const diagnostics = [...others, ...round.diagnostics];
    if (!isDeepStrictEqual(diagnostics, this.#diagnostics)) this.#into.report(diagnostics);
    this.#diagnostics = diagnostics;
    if (this.#isFirst) this.#into.synced();
    this.#isFirst = false;
  }

  #handOver(held: ReadonlyMap<string, Held>): void {
    const before = this.#held;
    this.#held = held;
    if (this.#isFirst) {
      this.#into.replaceAll(held.values().map(({ object, location }) => ({ object, location })));
      return;
    }
    for (const [key, { object, location }] of held) {
      const old = before.get(key)?.object;
      if (old !== object && !isDeepStrictEqual(old, object)) this.#into.set(object, location);
    }
    for (const [key, { ref }] of before) if (!held.has(key)) this.#into.delete(ref);
  }
}

/** One pass over all files. */
class Round {
  readonly held = new Map<string, Held>();
  readonly diagnostics: Diagnostic[] = [];
  readonly #before: ReadonlyMap<string, Held>;
  /** Files in which something cannot be read. */
  readonly #holding = new Set<string>();
  /** Objects that were good in one file and are broken in another. */
  readonly #moved: [string, Held][] = [];

  constructor(before: ReadonlyMap<string, Held>, files: readonly FileStatement[]) {
    this.#before = before;
    for (const file of files) this.#claimAll(file, (key) => file.certain?.has(key) !== false);
    for (const file of files) if (file.certain) this.#claimAll(file, (key) => file.certain?.has(key) === false && !this.held.has(key));
    for (const [key, old] of this.#moved) if (!this.held.has(key)) this.held.set(key, old);
    if (this.#holding.size > 0) this.#holdRest();
    for (const file of files) this.#tell(file);
  }

  #claimAll({ path, documents, holdsRest }: FileStatement, counts: (key: string) => boolean): void {
    if (holdsRest) this.#holding.add(path);
    for (const { document, line } of documents) {
      if (document.isUnclear) this.#holding.add(path);
      for (const claim of document.claims) if (counts(claim.key)) this.#claim(claim, locationOf(path, line, claim.at));
    }
  }

  #claim({ key, ref, object, isGuess }: Claim, location: SourceLocation): void {
    const winner = this.held.get(key);
    const old = this.#before.get(key);
    if (winner) {
      if (object) this.diagnostics.push(duplicate(ref, location, winner.location));
    } else if (object) this.held.set(key, { ref, object, location });
    else if (old?.location.file === location.file) this.held.set(key, old);
    else if (old) this.#moved.push([key, { ...old, location }]);
    else if (isGuess) this.#holding.add(location.file);
  }

  /** A file that cannot be read fully keeps what it had, where nobody else has it by now. */
  #holdRest(): void {
    for (const [key, old] of this.#before) if (this.#holding.has(old.location.file) && !this.held.has(key)) this.held.set(key, old);
  }

  #tell({ path, documents }: FileStatement): void {
    for (const { document, line } of documents) {
      for (const { at, key, message, ...finding } of document.findings) {
        this.diagnostics.push({ ...finding, message: `${message}${this.#consequence(finding, key)}`, source: locationOf(path, line, at) });
      }
    }
  }

  #consequence({ code, severity }: Pick<Diagnostic, 'code' | 'severity'>, key: string | undefined): string {
    if (severity !== 'error') return '.';
    if (code === 'DOCUMENT_INVALID' && key === undefined) return '. What the document held before stays as it was.';
    return key !== undefined && this.held.has(key) ? '. The object stays as it was.' : '. The object is left out.';
  }
}

function duplicate(ref: ObjectRef, loser: SourceLocation, winner: SourceLocation): Diagnostic {
  const place = (location: SourceLocation): string => `${printable(location.file)}:${String(location.line)}`;
  const message = `found ${formatRef(ref)} at ${place(loser)}, and already at ${place(winner)}; accepted is one object of this name. The one at ${place(winner)} is in effect.`;
  return { severity: 'warning', code: 'DUPLICATE_OBJECT', object: ref, message, source: loser };
}

function locationOf(file: string, line: number, at: { readonly line: number; readonly column: number }): SourceLocation {
  return { file, line: line + at.line - 1, column: at.column };
}

/** A path as it can stand in a message, whatever is in it. */
export function printable(path: string): string {
  return quote(path).slice(1, -1);
}
