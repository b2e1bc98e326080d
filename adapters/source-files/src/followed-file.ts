import type { FileReading } from './manifest-reader.js';

const longestDoubtMs = 2000;

/** When a reading is believed. */
export interface Patience {
  /** How long a file has to stay as it is before it may take objects away. */
  readonly settleMs: number;
}

/**
 * One file and what is believed of it. A reading that only adds and changes objects is believed at once. One that takes objects away, is
 * broken, or is shorter than before may be half of what somebody is writing: it is believed once the file has stayed like that.
 */
export class FollowedFile {
  readonly path: string;
  #believed: FileReading | undefined;
  #doubted: { readonly reading: FileReading; readonly sinceMs: number; readonly firstMs: number } | undefined;
  #missingSinceMs: number | undefined;
  /** Why the last attempt to read it failed. */
  failure: string | undefined;

  constructor(path: string) {
    this.path = path;
  }

  get believed(): FileReading | undefined {
    return this.#believed;
  }

  get isMissing(): boolean {
    return this.#missingSinceMs !== undefined;
  }

  /** The keys that the file still names while what it lacks is in doubt; absent where nothing is. */
  get namedInDoubt(): ReadonlySet<string> | undefined {
    if (this.#missingSinceMs !== undefined) return new Set();
    return this.#doubted && keysOf(this.#doubted.reading);
  }

  /** The readings whose documents are needed. */
  get readings(): readonly FileReading[] {
    return [this.#believed, this.#doubted?.reading].filter((reading) => reading !== undefined);
  }

  /** Whether a look at the stamp alone does not say that nothing changed. */
  needsReading(stamp: string): boolean {
    const last = this.#doubted?.reading ?? this.#believed;
    return last === undefined || last.stamp !== stamp || last.isFresh || this.failure !== undefined;
  }

  /** What was believed was read for other kinds of objects. */
  forget(): void {
    this.#believed = undefined;
    this.#doubted = undefined;
  }

  /** The file is there, and this stands in it. */
  take(reading: FileReading, nowMs: number, { settleMs }: Patience): void {
    this.#missingSinceMs = undefined;
    this.failure = undefined;
    if (!this.#believed || !isDoubtful(this.#believed, reading)) this.#believe(reading);
    else if (this.#doubted === undefined) this.#doubted = { reading, sinceMs: nowMs, firstMs: nowMs };
    else {
      const { firstMs } = this.#doubted;
      const isSame = this.#doubted.reading.stamp === reading.stamp && hasSameDocuments(this.#doubted.reading, reading);
      const sinceMs = isSame ? this.#doubted.sinceMs : nowMs;
      if (nowMs - sinceMs >= settleMs || (nowMs - firstMs >= longestDoubtMs && reading.documents.length > 0)) this.#believe(reading);
      else this.#doubted = { reading, sinceMs, firstMs };
    }
  }

  /** The file is as it was at the last reading. */
  seenUnchanged(nowMs: number, patience: Patience): void {
    this.#missingSinceMs = undefined;
    if (this.#doubted) this.take(this.#doubted.reading, nowMs, patience);
  }

  /** The file is not there. Returns whether that is certain by now. */
  miss(nowMs: number, { settleMs }: Patience): boolean {
    this.#missingSinceMs ??= nowMs;
    return nowMs - this.#missingSinceMs >= settleMs;
  }

  /** The file cannot be seen: neither there nor gone. */
  fail(why: string): void {
    this.#missingSinceMs = undefined;
    this.failure = why;
  }

  /** Whether it has to be looked at again soon, whatever happens. */
  get isInDoubt(): boolean {
    return this.#doubted !== undefined || this.#missingSinceMs !== undefined || this.#believed?.isFresh === true;
  }

  #believe(reading: FileReading): void {
    this.#believed = reading;
    this.#doubted = undefined;
  }
}

function isDoubtful(before: FileReading, now: FileReading): boolean {
  if (hasSameDocuments(before, now)) return false;
  if (now.size < before.size || now.documents.some(({ document }) => document.findings.some(({ code }) => code === 'DOCUMENT_INVALID')))
    return true;
  const named = keysOf(now);
  return !keysOf(before).isSubsetOf(named);
}

/** Equal texts are examined once, so documents compare by identity. */
function hasSameDocuments(a: FileReading, b: FileReading): boolean {
  return (
    a.documents.length === b.documents.length &&
    a.documents.every(({ document, line }, index) => document === b.documents[index]?.document && line === b.documents[index].line)
  );
}

function keysOf({ documents }: FileReading): Set<string> {
  return new Set(documents.flatMap(({ document }) => document.claims.map(({ key }) => key)));
}
