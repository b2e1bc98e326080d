import ipaddr from 'ipaddr.js';
import { hash } from 'node:crypto';
import { crtListPath } from '../haproxy/compile/frontends.js';
import { routeMaps } from '../haproxy/compile/route-rows.js';
import { mapPath } from '../haproxy/config-files.js';
import type { CertificateRow, CrtListRow, HaproxyRow, ListRow, MapRow, ServerRow } from '../haproxy/rows.js';
import { serverOptions } from '../haproxy/server-options.js';
import { slotPrefix, sparePrefix } from '../haproxy/reserved-names.js';
import type { LiveRow, LiveStep, Observation, ObservationScope, ObservedServer } from './live-sink.js';
import { isKeyed } from './step-rows.js';
import type { LiveSteps } from './live-steps.js';
import { backendKey, type Running } from './running.js';

/** What is to be done where what runs is not what is applied. */
export interface Repair {
  readonly steps: readonly LiveStep[];
  /** What differs, for people. */
  readonly drift: readonly string[];
  /** Something is missing that no command brings back. */
  readonly needsReload: boolean;
}

/** Above so many differences a map is replaced as a whole. */
const mostRowRepairs = 200;

/** A host comes after its paths, and what guards it before them. */
const mapOrder = [routeMaps.guarded, routeMaps.exact, routeMaps.prefix, routeMaps.host, routeMaps.wildcard];

/** What of the applied rows can be read back. */
export class Expected {
  readonly #servers: ServerRow[] = [];
  readonly #maps = new Map<string, MapRow[]>(mapOrder.map((map) => [map, []]));
  readonly #lists: ListRow[] = [];
  readonly #names: CrtListRow[] = [];
  readonly #certificates: CertificateRow[] = [];
  readonly #backends: string[] = [];

  constructor(applied: Iterable<HaproxyRow>) {
    for (const row of applied) this.#sort(row);
  }

  get scope(): ObservationScope {
    return {
      maps: [...this.#maps.keys()].map(mapPath),
      lists: this.#lists.map(({ file }) => file),
      crtLists: this.#names.length === 0 ? [] : [crtListPath],
      certificates: this.#certificates.map(({ file }) => file),
    };
  }

  /** Compares with what runs. */
  repair(observed: Observation, running: Running, live: LiveSteps): Repair {
    const all = [
      this.#missingBackends(observed, running),
      this.#certificateRepairs(observed),
      this.#listRepairs(observed),
      this.#serverRepairs(observed, running, live),
      this.#nameRepairs(observed),
      ...Array.from(this.#maps, ([map, rows]) => mapRepair(map, rows, observed, live)),
    ];
    return {
      steps: all.flatMap(({ steps }) => steps),
      drift: all.flatMap(({ drift }) => drift),
      needsReload: all.some(({ needsReload }) => needsReload),
    };
  }

  #sort(row: HaproxyRow): void {
    switch (row.type) {
      case 'server':
        return void this.#servers.push(row);
      case 'map':
        return void (this.#maps.get(row.map) ?? this.#newMap(row.map)).push(row);
      case 'list':
        return void this.#lists.push(row);
      case 'crt':
        return void this.#names.push(row);
      case 'certificate':
        return void this.#certificates.push(row);
      case 'file':
        // HAProxy does not say what it holds of it.
        return;
      case 'section':
        if (row.kind === 'backend' && row.name !== undefined) this.#backends.push(row.name);
    }
  }

  #newMap(map: string): MapRow[] {
    const rows: MapRow[] = [];
    this.#maps.set(map, rows);
    return rows;
  }

  #missingBackends({ backends }: Observation, running: Running): Repair {
    const missing = this.#backends.filter((name) => !backends.has(running.nameOf(name)));
    return { steps: [], drift: missing.map((name) => `backend ${name} is missing`), needsReload: missing.length > 0 };
  }

  #serverRepairs({ servers, backends }: Observation, running: Running, live: LiveSteps): Repair {
    const found = new Map(servers.map((server) => [`${server.backend}/${server.name}`, server]));
    const [steps, drift]: [LiveStep[], string[]] = [[], []];
    let needsReload = false;
    this.#learnSlots(servers, running);
    for (const row of this.#servers) {
      const backend = running.nameOf(row.backend);
      const key = `${backend}/${running.serverName(row)}`;
      const server = found.get(key);
      found.delete(key);
      if (!backends.has(backend)) continue;
      const repairs = server === undefined ? live.of({ kind: 'add', key: '', after: row }) : mended(server, row, running);
      steps.push(...repairs);
      if (server === undefined) {
        drift.push(`server ${key} is missing`);
        const section = running.section(backendKey(row.backend));
        needsReload ||= repairs.length === 0 || section === undefined;
      } else if (repairs.length > 0) drift.push(`server ${key} is not as it should be`);
    }
    const ours = new Set(this.#backends.map((name) => running.nameOf(name)));
    for (const [key, { backend, name, state }] of found) {
      if (!ours.has(backend) && !backend.startsWith(sparePrefix)) continue;
      if (name.startsWith(slotPrefix) && state === 'maint') continue;
      steps.push({ do: 'remove server', backend, name, cut: false });
      drift.push(`server ${key} is not wanted`);
    }
    return { steps, drift, needsReload };
  }

