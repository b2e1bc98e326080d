import { crtListPath } from '../haproxy/compile/frontends.js';
import type { HaproxyFeatures } from '../haproxy/features.js';
import { type ConfigFiles, mapPath } from '../haproxy/config-files.js';
import type { CertificateRow, CrtListRow, HaproxyRow, MapRow, ServerRow } from '../haproxy/rows.js';
import { serverOptions, takesServers } from '../haproxy/server-options.js';
import { isKeyed, rowOf } from './step-rows.js';
import type { LiveRow, LiveServer, LiveStep } from './live-sink.js';
import { backendKey, type Running } from './running.js';
import type { Step } from './plan.js';

/** What a running HAProxy is told for a step of the plan. */
export interface Told {
  /** The steps of the plan that it is for; several where a whole map is replaced. */
  readonly steps: readonly Step[];
  readonly live: LiveStep;
}

/** Above so many changed or removed rows a map is replaced as a whole. */
const mostRows = { indexed: 200, walked: 14 } as const;

/** Makes commands of rows. */
export class LiveSteps {
  readonly #running: Running;
  readonly #files: ConfigFiles;
  readonly #mostRows: number;

  constructor(running: Running, files: ConfigFiles, features?: Pick<HaproxyFeatures, 'indexedMaps'>) {
    this.#running = running;
    this.#files = files;
    this.#mostRows = features?.indexedMaps === true ? mostRows.indexed : mostRows.walked;
  }

  /** What to tell for steps, in their order. Those of maps are in the files already. Steps that concern the files alone are left out. */
  for(steps: readonly Step[]): readonly Told[] {
    const many = manyRows(steps, this.#mostRows);
    const replaced = new Set<string>();
    return steps.flatMap((step): Told[] => {
      const row = rowOf(step);
      const key = row.type === 'map' ? groupOf(step.kind, row.map) : '';
      if (row.type !== 'map' || !many.has(key)) return this.of(step).map((live) => ({ steps: [step], live }));
      if (replaced.has(key)) return [];
      replaced.add(key);
      return [this.#wholeMap(row.map, key, steps)];
    });
  }

  /** What to tell for one step. */
  of({ kind, before, after, onlyOrigin }: Step): readonly LiveStep[] {
    if (onlyOrigin === true) return [];
    const row = (after ?? before) as HaproxyRow;
    switch (row.type) {
      case 'server':
        return kind === 'add' ? this.#addServer(row) : kind === 'remove' ? this.#removeServer(row) : this.#changeServer(before, row);
      case 'map':
        return this.#row(kind, row);
      case 'crt':
        return [
          ...(kind === 'remove' ? [] : [naming('add name', row)]),
          ...(before?.type === 'crt' ? [naming('remove name', before)] : []),
        ];
      case 'certificate':
        return kind === 'remove' ? [{ do: 'remove certificate', file: row.file }] : [putCertificate(row)];
      case 'list':
        return kind === 'remove' ? [] : [{ do: 'replace list', list: row.file, entries: row.entries }];
      case 'file':
      case 'section':
        return [];
    }
  }

  /** A server as HAProxy is to have it. */
  server({ name, address, port, weight, maxconn, backend }: ServerRow): LiveServer {
    const id = this.#files.idOf({ backend, name });
    return { name, address, port, id, ...(weight !== undefined && { weight }), ...(maxconn !== undefined && { maxconn }) };
  }

  /** The value of a path's row as HAProxy is to have it: a pool that stands on a spare is called by the spare's name. */
  value({ value }: MapRow): string {
    const dot = value.indexOf('.');
    const [backend, rest] = dot < 0 ? [value, ''] : [value.slice(0, dot), value.slice(dot)];
    const name = this.#running.nameOf(backend);
    return name === backend ? value : [name, rest].join('');
  }

  #addServer(row: ServerRow): LiveStep[] {
    const section = this.#running.section(backendKey(row.backend));
    if (section === undefined) return [];
    const sections = this.#running.optionSections(section);
    const backend = this.#running.nameOf(row.backend);
    if (!takesServers(sections)) return this.#fillSlot(backend, row);
    const options = serverOptions(sections);
    if (options === undefined) return [];
    const { words, isChecked } = options;
    return [{ do: 'add server', backend, server: this.server(row), options: words, isChecked }];
  }

  #fillSlot(backend: string, row: ServerRow): LiveStep[] {
    const name = this.#running.takeSlot(row);
    if (name === undefined) return [];
    const { address, port, weight, maxconn } = row;
    return [
      { do: 'set address', backend, name, address, port },
      ...(weight === undefined ? [] : [{ do: 'set weight', backend, name, weight } as const]),
      ...(maxconn === undefined ? [] : [{ do: 'set maxconn', backend, name, maxconn } as const]),
      { do: 'ready server', backend, name },
    ];
  }

