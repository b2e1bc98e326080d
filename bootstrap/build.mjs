/** `tsc -b`, when a source has changed since the last good build. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pinnedNode } from './install.mjs';
import { BootstrapError, say } from './say.mjs';
import { workspaces } from './workspaces.mjs';

/** @param {string} root */
export function build(root) {
  const stampFile = join(root, 'node_modules', '.cache', 'signalbox', 'built');
  const before = buildStamp(root);
  const found = existsSync(stampFile) ? readFileSync(stampFile, 'utf8') : undefined;
  if (found === before && everyOutputExists(root)) return;
  say(found === undefined ? 'building (first run, about half a minute)…' : 'building what has changed…');
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const done = spawnSync(pinnedNode(root), [tsc, '-b', '--pretty', String(process.stderr.isTTY === true)], {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 64 * 1024 * 1024,
  });
  if (done.status !== 0) {
    const output = `${done.stdout ?? ''}${done.stderr ?? ''}${done.error?.message ?? ''}`.trim();
    throw new BootstrapError(`the build failed. Put right what the compiler says, then run the command again.\n\n${output}`);
  }
  mkdirSync(dirname(stampFile), { recursive: true });
  // The stamp from before: a source that was saved while tsc ran is built the next time.
  writeFileSync(stampFile, before);
}

/**
 * A hash of path, size and modification time of everything that tsc reads of ours, and of the list of installed packages.
 * @param {string} root
 */
export function buildStamp(root) {
  const hash = createHash('sha256');
  const add = (path) => {
    const stat = statSync(join(root, path), { throwIfNoEntry: false });
    if (stat) hash.update(`${path} ${stat.size} ${stat.mtimeMs}\n`);
  };
  for (const path of ['tsconfig.json', 'tsconfig.base.json', 'package.json', 'node_modules/.package-lock.json']) add(path);
  for (const { folder } of workspaces(root)) {
    for (const file of ['package.json', 'tsconfig.json']) add(`${folder}/${file}`);
    for (const file of sourcesIn(root, folder)) add(file);
  }
  return `${hash.digest('hex')}\n`;
}

/** @param {string} root @param {string} folder @returns {string[]} */
function sourcesIn(root, folder) {
  return readdirSync(join(root, folder), { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = `${folder}/${entry.name}`;
      if (entry.isDirectory()) return entry.name === 'node_modules' || entry.name === 'dist' ? [] : sourcesIn(root, path);
      return /\.[cm]?tsx?$/.test(entry.name) ? [path] : [];
    });
}

/** Whether each project of the root tsconfig.json has left its build info behind. @param {string} root */
function everyOutputExists(root) {
  const { references } = JSON.parse(readFileSync(join(root, 'tsconfig.json'), 'utf8'));
  return references.every(({ path }) => existsSync(join(root, path, 'dist', '.tsbuildinfo')));
}
