import { isRefusal, Path } from '@signalbox/core';
import type { LiveStep } from '@signalbox/core';
import { longCommand } from './command.js';
import type { Command } from './command.js';

/** A line of a crt-list. */
export interface CrtListLine {
  readonly certificate: string;
  /** By which HAProxy finds it; `undefined` for one that was added since the list was read. */
  readonly number: number | undefined;
  readonly names: readonly string[];
}

/** `certs/a.pem:3 [alpn h2] a.example`; there may be NUL bytes in the brackets. */
const line = /^(\S+):(\d+)(?: \[[^\]]*\])?(?: (.*))?$/;

/** Reads a line of `show ssl crt-list -n`; `undefined` for a comment. */
export function crtListLine(text: string): CrtListLine | undefined {
  const [, certificate = '', number, names = ''] = line.exec(text) ?? [];
  if (number === undefined) return undefined;
  return { certificate, number: Number(number), names: names.split(' ').filter((name) => name !== '') };
}

type NameStep = Extract<LiveStep, { readonly do: 'add name' | 'remove name' }>;

/** The crt-lists of a worker, as far as they were read during one call. */
export class CrtLists {
  /** By file; lines by certificate and name. One with several names stands under each. */
  readonly #files = new Map<string, Map<string, CrtListLine[]>>();

  /** The command that has to run before the step; `undefined` where all is known, or where such a file cannot be. */
  toRead({ do: what, crtList: file, certificate, name }: NameStep): Command | undefined {
    const isKnown = this.#files.has(file);
    // A list of ten thousand names takes longer to read than a name to add.
    if (what === 'add name' && !isKnown) return undefined;
    // Only who removes a line needs its number.
    const needsNumber = what === 'remove name' && this.find(file, certificate, name).some(({ number }) => number === undefined);
    if ((isKnown && !needsNumber) || !isPath(file)) return undefined;
    const fresh = new Map<string, CrtListLine[]>();
    this.#files.set(file, fresh);
    return longCommand(['show', 'ssl', 'crt-list', '-n', file], (text) => {
      const found = crtListLine(text);
      if (found !== undefined) keep(fresh, found);
    });
  }

  /** All lines that have this certificate and this name; an empty name is none. */
  find(file: string, certificate: string, name: string): readonly CrtListLine[] {
    return this.#files.get(file)?.get(keyOf(certificate, name)) ?? [];
  }

  add(file: string, certificate: string, name: string): void {
    const lines = this.#files.get(file);
    if (lines !== undefined) keep(lines, { certificate, number: undefined, names: name === '' ? [] : [name] });
  }

  remove(file: string, certificate: string, name: string): void {
    this.#files.get(file)?.delete(keyOf(certificate, name));
  }
}

function keep(lines: Map<string, CrtListLine[]>, found: CrtListLine): void {
  for (const name of found.names.length === 0 ? [''] : found.names) {
    const key = keyOf(found.certificate, name);
    const same = lines.get(key);
    if (same === undefined) lines.set(key, [found]);
    else same.push(found);
  }
}

function keyOf(certificate: string, name: string): string {
  return [certificate, name].join(' ');
}

function isPath(file: string): boolean {
  try {
    return new Path(file).text === file;
  } catch (error) {
    if (isRefusal(error)) return false;
    throw error;
  }
}
