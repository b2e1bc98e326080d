import { SignalboxError } from '../errors.js';
import type { SectionRow } from '../haproxy/rows.js';
import type { Complaint } from './target.js';

/**
 * HAProxy's check does not listen, so it learns of an address that it cannot have only when it starts with it. Where an object asks for that
 * port, it is as much to blame as for a line that the check refuses; empty for everything else.
 * @param error - Of a start or a reload: `HAPROXY_RELOAD_FAILED` with the addresses in its details.
 */
export function complaintsOfTaken(error: unknown, sections: Iterable<SectionRow>): readonly Complaint[] {
  const addresses: unknown = SignalboxError.is(error) ? error.details['addresses'] : undefined;
  if (!Array.isArray(addresses) || addresses.length === 0) return [];
  const byPort = new Map(addresses.map((address) => [portOf(String(address)), String(address)]));
  // Of a socket in the file system.
  byPort.delete(undefined);
  const complaints: Complaint[] = [];
  for (const { kind, directives, origin } of sections) {
    if (kind !== 'frontend' || origin === undefined) continue;
    const binds = directives.filter(({ directive }) => directive.words[0] === 'bind');
    const address = binds.map(({ directive }) => byPort.get(portOf(String(directive.words[1])))).find((each) => each !== undefined);
    if (address !== undefined) complaints.push({ text: `cannot listen on ${address}`, origins: [origin] });
  }
  return complaints;
}

function portOf(address: string): string | undefined {
  return /:(\d+)$/.exec(address)?.[1];
}
