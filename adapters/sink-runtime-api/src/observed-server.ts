import type { ObservedServer } from '@signalbox/core';

/**
 * Bits of `srv_admin_state`, as HAProxy's management guide has them: those by which somebody wants something. 0x04 says that the
 * configuration once wanted maintenance, and stays when a command has ended it.
 */
const maintenance = 0x01 | 0x02;
const drain = 0x08 | 0x10;

/**
 * Reads a line of `show servers state`; `undefined` for the version and the header.
 * @see {@link https://docs.haproxy.org/3.2/management.html#9.3-show%20servers%20state | HAProxy: show servers state}
 */
export function observedServer(line: string): ObservedServer | undefined {
  const fields = line.split(' ');
  if (fields.length < 19 || fields[0] === '#') return undefined;
  const [, backend = '', , name = '', address = '', , admin, weight] = fields;
  return { backend, name, address, port: Number(fields[18]), weight: Number(weight), state: stateOf(Number(admin)) };
}

function stateOf(admin: number): ObservedServer['state'] {
  if ((admin & maintenance) !== 0) return 'maint';
  return (admin & drain) !== 0 ? 'drain' : 'ready';
}