  #removeServer(row: ServerRow): LiveStep[] {
    if (this.#running.section(backendKey(row.backend)) === undefined) return [];
    return [{ do: 'remove server', backend: this.#running.nameOf(row.backend), name: this.#running.serverName(row), cut: false }];
  }

  #changeServer(before: HaproxyRow | undefined, row: ServerRow): LiveStep[] {
    const { weight = 1, maxconn = 0 } = row;
    const at = { backend: this.#running.nameOf(row.backend), name: this.#running.serverName(row) };
    const was = before?.type === 'server' ? before : undefined;
    return [
      ...((was?.weight ?? 1) === weight ? [] : [{ do: 'set weight', ...at, weight } as const]),
      ...((was?.maxconn ?? 0) === maxconn ? [] : [{ do: 'set maxconn', ...at, maxconn } as const]),
    ];
  }

  #row(kind: Step['kind'], row: MapRow): LiveStep[] {
    const map = mapPath(row.map);
    if (kind === 'remove') return [{ do: 'delete row', map, key: row.key }];
    return [{ do: kind === 'add' ? 'add row' : 'set row', map, row: this.#liveRow(row) }];
  }

  #liveRow(row: MapRow): LiveRow {
    return { key: row.key, value: this.value(row) };
  }

  /** All rows of a map. Those that go stay until all that comes has come, as in the plan. */
  #wholeMap(map: string, group: string, steps: readonly Step[]): Told {
    const ofMap = steps.filter((step) => rowOf(step).type === 'map' && (rowOf(step) as MapRow).map === map);
    const isGoing = group === groupOf('remove', map);
    const going = isGoing ? [] : ofMap.flatMap(({ kind, before }) => (kind === 'remove' && before?.type === 'map' ? [before] : []));
    const rows = [...this.#files.mapRows(map), ...going].map((row) => this.#liveRow(row));
    const replaced = ofMap.filter(({ kind }) => groupOf(kind, map) === group);
    return { steps: replaced, live: { do: 'replace map', map: mapPath(map), rows } };
  }
}

/** Rows that come or change are told apart from those that go, which have another time. */
function groupOf(kind: Step['kind'], map: string): string {
  return [kind === 'remove' ? 'goes' : 'comes', map].join(' ');
}

/** Groups in which many rows change or go. Rows that only come are cheap everywhere. */
function manyRows(steps: readonly Step[], most: number): ReadonlySet<string> {
  const counts = new Map<string, number>();
  for (const step of steps) {
    const row = rowOf(step);
    if (row.type !== 'map' || step.kind === 'add') continue;
    const group = groupOf(step.kind, row.map);
    counts.set(group, (counts.get(group) ?? 0) + 1);
  }
  return new Set([...counts].flatMap(([group, count]) => (count > most ? [group] : [])));
}

/**
 * Whether HAProxy alone can say if it takes a step: what comes from people and is passed on as it is. It must not be on disk before HAProxy has
 * said so, or a HAProxy that dies before it can would not start again.
 */
export function needsProof(step: Step): boolean {
  if (step.kind === 'remove' || step.onlyOrigin === true) return false;
  const { type } = rowOf(step);
  return type === 'certificate' || type === 'crt' || type === 'list';
}

/** Whether what HAProxy was told is about the row of a step. */
export function concerns(live: LiveStep, step: Step): boolean {
  const row = rowOf(step);
  switch (row.type) {
    case 'certificate':
      return 'file' in live && live.file === row.file;
    case 'list':
      return live.do === 'replace list' && live.list === row.file;
    case 'crt':
      return 'crtList' in live && live.name === (row.name ?? '');
    case 'map':
      if (live.do === 'replace map') return live.map === mapPath(row.map);
      return 'map' in live && live.map === mapPath(row.map) && ('row' in live ? live.row.key : live.key) === row.key;
    case 'server':
      return ('server' in live ? live.server.name : 'backend' in live ? live.name : undefined) === row.name;
    case 'file':
    case 'section':
      return false;
  }
}

function naming(what: 'add name' | 'remove name', { certificate, name = '' }: CrtListRow): LiveStep {
  return { do: what, crtList: crtListPath, certificate, name };
}

function putCertificate(row: CertificateRow): LiveStep {
  const { file, pem } = row;
  return { do: isKeyed(row) ? 'put certificate' : 'replace authorities', file, pem };
}
