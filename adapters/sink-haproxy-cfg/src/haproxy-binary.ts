import { access, constants } from 'node:fs/promises';
import { delimiter, isAbsolute, join, resolve } from 'node:path';
import { haproxyFeatures, SignalboxError, signalboxError } from '@signalbox/core';
import type { HaproxyFeatures } from '@signalbox/core';
import { haproxyEnvironment, runCommand } from './run-command.js';

/** Where distributions put HAProxy, and where the PATH of an ordinary user does not look. */
const usualFolders = ['/usr/local/sbin', '/usr/sbin', '/usr/local/bin'];

/**
 * The absolute path of a program: the master executes itself again, by this path, at each reload.
 * @throws {@link SignalboxError} `HAPROXY_NOT_FOUND`.
 */
export async function findHaproxy(wanted: string | undefined): Promise<string> {
  const name = wanted ?? (process.env['HAPROXY'] === undefined || process.env['HAPROXY'] === '' ? 'haproxy' : process.env['HAPROXY']);
  const candidates =
    isAbsolute(name) || name.includes('/')
      ? [resolve(name)]
      : [...(process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== ''), ...usualFolders].map((folder) =>
          join(folder, name),
        );
  for (const candidate of candidates) {
    if (await isExecutable(candidate)) return candidate;
  }
  throw signalboxError(
    'HAPROXY_NOT_FOUND',
    `No HAProxy was found as ${candidates.length === 1 ? String(candidates[0]) : `"${name}" on the PATH or in ${usualFolders.join(', ')}`}. ` +
      'Install it ("apt-get install haproxy" on Debian and Ubuntu), or name it with --haproxy or $HAPROXY.',
    { details: { tried: candidates } },
  );
}

async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

/** Asks the binary what it can do. @throws {@link SignalboxError} `HAPROXY_NOT_FOUND`, `HAPROXY_TOO_OLD`. */
export async function askFeatures(binary: string, timeoutMs: number, signal: AbortSignal): Promise<HaproxyFeatures> {
  const result = await runCommand(binary, ['-vv'], { timeoutMs, environment: haproxyEnvironment(), signal }).catch((cause: unknown) => {
    if (signal.aborted) throw cause;
    throw signalboxError('HAPROXY_NOT_FOUND', `"${binary} -vv" could not be run: is it HAProxy? ${(cause as Error).message}`, {
      details: { tried: [binary] },
      cause,
    });
  });
  try {
    return haproxyFeatures(result.stdout);
  } catch (cause) {
    if (SignalboxError.is(cause) && cause.code === 'HAPROXY_TOO_OLD') throw cause;
    throw signalboxError(
      'HAPROXY_NOT_FOUND',
      `"${binary} -vv" ended with exit code ${String(result.exitCode)} and does not say that it is HAProxy. Name another one with --haproxy or $HAPROXY.`,
      { details: { tried: [binary] }, cause },
    );
  }
}
