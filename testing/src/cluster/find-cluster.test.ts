import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { findCluster } from './find-cluster.js';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'signalbox-find-'))));
afterEach(() => rmSync(folder, { recursive: true }));

function programsIn(path: string, names = ['etcd', 'kube-apiserver']): string {
  mkdirSync(path, { recursive: true });
  for (const name of names) {
    writeFileSync(join(path, name), '');
    chmodSync(join(path, name), 0o755);
  }
  return path;
}

const kept = (version: string): string => join(folder, 'signalbox', 'kubernetes', version);

it('takes $KUBEBUILDER_ASSETS before what is kept, and none where it is empty', () => {
  programsIn(kept('v1.36.3'));
  const named = programsIn(join(folder, 'assets'));
  const both = { XDG_CACHE_HOME: folder, KUBEBUILDER_ASSETS: named };
  expect(findCluster(both)).toEqual({ etcd: join(named, 'etcd'), kubeApiserver: join(named, 'kube-apiserver') });
  expect(findCluster({ ...both, KUBEBUILDER_ASSETS: '' })).toBeUndefined();
});

it('does not pass over a wrong $KUBEBUILDER_ASSETS', () => {
  const named = programsIn(join(folder, 'assets'), ['etcd']);
  expect(() => findCluster({ KUBEBUILDER_ASSETS: named })).toThrow(/\$KUBEBUILDER_ASSETS is ".*assets", where etcd and kube-apiserver/);
});

it('takes the newest version that is kept and whole, in the cache of the user', () => {
  for (const version of ['v1.9.4', 'v1.36.3', '.v1.38.0-half']) programsIn(kept(version));
  programsIn(kept('v1.37.0'), ['etcd']);
  expect(findCluster({ XDG_CACHE_HOME: folder })?.etcd).toBe(join(kept('v1.36.3'), 'etcd'));
  programsIn(join(folder, '.cache', 'signalbox', 'kubernetes', 'v1.2.3'));
  expect(findCluster({ HOME: folder })?.etcd).toContain('v1.2.3');
  expect(findCluster({ XDG_CACHE_HOME: join(folder, 'nothing') })).toBeUndefined();
});
