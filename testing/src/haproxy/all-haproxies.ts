import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { findHaproxy } from './find-haproxy.js';

/** Where `npm test` of the workspace keeps `<branch>/haproxy`. */
const cache = join('node_modules', '.cache', 'signalbox', 'haproxy');

/** What each has answered; a program is asked once. */
const answers = new Map<string, string | undefined>();

/**
 * The HAProxy versions to test against, the main one first: what {@link findHaproxy} finds, then those of `$HAPROXY_ALSO` (paths
 * with `:` between; empty for none). Where that is not set, those that `npm test` of the workspace has fetched, oldest first. There
 * is one of each branch.
 *
 * @example
 * ```ts
 * describe.each(allHaproxies())('on HAProxy $branch', ({ path }) => {
 *   it('takes the configuration', () => execFileSync(path, ['-c', '-f', file]));
 * });
 * ```
 * @param from - The folder whose workspace is meant.
 * @throws Error if there is no main one, or if one that is named does not answer `-v` as HAProxy does.
 * @public
 */
export function allHaproxies(
  environment: Readonly<Record<string, string | undefined>> = process.env,
  from: string = import.meta.dirname,
): readonly { readonly path: string; readonly branch: string }[] {
  const also = environment['HAPROXY_ALSO'];
  const named = [findHaproxy(environment), ...(also ?? '').split(':').filter((path) => path !== '')].map((path) => {
    const branch = branchOf(path);
    if (branch === undefined) throw new Error(`${path} does not answer \`-v\` as HAProxy does. Look at $HAPROXY and $HAPROXY_ALSO.`);
    return { path: resolve(path), branch };
  });
  const all = also === undefined ? [...named, ...fetched(from)] : named;
  return all.filter(({ branch }, index) => all.findIndex((other) => other.branch === branch) === index);
}

/** One that does not run here is passed over: `npm test` has tried to put it right, and said what is left out. */
function fetched(from: string): { path: string; branch: string }[] {
  const folder = foldersUpFrom(from)
    .map((each) => join(each, cache))
    .find((each) => existsSync(each));
  if (folder === undefined) return [];
  return readdirSync(folder)
    .filter((name) => /^\d+\.\d+$/.test(name))
    .map((name) => join(folder, name, 'haproxy'))
    .map((path) => ({ path, branch: branchOf(path) ?? '' }))
    .filter(({ branch }) => branch !== '')
    .sort((a, b) => a.branch.localeCompare(b.branch, 'en', { numeric: true }));
}

function foldersUpFrom(folder: string): string[] {
  return dirname(folder) === folder ? [folder] : [folder, ...foldersUpFrom(dirname(folder))];
}

/** `3.0`; undefined where the program is none, or another. */
function branchOf(path: string): string | undefined {
  if (!answers.has(path)) {
    const { status, stdout } = spawnSync(path, ['-v'], { encoding: 'utf8', timeout: 10_000 });
    answers.set(path, status === 0 ? /^HA-?Proxy version (\d+\.\d+)/m.exec(stdout)?.[1] : undefined);
  }
  return answers.get(path);
}
