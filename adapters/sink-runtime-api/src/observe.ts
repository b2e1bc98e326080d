import { Path } from '@signalbox/core';
import type { Observation, ObservationScope, ObservedServer } from '@signalbox/core';
import type { AdminConnection } from './admin-connection.js';
import { longCommand } from './command.js';
import type { Command } from './command.js';
import { crtListLine } from './crt-lists.js';
import { fingerprints } from './fingerprints.js';
import { observedServer } from './observed-server.js';

/** Reads back what runs. Where the connection ends before all is read, {@link AdminConnection.lost} says so. */
export async function observe(scope: ObservationScope, worker: number, connection: AdminConnection): Promise<Observation> {
  const backends = new Set<string>();
  const servers: ObservedServer[] = [];
  const maps = new Map<string, Map<string, string>>();
  const lists = new Map<string, Set<string>>();
  const crtLists = new Map<string, Set<string>>();
  await connection.exchange([
    longCommand(['show', 'backend'], (name) => {
      if (name !== '' && !name.startsWith('#')) backends.add(name);
    }),
    longCommand(['show', 'servers', 'state'], (line) => {
      const server = observedServer(line);
      if (server !== undefined) servers.push(server);
    }),
    ...scope.maps.map((file) => showMap(file, maps)),
    ...scope.lists.map((file) => showList(file, lists)),
    ...scope.crtLists.map((file) => showNames(file, crtLists)),
  ]);
  return { worker, backends, servers, maps, lists, crtLists, certificates: await fingerprints(scope.certificates, connection) };
}

const isNotThere = /^(?:Unknown (?:map|ACL) identifier\.|didn't find the specified filename)/;

/** `0x55d1 key value` */
function showMap(file: string, into: Map<string, Map<string, string>>): Command {
  const rows = new Map<string, string>();
  into.set(file, rows);
  return longCommand(['show', 'map', new Path(file).text], (line) => {
    if (isNotThere.test(line)) into.delete(file);
    const key = line.indexOf(' ') + 1;
    const value = line.indexOf(' ', key) + 1;
    if (key === 0 || value === 0) return;
    const name = line.slice(key, value - 1);
    if (!rows.has(name)) rows.set(name, line.slice(value));
  });
}

/** `0x55d1 pattern` */
function showList(file: string, into: Map<string, Set<string>>): Command {
  const entries = new Set<string>();
  into.set(file, entries);
  return longCommand(['show', 'acl', new Path(file).text], (line) => {
    if (isNotThere.test(line)) into.delete(file);
    const entry = line.indexOf(' ') + 1;
    if (entry > 0) entries.add(line.slice(entry));
  });
}

function showNames(file: string, into: Map<string, Set<string>>): Command {
  const entries = new Set<string>();
  into.set(file, entries);
  return longCommand(['show', 'ssl', 'crt-list', '-n', new Path(file).text], (line) => {
    if (isNotThere.test(line)) into.delete(file);
    const found = crtListLine(line);
    if (found === undefined) return;
    if (found.names.length === 0) entries.add(found.certificate);
    for (const name of found.names) entries.add([found.certificate, name].join(' '));
  });
}
