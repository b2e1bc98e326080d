import type { ConfigFile } from '@signalbox/core';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { findHaproxy } from './find-haproxy.js';

/** Writes files below a folder, private ones readable by their owner only. @public */
export async function writeFiles(directory: string, files: Iterable<ConfigFile>): Promise<void> {
  for (const { path, content, secret } of files) {
    const target = join(directory, path);
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, content, { mode: secret ? 0o600 : 0o644 });
  }
}

/** The arguments that name the configuration files among some files: `haproxy.cfg` first. */
export function configArguments(directory: string, files: Iterable<ConfigFile>): string[] {
  const paths = [...files].map((file) => file.path).filter((path) => path.endsWith('.cfg'));
  return paths
    .sort((a, b) => Number(b === 'haproxy.cfg') - Number(a === 'haproxy.cfg') || (a < b ? -1 : 1))
    .flatMap((path) => ['-f', join(directory, path)]);
}

/** What {@link checkFiles} found. @public */
export interface CheckResult {
  /** Without errors and without warnings. */
  readonly ok: boolean;
  /** HAProxy's messages. */
  readonly output: string;
}

/** Each takes a core for a moment; more at once would only wait for each other. */
const atOnce = 2;
let running = 0;
const waiting: (() => void)[] = [];

/**
 * Asks HAProxy whether it would take the files, without a warning (`haproxy -c -dW`). At most two checks run at a time.
 * A state file that the configuration names is taken to exist.
 * @public
 */
export async function checkFiles(files: Iterable<ConfigFile>): Promise<CheckResult> {
  const all = [...files];
  if (running >= atOnce) await new Promise<void>((resolve) => waiting.push(resolve));
  else running += 1;
  const directory = await mkdtemp(join(tmpdir(), 'signalbox-check-'));
  try {
    const stateFile = join(directory, 'server-state');
    await writeFile(stateFile, '1\n');
    await writeFiles(
      directory,
      all.map((file) => ({
        ...file,
        content: file.content.replace(/^( *server-state-file) .*$/m, (_line, keyword: string) => `${keyword} ${stateFile}`),
      })),
    );
    return await check(['-c', '-dW', ...configArguments(directory, all)]);
  } finally {
    await rm(directory, { recursive: true, force: true });
    const next = waiting.shift();
    if (next === undefined) running -= 1;
    else next();
  }
}

function check(options: readonly string[]): Promise<CheckResult> {
  return new Promise((resolve) => {
    execFile(findHaproxy(), [...options], { encoding: 'utf8', maxBuffer: 16 * 1024 * 1024 }, (error, stdout, stderr) => {
      resolve({ ok: error === null, output: `${stdout}${stderr}`.trim() });
    });
  });
}