  /** Another controller may have put servers into slots. */
  #learnSlots(servers: readonly ObservedServer[], running: Running): void {
    const slots = servers.filter(({ name }) => name.startsWith(slotPrefix));
    if (slots.length === 0) return;
    const inUse = new Map(slots.map((slot) => [`${slot.backend} ${slot.address}:${slot.port}`, slot]));
    for (const row of this.#servers) {
      const slot = inUse.get(`${running.nameOf(row.backend)} ${row.address}:${row.port}`);
      if (slot !== undefined) running.standInSlot(row, slot.name);
    }
    for (const [backend, those] of Map.groupBy(slots, (slot) => slot.backend))
      running.foundFreeSlots(
        backend,
        those.filter(isUnused).map(({ name }) => name),
      );
  }

  #listRepairs({ lists }: Observation): Repair {
    const differing = this.#lists.filter(({ file, entries }) => {
      const found = lists.get(file);
      // A list that nothing names is not loaded.
      return found !== undefined && !isSameSet(found, new Set(entries));
    });
    return {
      steps: differing.map(({ file, entries }) => ({ do: 'replace list', list: file, entries })),
      drift: differing.map(({ file }) => `list ${file} has other entries`),
      needsReload: false,
    };
  }

  #nameRepairs({ crtLists }: Observation): Repair {
    const found = new Set(crtLists.get(crtListPath));
    // Without a bind over TLS nobody reads the list.
    if (!crtLists.has(crtListPath)) return nothing;
    const missing = this.#names.filter(
      ({ certificate, name }) => !found.delete([certificate, ...(name === undefined ? [] : [name])].join(' ')),
    );
    const steps: LiveStep[] = missing.map(({ certificate, name = '' }) => ({ do: 'add name', crtList: crtListPath, certificate, name }));
    for (const line of found) {
      const [certificate = '', name = ''] = line.split(' ');
      steps.push({ do: 'remove name', crtList: crtListPath, certificate, name });
    }
    const drift = [
      ...missing.map(({ name = '' }) => `certificate name ${name} is missing`),
      ...[...found].map((line) => `crt-list line ${line} is not wanted`),
    ];
    return { steps, drift, needsReload: missing.some(({ name }) => name === undefined) };
  }

  #certificateRepairs({ certificates, crtLists }: Observation): Repair {
    const named = new Set(crtLists.has(crtListPath) ? this.#names.map(({ certificate }) => certificate) : []);
    const differing = this.#certificates.filter((row) => {
      const found = certificates.get(row.file);
      if (found === undefined) return named.has(row.file);
      return found !== fingerprint(row);
    });
    return {
      steps: differing.map((row) => ({ do: isKeyed(row) ? 'put certificate' : 'replace authorities', file: row.file, pem: row.pem })),
      drift: differing.map(({ file }) => `certificate ${file} is another one`),
      needsReload: false,
    };
  }
}

const nothing: Repair = { steps: [], drift: [], needsReload: false };

/** What makes a server that runs like the wanted one. One that somebody drains is left draining. */
function mended(server: ObservedServer, row: ServerRow, running: Running): LiveStep[] {
  const { backend, name } = server;
  const { address, port } = row;
  const section = running.section(backendKey(row.backend));
  const hasDefault = section !== undefined && (serverOptions(running.optionSections(section))?.words.includes('weight') ?? true);
  const weight = row.weight ?? (hasDefault ? server.weight : 1);
  return [
    ...(isSameAddress(server.address, address) && server.port === port
      ? []
      : [{ do: 'set address', backend, name, address, port } as const]),
    ...(server.weight === weight ? [] : [{ do: 'set weight', backend, name, weight } as const]),
    ...(server.state === 'maint' ? [{ do: 'ready server', backend, name } as const] : []),
  ];
}

/** HAProxy has its own way to write IPv6. */
function isSameAddress(one: string, other: string): boolean {
  if (one === other) return true;
  return [one, other].every((each) => ipaddr.IPv6.isValid(each)) && ipaddr.parse(one).toString() === ipaddr.parse(other).toString();
}

/** As it stands in the file. */
function isUnused({ state, port }: ObservedServer): boolean {
  return state === 'maint' && port === 1;
}

function mapRepair(map: string, rows: readonly MapRow[], { maps }: Observation, live: LiveSteps): Repair {
  const path = mapPath(map);
  const observed = maps.get(path);
  // A map that no rule names is not loaded.
  if (observed === undefined) return nothing;
  const found = new Map(observed);
  const wanted: LiveRow[] = rows.map((row) => ({ key: row.key, value: live.value(row) }));
  const drift: string[] = [];
  const steps: LiveStep[] = [];
  for (const row of wanted) {
    const value = found.get(row.key);
    found.delete(row.key);
    if (value === row.value) continue;
    steps.push({ do: value === undefined ? 'add row' : 'set row', map: path, row });
    drift.push(`row ${row.key} of map ${map} is ${value === undefined ? 'missing' : 'another one'}`);
  }
  for (const key of found.keys()) {
    steps.push({ do: 'delete row', map: path, key });
    drift.push(`row ${key} of map ${map} is not wanted`);
  }
  return { steps: steps.length > mostRowRepairs ? [{ do: 'replace map', map: path, rows: wanted }] : steps, drift, needsReload: false };
}

function isSameSet(one: ReadonlySet<string>, other: ReadonlySet<string>): boolean {
  return one.size === other.size && one.isSubsetOf(other);
}

/** SHA-1 of the first certificate. */
function fingerprint({ pem }: CertificateRow): string | undefined {
  const body = /-----BEGIN CERTIFICATE-----([^-]*)-----END/.exec(pem.reveal())?.[1];
  return body === undefined ? undefined : hash('sha1', Buffer.from(body, 'base64')).toUpperCase();
}
