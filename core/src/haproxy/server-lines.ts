import type { Origin } from '../resource/origin.js';
import { haproxy, renderDirective } from './emitter/index.js';
import { slotPrefix } from './reserved-names.js';
import type { ServerRow } from './rows.js';

/** How the line of a server begins. */
export const serverLinePrefix = '  server ';

/** The lines of a backend's servers, sorted by name, each with an id of its own; slots, whose names begin with a letter, behind them. */
export function serverLines(
  servers: readonly ServerRow[],
  slots: readonly string[] = [],
): { readonly text: string; readonly origin?: Origin | undefined }[] {
  const ids = new ServerIds();
  const own = servers
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .map((server) => ({ text: serverLine(server, ids.take(server.name)), origin: server.origin }));
  return slots.length === 0 ? own : [...own, ...slotLines(slots, ids)];
}

/** Servers that stand ready for endpoints to come, in backends that take no new ones while HAProxy runs. */
function slotLines(names: readonly string[], ids: ServerIds): { readonly text: string }[] {
  return names.map((name) => ({ text: `  ${renderDirective(haproxy`server ${name} ${unusedAddress} id ${ids.take(name)} disabled`)}` }));
}

/** Nothing listens there, and nobody is sent there: a slot that nobody uses is in maintenance. */
const unusedAddress = '127.0.0.1:1';

/** The names of so many slots. */
export function slotNames(count: number): readonly string[] {
  return Array.from({ length: count }, (_, at) => `${slotPrefix}${String(at + 1).padStart(2, '0')}`);
}

/** Nothing in such a name or address needs an encoding. */
const plain = /^[0-9a-f.:]+$/;

/** There are hundreds of thousands of them, nearly all plain: those need no template. */
export function serverLine({ name, address, port, weight, maxconn }: ServerRow, id: number): string {
  const at = addressAndPort(address, port);
  const isPlain = plain.test(name) && plain.test(at);
  const line = isPlain
    ? ['  server', name, at, 'id', String(id)].join(' ')
    : `  ${renderDirective(haproxy`server ${name} ${at} id ${id}`)}`;
  if (weight === undefined && maxconn === undefined) return line;
  return [line, ...(weight === undefined ? [] : ['weight', weight]), ...(maxconn === undefined ? [] : ['maxconn', maxconn])].join(' ');
}

/** HAProxy takes the last colon for the one before the port. */
function addressAndPort(address: string, port: number): string {
  return [address, String(port)].join(':');
}

const mostId = 2 ** 31 - 1;

/** The ids of one backend's servers. Two names hardly ever ask for the same one; then the second takes the next that is free. */
export class ServerIds {
  readonly #byName = new Map<string, number>();
  readonly #taken = new Set<number>();

  /** The id of a server. A name that has one keeps it. */
  take(name: string): number {
    const known = this.#byName.get(name);
    if (known !== undefined) return known;
    let id = hashOf(name);
    while (this.#taken.has(id)) id = (id % mostId) + 1;
    this.#taken.add(id);
    this.#byName.set(name, id);
    return id;
  }

  free(name: string): void {
    const id = this.#byName.get(name);
    if (id === undefined) return;
    this.#byName.delete(name);
    this.#taken.delete(id);
  }
}

/**
 * The id by which HAProxy knows a server over reloads and on every replica, so that consistent hashing survives both: FNV-1a of its
 * name, from 1 to 2^31 − 1.
 */
function hashOf(name: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < name.length; at += 1) hash = Math.imul(hash ^ name.charCodeAt(at), 0x01000193) >>> 0;
  return (hash % mostId) + 1;
}
