/** `npm ci`, when what lies in node_modules is not what package-lock.json asks for. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { accessSync, constants, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { BootstrapError, say } from './say.mjs';
import { readJson, workspaces } from './workspaces.mjs';

/** The fields of a package.json that change what npm installs; a new script or description is no reason to install again. */
const installFields = [
  ...['name', 'version', 'bin', 'workspaces', 'overrides'],
  ...['dependencies', 'devDependencies', 'peerDependencies', 'peerDependenciesMeta', 'optionalDependencies'],
];

/** @param {string} root */
export function install(root) {
  const stampFile = join(root, 'node_modules', '.signalbox-installed');
  const wanted = installStamp(root);
  const found = existsSync(stampFile) ? readFileSync(stampFile, 'utf8') : undefined;
  if (found === wanted) return;
  // After `npm install <package>` the tree is right already, only our stamp is not.
  if (!(samePlatform(found, wanted) && matchesLockfile(root) && pinnedNodeAnswers(root))) {
    const first = !existsSync(join(root, 'node_modules'));
    say(first ? 'installing packages (first run, about a minute)…' : 'installing packages again, they have changed (about a minute)…');
    npmCi(root);
    if (!pinnedNodeAnswers(root)) throw new BootstrapError(nodeMissing);
  }
  writeFileSync(stampFile, wanted);
}

/**
 * Platform, and a hash of all that decides what gets installed.
 * @param {string} root
 */
export function installStamp(root) {
  const hash = createHash('sha256').update(readFileSync(join(root, 'package-lock.json')));
  for (const manifest of [readJson(join(root, 'package.json')), ...workspaces(root).map((workspace) => workspace.manifest)]) {
    hash.update(JSON.stringify(installFields.map((field) => manifest[field] ?? null)));
  }
  return `${process.platform}-${process.arch} ${hash.digest('hex')}\n`;
}

/** @param {string | undefined} found @param {string} wanted */
function samePlatform(found, wanted) {
  return found === undefined || found.split(' ')[0] === wanted.split(' ')[0];
}

/**
 * Whether the list that npm leaves inside node_modules holds what package-lock.json lists, and the lockfile knows the
 * workspaces as they are.
 * @param {string} root
 */
export function matchesLockfile(root) {
  const installedList = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(installedList)) return false;
  const locked = readJson(join(root, 'package-lock.json')).packages;
  const installed = readJson(installedList).packages;
  const manifests = [{ folder: '', manifest: readJson(join(root, 'package.json')) }, ...workspaces(root)];
  return (
    manifests.every(({ folder, manifest }) => dependenciesOf(manifest) === dependenciesOf(locked[folder] ?? {})) &&
    Object.keys(installed).every((path) => path in locked) &&
    Object.entries(locked).every(([path, entry]) => {
      const there = installed[path];
      if (path === '' || (there === undefined && entry.optional)) return true;
      return there !== undefined && there.version === entry.version && there.integrity === entry.integrity;
    }) &&
    manifests.every(({ folder, manifest }) => binsAreLinked(root, folder, manifest.bin ?? {}))
  );
}

/** npm links the commands that exist while it runs. @param {string} root @param {string} folder @param {Record<string, string>} bins */
function binsAreLinked(root, folder, bins) {
  return Object.entries(bins).every(
    ([name, file]) => !existsSync(join(root, folder, file)) || existsSync(join(root, 'node_modules', '.bin', name)),
  );
}

/** @param {Record<string, any>} manifest */
function dependenciesOf(manifest) {
  const fields = ['dependencies', 'devDependencies', 'peerDependencies', 'optionalDependencies'];
  return JSON.stringify(fields.map((field) => Object.entries(manifest[field] ?? {}).sort()));
}

/** The Node that our own code runs on. @param {string} root */
export function pinnedNode(root) {
  return join(root, 'node_modules', '.bin', 'node');
}

/** @param {string} root */
function pinnedNodeAnswers(root) {
  return spawnSync(pinnedNode(root), ['--version'], { stdio: 'ignore' }).status === 0;
}

/** @param {string} root */
function npmCi(root) {
  const args = [
    'ci',
    '--loglevel=error',
    '--no-audit',
    '--no-fund',
    '--no-progress',
    '--include=dev',
    '--include=optional',
    ...cacheOption(),
  ];
  const npmScript = process.env.npm_execpath;
  const options = { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], maxBuffer: 64 * 1024 * 1024 };
  const done = npmScript?.endsWith('.js')
    ? spawnSync(process.execPath, [npmScript, ...args], options)
    : spawnSync('npm', args, { ...options, shell: process.platform === 'win32' });
  if (done.status === 0) return;
  const output = `${done.stdout ?? ''}${done.stderr ?? ''}${done.error?.message ?? ''}`.trim();
  // What follows is npm's list of its own options.
  throw new BootstrapError(`${explainNpm(output)}\n\nnpm ci said:\n${output.split(/^npm error Clean install a project$/m)[0].trimEnd()}`);
}

/**
 * What to do about a failed `npm ci`, read from its output.
 * @param {string} output
 */
export function explainNpm(output) {
  if (/\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|ENOTCACHED|ERR_SOCKET_TIMEOUT|FETCH_ERROR)\b/.test(output)) {
    return 'npm could not reach its registry. Check the network and `npm config get registry`, then run the command again.';
  }
  if (/\bE(40[0-9]|5\d\d)\b/.test(output)) {
    return 'the npm registry refused a package. Check `npm config get registry`, then run the command again.';
  }
  if (/package\.json and package-lock\.json .*in sync/s.test(output)) {
    return 'a package.json has changed without package-lock.json. Run: npm install';
  }
  if (/\bENOSPC\b/.test(output)) return 'the disk is full; about 500 MB are needed.';
  return 'the packages could not be installed. Put right what npm says below, then run the command again.';
}

const nodeMissing =
  'the npm package `node` has not brought its binary along (node_modules/.bin/node does not answer). ' +
  'Its install script has to be allowed; run: npm ci --ignore-scripts=false';

/** A cache of our own where npm's cannot be written, as under a HOME that does not exist. */
function cacheOption() {
  const usual = process.env.npm_config_cache ?? join(homedir(), '.npm');
  try {
    mkdirSync(usual, { recursive: true });
    accessSync(usual, constants.W_OK);
    return [];
  } catch {
    return [`--cache=${join(tmpdir(), 'signalbox-npm-cache')}`];
  }
}
