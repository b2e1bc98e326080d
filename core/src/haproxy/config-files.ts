import type { Origin } from '../resource/origin.js';
import type { ConfigFile } from '../target/durable-sink.js';
import type { FileEdit, ItemEdit, WholeFile } from '../target/file-edit.js';
import type { Step } from '../target/plan.js';
import { crtListPath } from './compile/frontends.js';
import { routeMaps } from './compile/route-rows.js';
import { mapRow } from './emitter/index.js';
import { crtListLine, isSecret, linesOf, linesOfSection, originAt, sectionHeader, type SectionParts } from './file-text.js';
import { type HaproxyRow, type MapRow, rowKey, type SectionRow, type ServerRow } from './rows.js';
import { serverLine, serverLinePrefix, ServerIds, slotNames } from './server-lines.js';
import { takesServers } from './server-options.js';
import { sparePrefix } from './reserved-names.js';

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
  /** How many slots for servers there are in backends that take none while HAProxy runs. Default 0. */
  readonly slots?: number;
}

const mainFile = 'haproxy.cfg';
const sparesFile = 'haproxy.spares.cfg';

/** Of so many backends the ids of servers are remembered between edits. */
const mostEditedBackends = 1000;

/** The files that HAProxy reads, kept up to date step by step: a step renders anew only the files in which its rows stand. */
export class ConfigFiles {
  readonly #shards: number;
  readonly #slots: readonly string[];
  /** The rows of each file but servers, by row key. */
  readonly #rows = new Map<string, Map<string, Exclude<HaproxyRow, ServerRow>>>();
  /** The servers of each backend, by row key. */
  readonly #servers = new Map<string, Map<string, ServerRow>>();
  /** Of the backends whose servers were edited one by one. */
  readonly #ids = new Map<string, ServerIds>();

  constructor({ shards, slots = 0 }: FileLayout) {
    this.#shards = shards;
    this.#slots = slotNames(slots);
    // HAProxy opens the maps that its frontends name, empty or not.
    for (const map of Object.values(routeMaps)) this.#rows.set(mapPath(map), new Map());
  }

