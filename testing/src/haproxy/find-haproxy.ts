import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/**
 * The HAProxy to test against: `$HAPROXY`, else the first on the PATH, else the one in `/usr/sbin` or `/usr/local/sbin`.
 * @throws Error if there is none.
 * @public
 */
export function findHaproxy(environment: Readonly<Record<string, string | undefined>> = process.env): string {
  const wanted = environment['HAPROXY'];
  if (wanted !== undefined && wanted !== '') {
    if (isProgram(wanted)) return wanted;
    throw new Error(`$HAPROXY is "${wanted}", which is no program.`);
  }
  const folders = [...(environment['PATH'] ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'];
  const found = folders.map((folder) => join(folder, 'haproxy')).find(isProgram);
  if (found === undefined) throw new Error('No HAProxy was found on the PATH. Install HAProxy 2.6 or newer, or name it in $HAPROXY.');
  return found;
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
