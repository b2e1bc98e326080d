/** Finds HAProxy: `$HAPROXY`, then the PATH, then `apt-get` where we are root on Debian. */
import { spawnSync } from 'node:child_process';
import { accessSync, chmodSync, constants, existsSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { BootstrapError, say } from './say.mjs';

/** The oldest HAProxy that understands our configuration: Debian 12 has it. */
const oldestVersion = [2, 6];

/**
 * @param {{ env?: NodeJS.ProcessEnv, mayInstall?: boolean, install?: () => void }} [options]
 * @returns {string} the path of an HAProxy that is new enough
 */
export function ensureHaproxy({ env = process.env, mayInstall = isRootOnDebian(env), install = () => aptGetInstall(env) } = {}) {
  const found = findHaproxy(env);
  if (found !== undefined) return found;
  if (mayInstall) {
    install();
    const installed = findHaproxy(env);
    if (installed !== undefined) return installed;
  }
  throw new BootstrapError(`HAProxy ${oldestVersion.join('.')} or newer is needed. ${whatToType(env)}`);
}

/**
 * The HAProxy of `$HAPROXY` or of the PATH; undefined when there is none. One that is named but does not work is an error, so
 * that a slip in `$HAPROXY` does not quietly test another version.
 * @param {NodeJS.ProcessEnv} env
 * @returns {string | undefined}
 */
export function findHaproxy(env) {
  const named = env.HAPROXY !== undefined && env.HAPROXY !== '';
  const path = named ? env.HAPROXY : findInPath('haproxy', env);
  if (path === undefined) return undefined;
  const origin = named ? `$HAPROXY (${path})` : path;
  if (!isExecutable(path)) throw new BootstrapError(`${origin} is not an executable file. Set HAPROXY to the path of HAProxy.`);
  const answer = spawnSync(path, ['-v'], { encoding: 'utf8', timeout: 10_000 });
  const version = parseVersion(answer.stdout ?? '');
  if (answer.status !== 0 || version === undefined) {
    throw new BootstrapError(`${origin} does not answer \`-v\` as HAProxy does. Set HAPROXY to the path of HAProxy.`);
  }
  if (!isNewEnough(version)) {
    const needed = oldestVersion.join('.');
    throw new BootstrapError(`${origin} is HAProxy ${version.join('.')}, ${needed} or newer is needed. Set HAPROXY to the path of one.`);
  }
  return path;
}

/**
 * Major and minor number from the first line of `haproxy -v`, also in the form `HA-Proxy version 1.8.4` of old.
 * @param {string} text
 * @returns {[number, number] | undefined}
 */
export function parseVersion(text) {
  const match = /^HA-?Proxy version (\d+)\.(\d+)/m.exec(text);
  return match ? [Number(match[1]), Number(match[2])] : undefined;
}

/** @param {readonly [number, number]} version */
export function isNewEnough([major, minor]) {
  return major > oldestVersion[0] || (major === oldestVersion[0] && minor >= oldestVersion[1]);
}

/** @param {string} name @param {NodeJS.ProcessEnv} env */
function findInPath(name, env) {
  return (env.PATH ?? '')
    .split(delimiter)
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, name))
    .find(isExecutable);
}

/** @param {string} path */
function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** @param {NodeJS.ProcessEnv} env */
function isRootOnDebian(env) {
  return process.getuid?.() === 0 && existsSync('/etc/debian_version') && findInPath('apt-get', env) !== undefined;
}

/** The one command to type, for the package manager that is there. @param {NodeJS.ProcessEnv} env */
function whatToType(env) {
  // Debian keeps it out of the PATH of ordinary users.
  const outside = ['/usr/sbin/haproxy', '/usr/local/sbin/haproxy'].find(isExecutable);
  if (outside) return `There is one outside of the PATH; type: export HAPROXY=${outside}`;
  const commands = {
    'apt-get': 'sudo apt-get install -y haproxy',
    dnf: 'sudo dnf install -y haproxy',
    apk: 'sudo apk add haproxy',
    pacman: 'sudo pacman -S haproxy',
    zypper: 'sudo zypper install -y haproxy',
    brew: 'brew install haproxy',
  };
  const manager = Object.keys(commands).find((name) => findInPath(name, env) !== undefined);
  if (manager) return `Type: ${commands[manager]}`;
  return 'Install it (https://www.haproxy.org), or type: export HAPROXY=/path/to/haproxy';
}

/** @param {NodeJS.ProcessEnv} env */
function aptGetInstall(env) {
  say('installing HAProxy with apt-get (half a minute)…');
  withoutServiceStart('/usr/sbin/policy-rc.d', () => {
    // A stale package list is no reason to stop: the install itself tells whether it was good enough.
    runApt(['update'], env);
    const done = runApt(['install', '-y', '--no-install-recommends', 'haproxy'], env);
    if (done.status === 0) return;
    const output = `${done.stdout ?? ''}${done.stderr ?? ''}${done.error?.message ?? ''}`.trim();
    throw new BootstrapError(`apt-get could not install HAProxy. Put it right, or set HAPROXY to the path of one.\n\n${output}`);
  });
}

/** @param {readonly string[]} args @param {NodeJS.ProcessEnv} env */
function runApt(args, env) {
  return spawnSync('apt-get', ['-q', '-o', 'DPkg::Lock::Timeout=120', ...args], {
    encoding: 'utf8',
    env: { ...env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C.UTF-8' },
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 64 * 1024 * 1024,
  });
}

/**
 * Debian's packages ask policy-rc.d whether their service may start: it says no while `work` runs, and is put back afterwards.
 * @param {string} policy
 * @param {() => void} work
 */
export function withoutServiceStart(policy, work) {
  const kept = `${policy}.signalbox-kept`;
  const had = existsSync(policy);
  // Ctrl-C ends apt-get, which is in our process group; we live on for the moment that it takes to put the policy back.
  const outlive = () => {};
  process.on('SIGINT', outlive);
  try {
    if (had) renameSync(policy, kept);
    writeFileSync(policy, '#!/bin/sh\nexit 101\n');
    chmodSync(policy, 0o755);
    work();
  } finally {
    rmSync(policy, { force: true });
    if (had) renameSync(kept, policy);
    process.off('SIGINT', outlive);
  }
}
