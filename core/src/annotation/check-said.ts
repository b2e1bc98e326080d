import { brandOf } from '../haproxy/emitter/brand.js';
import { type Directive, patternRow } from '../haproxy/emitter/index.js';

/** A directive that a family adds; only the emitter makes them. */
export function checkedDirective(directive: unknown): Directive {
  if (brandOf(directive) === 'Directive') return directive as Directive;
  throw new TypeError(`expected a directive, as haproxy\`…\` makes them; found ${typeof directive}`);
}

/** Entries of a list that a family names, each of which has a line of a file. */
export function checkedEntries(entries: readonly string[]): readonly string[] {
  if (!Array.isArray(entries)) throw new TypeError(`expected a list of texts; found ${typeof entries}`);
  for (const entry of entries as readonly unknown[]) {
    if (typeof entry !== 'string') throw new TypeError(`expected a list of texts; found ${typeof entry} in it`);
    patternRow(entry);
  }
  return [...(entries as readonly string[])];
}
