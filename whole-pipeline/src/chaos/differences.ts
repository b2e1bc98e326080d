import { X509Certificate } from 'node:crypto';
import type { HaproxyModel, HaproxyRow, Observation, ObservationScope } from '@signalbox/core';

/** What can be read back of a model. */
export function scopeOf(model: HaproxyModel): ObservationScope {
  const rows = rowsOf(model);
  return {
    maps: ['host', 'host-wildcard', 'path-exact', 'path-prefix', 'host-guarded'].map((name) => `maps/${name}.map`),
    lists: rows.flatMap((row) => (row.type === 'list' ? [row.file] : [])),
    crtLists: ['crt-list.txt'],
    certificates: rows.flatMap((row) => (row.type === 'certificate' ? [row.file] : [])),
  };
}

/** In what a running HAProxy differs from a model; empty where it does not. Compares texts, and knows nothing of how they came about. */
export function differences(model: HaproxyModel, observed: Observation): string[] {
  const wanted = rowsOf(model).flatMap(textsOf).sort();
  const found = observedTexts(observed, new Set(wanted.filter((each) => each.startsWith('backend ')))).sort();
  const [wantedSet, foundSet] = [new Set(wanted), new Set(found)];
  return [
    ...wanted.filter((each) => !foundSet.has(each)).map((each) => `missing: ${each}`),
    ...found.filter((each) => !wantedSet.has(each)).map((each) => `too much: ${each}`),
  ];
}

function rowsOf(model: HaproxyModel): HaproxyRow[] {
  return model.tables.flatMap((table) => [...table.rows.values()]);
}

function textsOf(row: HaproxyRow): string[] {
  switch (row.type) {
    case 'server':
      return [`server ${row.backend} ${row.address}:${String(row.port)} ready`];
    case 'map':
      return [`map maps/${row.map}.map ${row.key} ${row.value}`];
    case 'crt':
      return [`crt ${[row.certificate, ...(row.name === undefined ? [] : [row.name])].join(' ')}`];
    case 'certificate':
      return [`certificate ${row.file} ${new X509Certificate(row.pem.reveal()).fingerprint.replaceAll(':', '')}`];
    case 'list':
      return row.entries.map((entry) => `list ${row.file} ${entry}`);
    case 'file':
      return [];
    case 'section':
      return row.kind === 'backend' ? [`backend ${row.name ?? ''}`] : [];
  }
}

/** Backends that nobody wants any more may stay without servers until the next reload, and so may the spares. */
function observedTexts({ servers, maps, crtLists, certificates, lists, backends }: Observation, wanted: ReadonlySet<string>): string[] {
  return [
    ...[...backends].map((name) => `backend ${name}`).filter((each) => wanted.has(each)),
    ...servers
      .filter(({ name, state }) => !(name.startsWith('signalbox_slot_') && state === 'maint'))
      .map(({ backend, address, port, state }) => `server ${backend} ${address}:${String(port)} ${state}`),
    ...[...maps].flatMap(([map, rows]) => [...rows].map(([key, value]) => `map ${map} ${key} ${value}`)),
    ...[...crtLists.values()].flatMap((lines) => [...lines].map((line) => `crt ${line}`)),
    ...[...certificates].map(([file, fingerprint]) => `certificate ${file} ${fingerprint}`),
    ...[...lists].flatMap(([list, entries]) => [...entries].map((entry) => `list ${list} ${entry}`)),
  ];
}