  /** Takes steps up. Returns the paths of the files that they touch. */
  take(steps: readonly Step[]): ReadonlySet<string> {
    this.#ids.clear();
    return new Set(steps.map((step) => this.#take(step)));
  }

  /** Takes steps up, and says what that changes in the files: as much as the steps say, whatever the size of the files. */
  edit(steps: readonly Step[]): FileEdit[] {
    return steps.flatMap((step): readonly FileEdit[] => {
      const { before, after } = step;
      const path = this.#pathOf(before ?? after);
      const wasThere = this.#isThere(path);
      const header = this.#headerOf(before ?? after);
      this.#take(step);
      if (!wasThere || !this.#isThere(path)) return this.#whole(path);
      const items = this.#items(path, header, before, after);
      return items === undefined ? this.#whole(path) : items.filter(({ remove, insert }) => remove !== insert);
    });
  }

  /** The rows of a map. */
  mapRows(map: string): readonly MapRow[] {
    return [...(this.#rows.get(mapPath(map))?.values() ?? [])] as MapRow[];
  }

  /** The id that a server has, or gets. */
  idOf({ backend, name }: Pick<ServerRow, 'backend' | 'name'>): number {
    return this.#idsOf(backend).take(name);
  }

  /** Every path. */
  paths(): ReadonlySet<string> {
    return new Set(this.#rows.keys());
  }

  /** A file as it is now; `undefined` if it has gone. */
  render(path: string): RenderedFile | undefined {
    const rows = this.#rows.get(path);
    if (rows === undefined || !this.#isThere(path)) return undefined;
    const lines = linesOf([...rows.values()], this.#partsOf);
    const [first] = rows.values();
    return {
      path,
      content: first?.type === 'file' ? first.content : lines.map(({ text }) => `${text}\n`).join(''),
      secret: isSecret(rows.values()),
      originAt: (line) => originAt(lines, line),
    };
  }

  #take({ key, before, after }: Step): string {
    const path = this.#pathOf(before ?? after);
    const row = after ?? before;
    if (row?.type === 'server') {
      const servers = put(this.#servers, row.backend, key, after as ServerRow | undefined);
      if (servers.size === 0) this.#servers.delete(row.backend);
    } else put(this.#rows, path, key, after as Exclude<HaproxyRow, ServerRow> | undefined);
    return path;
  }

  #isThere(path: string): boolean {
    return path.startsWith('maps/') || (this.#rows.get(path)?.size ?? 0) > 0;
  }

  #whole(path: string): WholeFile[] {
    const file = this.render(path);
    return [{ path, ...(file && { file: { path, content: file.content, secret: file.secret } }) }];
  }

  /** The edits that a step is; `undefined` where its file is nothing but the row. */
  #items(path: string, header: string | undefined, before: HaproxyRow | undefined, after: HaproxyRow | undefined): ItemEdit[] | undefined {
    const item = (like: string, remove: string | undefined, insert: string | undefined, under?: string): ItemEdit[] => [
      {
        path,
        like,
        ...(under !== undefined && { under }),
        ...(remove !== undefined && { remove }),
        ...(insert !== undefined && { insert }),
      },
    ];
    switch ((after ?? before)?.type) {
      case 'map':
        return item('', lineOf(before, 'map', mapLine), lineOf(after, 'map', mapLine));
      case 'crt':
        return header === undefined ? undefined : item('', lineOf(before, 'crt', crtListLine), lineOf(after, 'crt', crtListLine), header);
      case 'server': {
        const line = (row: ServerRow): string => serverLine(row, this.idOf(row));
        const edits = item(serverLinePrefix, lineOf(before, 'server', line), lineOf(after, 'server', line), header);
        if (after === undefined && before?.type === 'server') this.#idsOf(before.backend).free(before.name);
        // The section has gone, or is yet to come with all its servers.
        return header === undefined ? [] : edits;
      }
      case 'section':
        // Only backends stand at the end of their file.
        if (after?.type === 'section' && after.kind !== 'backend') return undefined;
        return item(
          `${kindOf(before, after)} `,
          lineOf(before, 'section', sectionHeader),
          lineOf(after, 'section', (row) => this.#block(row)),
        );
      default:
        return undefined;
    }
  }

  /** The line below which a row stands; `undefined` where there is none. */
  #headerOf(row: HaproxyRow | undefined): string | undefined {
    const key = row?.type === 'server' ? rowKey({ type: 'section', kind: 'backend', name: row.backend, directives: [] }) : 'crt ';
    const above = row?.type === 'server' || row?.type === 'crt' ? this.#rows.get(this.#pathOf(row))?.get(key) : undefined;
    return lineOf(above, 'section', sectionHeader) ?? lineOf(above, 'crt', crtListLine);
  }

  /** The text of a section with its servers. */
  #block(section: SectionRow): string {
    return linesOfSection(section, this.#partsOf(section))
      .map(({ text }) => text)
      .join('\n');
  }

  readonly #partsOf = (section: SectionRow): SectionParts => ({
    servers: section.kind === 'backend' ? this.#serversOf(section.name ?? '') : [],
    slots: this.#slotsOf(section),
  });

  #slotsOf(section: SectionRow): readonly string[] {
    if (this.#slots.length === 0 || section.kind !== 'backend' || section.name?.startsWith(sparePrefix) === true) return [];
    const inherited = this.#rows.get(mainFile)?.get(['section', 'defaults', section.from ?? ''].join(' '));
    return takesServers([inherited?.type === 'section' ? inherited : undefined, section]) ? [] : this.#slots;
  }

  #serversOf(backend: string): ServerRow[] {
    return [...(this.#servers.get(backend)?.values() ?? [])];
  }

  #idsOf(backend: string): ServerIds {
    let ids = this.#ids.get(backend);
    if (ids === undefined) {
      if (this.#ids.size >= mostEditedBackends) this.#ids.clear();
      this.#ids.set(backend, (ids = new ServerIds()));
      const servers = this.#serversOf(backend);
      for (const { name } of servers.sort((a, b) => (a.name < b.name ? -1 : 1))) ids.take(name);
    }
    return ids;
  }

  #pathOf(row: HaproxyRow | undefined): string {
    switch (row?.type) {
      case 'map':
        return mapPath(row.map);
      case 'crt':
        return crtListPath;
      case 'certificate':
      case 'list':
      case 'file':
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
    if (backend.startsWith(sparePrefix)) return sparesFile;
    if (this.#shards === 1) return mainFile;
    let hash = 0;
    for (let at = 0; at < backend.length; at += 1) hash = (Math.imul(hash, 31) + backend.charCodeAt(at)) >>> 0;
    return `haproxy.pools-${String(hash % this.#shards).padStart(3, '0')}.cfg`;
  }
}

/** Puts a row into one of several groups, or takes it out. */
function put<T>(groups: Map<string, Map<string, T>>, name: string, key: string, row: T | undefined): ReadonlyMap<string, T> {
  const group = groups.get(name) ?? new Map<string, T>();
  if (row === undefined) group.delete(key);
  else group.set(key, row);
  groups.set(name, group);
  return group;
}

/** The path of a map's file, which is its name in the configuration too. */
export function mapPath(map: string): string {
  return `maps/${map}.map`;
}

function mapLine({ key, value }: MapRow): string {
  return mapRow(key, value);
}

/** The line of a row, where it is one of that type. */
function lineOf<T extends HaproxyRow['type']>(
  row: HaproxyRow | undefined,
  type: T,
  line: (row: Extract<HaproxyRow, { readonly type: T }>) => string,
): string | undefined {
  return row?.type === type ? line(row as Extract<HaproxyRow, { readonly type: T }>) : undefined;
}

function kindOf(before: HaproxyRow | undefined, after: HaproxyRow | undefined): string {
  const row = after ?? before;
  return row?.type === 'section' ? row.kind : '';
}
