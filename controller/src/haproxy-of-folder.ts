import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';

/**
 * Ends the HAProxy that runs on a runtime folder, without waiting for requests in flight. For when a clean stop takes too long: the sink, which
 * waits for its end, goes on from there.
 */
export async function endHaproxyOf(runtimeDir: string, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  const folder = resolve(runtimeDir);
  const pid = Number((await readFile(join(folder, 'haproxy.pid'), 'latin1').catch(() => '')).trim());
  if (!Number.isInteger(pid) || pid <= 1) return;
  const command = await readFile(`/proc/${String(pid)}/cmdline`, 'utf8').catch(() => '');
  // The pid of a file may be another process by now.
  if (!command.includes(`${folder}/`)) return;
  try {
    process.kill(pid, signal);
  } catch {
    // Gone already.
  }
}
