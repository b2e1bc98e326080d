import { Path } from '@signalbox/core';
import { chmod, lstat, mkdir } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { CommandError, badUseError } from './command-error.js';
import { messageOf, printable } from './logging/printable.js';

/** Where a controller keeps what it has. */
export interface Folders {
  /** Kept over reboots. */
  readonly configDir: string;
  /** Sockets, pid file, logs; may be lost at a reboot. */
  readonly runtimeDir: string;
}

/**
 * For root `/var/lib/signalbox` and `/run/signalbox`. For others `$XDG_STATE_HOME/signalbox` (`~/.local/state/signalbox`) and
 * `$XDG_RUNTIME_DIR/signalbox`, or `signalbox-UID` in the folder for temporary files.
 */
export function defaultFolders(environment: NodeJS.ProcessEnv = process.env): Folders {
  const uid = ourUid();
  if (uid === 0) return { configDir: '/var/lib/signalbox', runtimeDir: '/run/signalbox' };
  const { XDG_STATE_HOME: state, XDG_RUNTIME_DIR: runtime } = environment;
  return {
    configDir: join(state || join(home(), '.local', 'state'), 'signalbox'),
    runtimeDir: runtime ? join(runtime, 'signalbox') : join(tmpdir(), `signalbox-${String(uid)}`),
  };
}

/** Asked of the process: a user of a container often has no name, and nothing else in passwd either. */
function ourUid(): number {
  return process.getuid?.() ?? -1;
}

/** Who has none gets that which container engines give. */
function home(): string {
  try {
    return homedir();
  } catch {
    return '/';
  }
}

/** A socket's path has 108 bytes; HAProxy needs some of them for the name, and for another while it starts. */
const longestRuntimeDir = 72;

/** Makes the folders, for their owner only. */
export async function prepareFolders({ configDir, runtimeDir }: Folders): Promise<Folders> {
  const folders = { configDir: resolve(configDir), runtimeDir: resolve(runtimeDir) };
  if (Buffer.byteLength(folders.runtimeDir) > longestRuntimeDir) {
    throw badUseError(
      `The runtime folder ${folders.runtimeDir} is too long for the sockets in it: at most ${String(longestRuntimeDir)} bytes. Choose another with --runtime-dir.`,
    );
  }
  if (!Path.takes(folders.runtimeDir)) {
    throw badUseError(
      `HAProxy's configuration cannot name the runtime folder ${printable(folders.runtimeDir)}: expected letters, digits and "_ . @ + - /", and no part that starts with "." or "-". Choose another with --runtime-dir.`,
    );
  }
  for (const [flag, folder] of [
    ['--config-dir', folders.configDir],
    ['--runtime-dir', folders.runtimeDir],
  ] as const)
    await makeOwn(folder, flag);
  return folders;
}

async function makeOwn(folder: string, flag: string): Promise<void> {
  try {
    const made = await mkdir(folder, { recursive: true, mode: 0o700 });
    if (made !== undefined) await chmod(folder, 0o700);
    const { uid } = await lstat(folder);
    // Somebody else could have made it in a folder that everybody may write to, to have our keys written there.
    if (ourUid() !== 0 && uid !== ourUid()) throw new Error('it belongs to another user');
  } catch (error) {
    throw new CommandError(`The folder ${folder} cannot be used: ${messageOf(error)}. Choose another with ${flag}.`, { cause: error });
  }
}
