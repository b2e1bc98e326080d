import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/**
 * Ends the HAProxy that runs on a runtime folder, without waiting for requests in flight. For when a clean stop takes too long, or nothing else
 * can be done any more: the sink, which waits for its end, goes on from there.
 */
export function endHaproxyOf(runtimeDir: string, signal: 'SIGTERM' | 'SIGKILL'): void {
  const folder = resolve(runtimeDir);
  const pid = Number(textOf(join(folder, 'haproxy.pid')).trim());
  // The pid of a file may be another process by now.
  if (!Number.isInteger(pid) || pid <= 1 || !textOf(`/proc/${String(pid)}/cmdline`).includes(`${folder}/`)) return;
  try {
    process.kill(pid, signal);
  } catch {
    // Gone already.
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}
