import { isSameField, type Origin } from '../resource/origin.js';
import { formatRef } from '../resource/resource.js';
import { crtListRow, mapRow, Path, patternRow, renderSection } from './emitter/index.js';
import type { CrtListRow, HaproxyRow, ListRow, MapRow, SectionRow, ServerRow } from './rows.js';
import { serverLines } from './server-lines.js';

/** Whether keys or hashes of passwords stand among the rows. */
export function isSecret(rows: Iterable<HaproxyRow>): boolean {
  for (const row of rows) {
    if (row.type === 'certificate') return true;
    if (row.type === 'section' && row.directives.some(({ directive }) => directive.secret === true)) return true;
  }
  return false;
}

/** What stands in a section besides its directives. */
export interface SectionParts {
  readonly servers: readonly ServerRow[];
  /** Names. */
  readonly slots: readonly string[];
}

/** One or more lines of text, and where they come from. */
export interface Lines {
  readonly text: string;
  readonly origin?: Origin | undefined;
}

export function originAt(lines: readonly Lines[], wanted: number): Origin | undefined {
  let line = 0;
  for (const { text, origin } of lines) {
    line += text.split('\n').length;
    if (line >= wanted) return origin;
  }
  return undefined;
}

/** The text of a file's rows, in an order that depends on nothing but the rows. */
export function linesOf(rows: readonly Exclude<HaproxyRow, ServerRow>[], partsOf: (section: SectionRow) => SectionParts): Lines[] {
  const [first] = rows;
  switch (first?.type) {
    case 'map':
      return (rows as MapRow[]).sort(by((row) => row.key)).map((row) => ({ text: mapRow(row.key, row.value), origin: row.origin }));
    case 'crt':
      // The first line is the default certificate.
      return (rows as CrtListRow[])
        .map((row) => ({ row, text: crtListLine(row) }))
        .sort(by(({ row, text }) => (row.name === undefined ? '' : text)))
        .map(({ row: { origin }, text }) => ({ text, origin }));
    case 'list':
      return (rows as ListRow[]).flatMap(({ entries, origin }) => entries.map((entry) => ({ text: patternRow(entry), origin })));
    case 'certificate':
      return [{ text: first.pem.reveal().trimEnd(), origin: first.origin }];
    case 'file':
      return [{ text: first.content, origin: first.origin }];
    case 'section':
      return (rows as SectionRow[])
        .sort(by((row) => `${sectionOrder.indexOf(row.kind)} ${row.name ?? ''}`))
        .flatMap((section) => linesOfSection(section, partsOf(section)));
    case undefined:
      return [];
  }
}

/** The line of one name. */
export function crtListLine({ certificate, name }: CrtListRow): string {
  return crtListRow({ file: new Path(certificate), names: name === undefined ? [] : [name] });
}

const sectionOrder: readonly SectionRow['kind'][] = ['global', 'defaults', 'peers', 'userlist', 'frontend', 'backend'];

/** The first line of a section. */
export function sectionHeader({ kind, name, from }: SectionRow): string {
  const [header = ''] = renderSection({ kind, ...(name !== undefined && { name }), ...(from !== undefined && { from }), directives: [] });
  return header;
}

/** A section with its directives, its servers, and an empty line. A comment names the object behind what follows it. */
export function linesOfSection(section: SectionRow, { servers, slots }: SectionParts): Lines[] {
  const { kind, directives, origin } = section;
  const lines: Lines[] = [{ text: sectionHeader(section), origin }];
  if (origin !== undefined) lines.push({ text: comment(origin), origin });
  let named = origin;
  for (const owned of directives) {
    if (owned.origin !== undefined && !isSameField(owned.origin, named)) lines.push({ text: comment(owned.origin), origin: owned.origin });
    named = owned.origin ?? named;
    const [, text = ''] = renderSection({ kind, directives: [owned.directive] });
    lines.push({ text, origin: owned.origin ?? origin });
  }
  return [...lines, ...serverLines(servers, slots), { text: '' }];
}

/** Names are Kubernetes names; whatever else stands in them stays on its line. */
function comment({ object, field }: Origin): string {
  const words = [formatRef(object), ...(field === undefined ? [] : [field])].join(' ');
  return `  # ${words.replace(/[^\x20-\x7e]/g, '?').slice(0, 200)}`;
}

function by<T>(key: (row: T) => string): (a: T, b: T) => number {
  return (a, b) => {
    const left = key(a);
    const right = key(b);
    return left < right ? -1 : left > right ? 1 : 0;
  };
}
