import { isSameField, type Origin } from '../resource/origin.js';
import { formatRef } from '../resource/resource.js';
import type { ConfigFile } from '../target/durable-sink.js';
import type { Step } from '../target/plan.js';
import { crtListRow, mapRow, Path, patternRow, renderSection } from './emitter/index.js';
import { crtListPath } from './compile/frontends.js';
import { routeMaps } from './compile/route-rows.js';
import type { CrtListRow, HaproxyRow, ListRow, MapRow, SectionRow, ServerRow } from './rows.js';
import { serverLines } from './server-lines.js';

/** A file as rendered, and where its lines come from. */
export interface RenderedFile extends ConfigFile {
  /** The origin of a line, counted from 1. */
  originAt(line: number): Origin | undefined;
}

/** How the sections are spread over files. @public */
export interface FileLayout {
  /**
   * In how many files backends stand. With one, they stand in `haproxy.cfg`; with more, a changed backend rewrites its file only.
   */
  readonly shards: number;
}

const mainFile = 'haproxy.cfg';

/** The files that HAProxy reads, kept up to date step by step: a step renders anew only the files in which its rows stand. */
export class ConfigFiles {
  readonly #shards: number;
  /** The rows of each file, by row key. */
  readonly #rows = new Map<string, Map<string, HaproxyRow>>();

  constructor({ shards }: FileLayout) {
    this.#shards = shards;
    // HAProxy opens the maps that its frontends name, empty or not.
    for (const map of Object.values(routeMaps)) this.#rows.set(`maps/${map}.map`, new Map());
  }

  /** Takes steps up. Returns the paths of the files that they touch. */
  take(steps: readonly Step[]): ReadonlySet<string> {
    const touched = new Set<string>();
    for (const { key, before, after } of steps) {
      const path = this.#pathOf(before ?? after);
      const rows = this.#rows.get(path) ?? new Map<string, HaproxyRow>();
      if (after === undefined) rows.delete(key);
      else rows.set(key, after);
      this.#rows.set(path, rows);
      touched.add(path);
    }
    return touched;
  }

  /** Every path. */
  paths(): ReadonlySet<string> {
    return new Set(this.#rows.keys());
  }

  /** A file as it is now; `undefined` if it has gone. */
  render(path: string): RenderedFile | undefined {
    const rows = this.#rows.get(path);
    if (rows === undefined || (rows.size === 0 && !path.startsWith('maps/'))) return undefined;
    const lines = linesOf([...rows.values()]);
    return {
      path,
      content: lines.length === 0 ? '' : `${lines.map((line) => line.text).join('\n')}\n`,
      secret: isSecret(rows.values()),
      originAt: (line) => originAt(lines, line),
    };
  }

  #pathOf(row: HaproxyRow | undefined): string {
    switch (row?.type) {
      case 'map':
        return `maps/${row.map}.map`;
      case 'crt':
        return crtListPath;
      case 'certificate':
      case 'list':
        return row.file;
      case 'server':
        return this.#shardOf(row.backend);
      case 'section':
        return row.kind === 'backend' ? this.#shardOf(row.name ?? '') : mainFile;
      case undefined:
        return mainFile;
    }
  }

  /** Sorts after the main file, which holds the sections that backends inherit. */
  #shardOf(backend: string): string {
    if (this.#shards === 1) return mainFile;
    let hash = 0;
    for (let at = 0; at < backend.length; at += 1) hash = (Math.imul(hash, 31) + backend.charCodeAt(at)) >>> 0;
    return `haproxy.pools-${String(hash % this.#shards).padStart(3, '0')}.cfg`;
  }
}

/** Whether keys or hashes of passwords stand among the rows. */
function isSecret(rows: Iterable<HaproxyRow>): boolean {
  for (const row of rows) {
    if (row.type === 'certificate') return true;
    if (row.type === 'section' && row.directives.some(({ directive }) => directive.secret === true)) return true;
  }
  return false;
}

/** One or more lines of text, and where they come from. */
interface Lines {
  readonly text: string;
  readonly origin?: Origin | undefined;
}

function originAt(lines: readonly Lines[], wanted: number): Origin | undefined {
  let line = 0;
  for (const { text, origin } of lines) {
    line += text.split('\n').length;
    if (line >= wanted) return origin;
  }
  return undefined;
}

/** The text of a file's rows, in an order that depends on nothing but the rows. */
function linesOf(rows: readonly HaproxyRow[]): Lines[] {
  const [first] = rows;
  switch (first?.type) {
    case 'map':
      return (rows as MapRow[]).sort(by((row) => row.key)).map((row) => ({ text: mapRow(row.key, row.value), origin: row.origin }));
    case 'crt':
      // The first line is the default certificate.
      return (rows as CrtListRow[]).sort(by((row) => row.name ?? '')).map(({ certificate, name, origin }) => ({
        text: crtListRow({ file: new Path(certificate), names: name === undefined ? [] : [name] }),
        origin,
      }));
    case 'list':
      return (rows as ListRow[]).flatMap(({ entries, origin }) => entries.map((entry) => ({ text: patternRow(entry), origin })));
    case 'certificate':
      return [{ text: first.pem.reveal().trimEnd(), origin: first.origin }];
    case 'section':
    case 'server':
      return sectionLines(rows as (SectionRow | ServerRow)[]);
    case undefined:
      return [];
  }
}

const sectionOrder: readonly SectionRow['kind'][] = ['global', 'defaults', 'peers', 'userlist', 'frontend', 'backend'];

function sectionLines(rows: readonly (SectionRow | ServerRow)[]): Lines[] {
  const servers = Map.groupBy(
    rows.filter((row) => row.type === 'server'),
    (row) => row.backend,
  );
  const sections = rows.filter((row) => row.type === 'section');
  sections.sort(by((row) => `${sectionOrder.indexOf(row.kind)} ${row.name ?? ''}`));
  return sections.flatMap((section) => [...linesOfSection(section), ...serverLines(servers.get(section.name ?? '') ?? []), { text: '' }]);
}

/** A section with its directives. A comment names the object behind what follows it. */
function linesOfSection(section: SectionRow): Lines[] {
  const { kind, name, from, directives, origin } = section;
  const [header = ''] = renderSection({ kind, ...(name !== undefined && { name }), ...(from !== undefined && { from }), directives: [] });
  const lines: Lines[] = [{ text: header, origin }];
  if (origin !== undefined) lines.push({ text: comment(origin), origin });
  let named = origin;
  for (const owned of directives) {
    if (owned.origin !== undefined && !isSameField(owned.origin, named)) lines.push({ text: comment(owned.origin), origin: owned.origin });
    named = owned.origin ?? named;
    const [, text = ''] = renderSection({ kind, directives: [owned.directive] });
    lines.push({ text, origin: owned.origin ?? origin });
  }
  return lines;
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
