/**
 * The HAProxy versions that tests run on besides the main one: those of `$HAPROXY_ALSO`, or else one from each newer suite of
 * Debian, put beside the installed one where we are root on Debian. A newer suite needs a newer C library, so each program brings
 * its own and is started through its own loader; nothing outside of the cache folder changes.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { debianHere, unpackPackage } from './debian-packages.mjs';
import { isNewEnough, parseVersion } from './haproxy.mjs';
import { BootstrapError, say } from './say.mjs';
import { root } from './workspaces.mjs';

/** @typedef {{ branch: string, suite: string }} Wanted a branch of HAProxy, and the suite of Debian that has it */
/** @typedef {import('./debian-packages.mjs').Debian} Debian */

/** @type {readonly Wanted[]} */
const wanted = [
  { branch: '3.0', suite: 'trixie' },
  { branch: '3.2', suite: 'forky' },
];

/** `<branch>/haproxy` in here; @signalbox/testing looks here too. */
const usualCache = join(root, 'node_modules', '.cache', 'signalbox', 'haproxy');

/**
 * Fetches what is missing; asks nobody where nothing is. What cannot be had is left out with a word on stderr, and is no error.
 * @param {{ env?: NodeJS.ProcessEnv, main?: string, cache?: string, askDebian?: () => Debian }} [options] `main` is the path of
 *   the main HAProxy: no second one of its branch is fetched
 * @returns {string[]} the paths of those that are there
 */
export function ensureMoreHaproxies({ env = process.env, main, cache = usualCache, askDebian = rootOnDebian } = {}) {
  if (env.HAPROXY_ALSO !== undefined) return named(env.HAPROXY_ALSO);
  removeLeftovers(cache);
  const others = wanted.filter(({ branch }) => main === undefined || branch !== branchOf(main));
  const missing = others.filter(({ branch }) => branchOf(wrapperIn(cache, branch)) === undefined);
  const debian = missing.length > 0 ? orReason(askDebian) : undefined;
  if (debian?.reason !== undefined) leaveOut(missing, debian.reason);
  else for (const one of missing) fetchOrLeaveOut(one, debian.value, cache, env);
  return others.flatMap((one) => {
    const path = wrapperIn(cache, one.branch);
    const branch = branchOf(path);
    if (branch === undefined) return [];
    if (branch !== one.branch) say(`Debian ${one.suite} has moved on: tests run on HAProxy ${branch} from it, none on ${one.branch}.`);
    return [path];
  });
}

/**
 * One that is named but does not work is an error, as with `$HAPROXY`.
 * @param {string} paths
 */
function named(paths) {
  return paths
    .split(':')
    .filter((path) => path !== '')
    .map((path) => {
      const branch = branchOf(path);
      const problem = branch === undefined ? 'does not answer `-v` as HAProxy does' : `is HAProxy ${branch}, which is too old`;
      if (branch !== undefined && isNewEnough(branch.split('.').map(Number))) return path;
      throw new BootstrapError(`$HAPROXY_ALSO (${path}) ${problem}. Set HAPROXY_ALSO to paths of HAProxy, or to nothing for none.`);
    });
}

/** `3.0`; undefined where there is no HAProxy that runs. @param {string} path */
function branchOf(path) {
  const answer = spawnSync(path, ['-v'], { encoding: 'utf8', timeout: 10_000 });
  return answer.status === 0 ? parseVersion(answer.stdout)?.join('.') : undefined;
}

/** @param {string} cache @param {string} branch */
function wrapperIn(cache, branch) {
  return join(cache, branch, 'haproxy');
}

/** @param {readonly Wanted[]} ones @param {string} reason */
function leaveOut(ones, reason) {
  const versions = ones.map(({ branch }) => branch).join(' and ');
  say(`tests leave out HAProxy ${versions}: ${reason}. Give them with HAPROXY_ALSO=<path>:<path>, or set it to nothing.`);
}

/** @param {Wanted} one @param {Debian} debian @param {string} cache @param {NodeJS.ProcessEnv} env */
function fetchOrLeaveOut(one, debian, cache, env) {
  say(`fetching HAProxy ${one.branch} from Debian ${one.suite}, to test on it too (ten seconds)…`);
  const { reason } = orReason(() => fetchInto(cache, one, debian, env));
  if (reason !== undefined) leaveOut([one], reason);
}

/** @template T @param {() => T} work @returns {{ value?: T, reason?: string }} */
function orReason(work) {
  try {
    return { value: work() };
  } catch (error) {
    return { reason: error.message };
  }
}

/** @returns {Debian} @throws Error with what is missing here. */
function rootOnDebian() {
  const debian = debianHere();
  if (process.getuid?.() !== 0) throw new Error('they are fetched by root only');
  return debian;
}

/**
 * All is done in a folder of its own and put in place at the end, so that an end half-way and a second run do no harm.
 * @param {string} cache @param {Wanted} one @param {Debian} debian @param {NodeJS.ProcessEnv} env
 */
function fetchInto(cache, { branch, suite }, debian, env) {
  mkdirSync(cache, { recursive: true });
  const work = mkdtempSync(join(cache, `.${branch}-`));
  try {
    const unpacked = unpackPackage(work, suite, 'haproxy', debian, env, { libraries: true });
    const made = join(work, branch);
    mkdirSync(made);
    renameSync(join(unpacked, debian.libraries), join(made, 'lib'));
    renameSync(join(unpacked, 'usr', 'sbin', 'haproxy'), join(made, 'haproxy.bin'));
    writeFileSync(join(made, 'haproxy'), wrapper(debian.loader));
    chmodSync(join(made, 'haproxy'), 0o755);
    if (branchOf(join(made, 'haproxy')) === undefined) throw new Error(`the HAProxy of Debian ${suite} does not run here`);
    place(made, join(cache, branch));
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/**
 * The master runs `argv[0]` again at a reload: that has to be this script, not the program that needs another C library.
 * @param {string} loader
 */
function wrapper(loader) {
  return `#!/bin/sh
self=$(readlink -f "$0")
here=\${self%/*}
exec "$here/lib/${loader}" --argv0 "$self" --library-path "$here/lib" "$here/haproxy.bin" "$@"
`;
}

/** One that works is left there: another run was faster, and its tests may be using it. @param {string} made @param {string} target */
function place(made, target) {
  if (branchOf(join(target, 'haproxy')) !== undefined) return;
  rmSync(target, { recursive: true, force: true });
  try {
    renameSync(made, target);
  } catch (error) {
    if (branchOf(join(target, 'haproxy')) === undefined) throw error;
  }
}

/** What runs that were killed left behind more than an hour ago. @param {string} cache */
function removeLeftovers(cache) {
  if (!existsSync(cache)) return;
  for (const name of readdirSync(cache).filter((each) => each.startsWith('.'))) {
    const begun = statSync(join(cache, name), { throwIfNoEntry: false })?.mtimeMs ?? Infinity;
    // They may be somebody else's: then they stay.
    if (begun < Date.now() - 3_600_000) orReason(() => rmSync(join(cache, name), { recursive: true, force: true }));
  }
}
