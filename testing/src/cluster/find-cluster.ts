import { accessSync, constants, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

/** The programs of a Kubernetes control plane. @public */
export interface ClusterPrograms {
  /** Path of etcd, 3.5 or newer. */
  readonly etcd: string;
  /** Path of kube-apiserver. */
  readonly kubeApiserver: string;
}

/**
 * The programs to test against: those in the folder `$KUBEBUILDER_ASSETS` (empty for none), else the newest version that `npm test`
 * of the workspace has made, in `signalbox/kubernetes` of the user's cache. Undefined where there are none.
 * @throws Error if `$KUBEBUILDER_ASSETS` names a folder that lacks one.
 * @public
 */
export function findCluster(environment: Readonly<Record<string, string | undefined>> = process.env): ClusterPrograms | undefined {
  const named = environment['KUBEBUILDER_ASSETS'];
  if (named === undefined) return versionsIn(cacheOf(environment)).map(programsIn).find(areThere);
  if (named === '') return undefined;
  const programs = programsIn(named);
  if (areThere(programs)) return programs;
  throw new Error(`$KUBEBUILDER_ASSETS is "${named}", where etcd and kube-apiserver are not both to be found.`);
}

function cacheOf(environment: Readonly<Record<string, string | undefined>>): string {
  const named = environment['XDG_CACHE_HOME'] ?? '';
  const home = environment['HOME'] ?? '';
  return join(isAbsolute(named) ? named : join(home === '' ? homedir() : home, '.cache'), 'signalbox', 'kubernetes');
}

/** Folders like `v1.36.3`, the newest first. */
function versionsIn(cache: string): string[] {
  try {
    const versions = readdirSync(cache).filter((name) => /^v\d/.test(name));
    return versions.sort((a, b) => b.localeCompare(a, 'en', { numeric: true })).map((name) => join(cache, name));
  } catch {
    return [];
  }
}

function programsIn(folder: string): ClusterPrograms {
  return { etcd: join(folder, 'etcd'), kubeApiserver: join(folder, 'kube-apiserver') };
}

function areThere({ etcd, kubeApiserver }: ClusterPrograms): boolean {
  try {
    for (const program of [etcd, kubeApiserver]) accessSync(program, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
