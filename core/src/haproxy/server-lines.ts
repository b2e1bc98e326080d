import type { Origin } from '../resource/origin.js';
import { haproxy, renderDirective } from './emitter/index.js';
import type { ServerRow } from './rows.js';

/** The lines of a backend's servers, sorted by name, each with an id of its own. */
export function serverLines(servers: readonly ServerRow[]): { readonly text: string; readonly origin?: Origin | undefined }[] {
  const taken = new Set<number>();
  return servers
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .map((server) => {
      let id = serverId(server.name);
      while (taken.has(id)) id = (id % mostId) + 1;
      taken.add(id);
      return { text: `  ${serverLine(server, id)}`, origin: server.origin };
    });
}

/** Nothing in such a name or address needs an encoding. */
const plain = /^[0-9a-f.:]+$/;

/** There are hundreds of thousands of them, nearly all plain: those need no template. */
function serverLine({ name, address, port }: ServerRow, id: number): string {
  const at = addressAndPort(address, port);
  if (plain.test(name) && plain.test(at)) return ['server', name, at, 'id', String(id)].join(' ');
  return renderDirective(haproxy`server ${name} ${at} id ${id}`);
}

/** HAProxy takes the last colon for the one before the port. */
function addressAndPort(address: string, port: number): string {
  return [address, String(port)].join(':');
}

const mostId = 2 ** 31 - 1;

/**
 * The id by which HAProxy knows a server over reloads and on every replica, so that consistent hashing survives both: FNV-1a of its
 * name, from 1 to 2^31 − 1.
 */
function serverId(name: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < name.length; at += 1) hash = Math.imul(hash ^ name.charCodeAt(at), 0x01000193) >>> 0;
  return (hash % mostId) + 1;
}
