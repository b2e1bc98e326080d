import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { allHaproxies } from './all-haproxies.js';
import { findHaproxy } from './find-haproxy.js';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'signalbox-all-'))));
afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** A program that answers `-v`, and counts how often. */
function fakeHaproxy(name: string, version: string, end = ''): string {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `#!/bin/sh\necho asked >> "$0.log"\necho 'HAProxy version ${version} 2026/10/14 - https://haproxy.org/'\n${end}`);
  chmodSync(path, 0o755);
  return path;
}

const fetched = (branch: string): string => `workspace/node_modules/.cache/signalbox/haproxy/${branch}/haproxy`;

it('has the main one first, then those of $HAPROXY_ALSO, one of each branch', () => {
  const main = fakeHaproxy('main', '2.6.12-1+deb12u4');
  const also = [fakeHaproxy('new', '3.3-dev5-4ab6a2f'), fakeHaproxy('same', '2.6.20'), fakeHaproxy('old', '2.8.1')];
  expect(allHaproxies({ HAPROXY: main, HAPROXY_ALSO: also.join(':') }, folder)).toEqual([
    { path: main, branch: '2.6' },
    { path: also[0], branch: '3.3' },
    { path: also[2], branch: '2.8' },
  ]);
});

it('else has those that were fetched, by what they say and not by their folder, and passes over one that does not run', () => {
  const HAPROXY = fakeHaproxy('main', '3.0.11');
  fakeHaproxy(fetched('3.0'), '3.0.12');
  const moved = fakeHaproxy(fetched('3.1'), '3.10.1');
  const good = fakeHaproxy(fetched('3.2'), '3.2.26');
  fakeHaproxy(fetched('3.3'), '3.3.1', 'exit 1');
  fakeHaproxy(fetched('.3.4-half'), '3.4.1');
  const inside = join(folder, 'workspace', 'testing', 'src');
  expect(allHaproxies({ HAPROXY }, inside)).toEqual([
    { path: HAPROXY, branch: '3.0' },
    { path: good, branch: '3.2' },
    { path: moved, branch: '3.10' },
  ]);
  expect(allHaproxies({ HAPROXY, HAPROXY_ALSO: '' }, inside)).toEqual([{ path: HAPROXY, branch: '3.0' }]);
});

it('asks each once', () => {
  const HAPROXY = fakeHaproxy('main', '2.6.12');
  const HAPROXY_ALSO = fakeHaproxy('also', '3.2.26');
  for (const _time of [1, 2]) allHaproxies({ HAPROXY, HAPROXY_ALSO }, folder);
  for (const path of [HAPROXY, HAPROXY_ALSO]) expect(readFileSync(`${path}.log`, 'utf8')).toBe('asked\n');
});

it('does not pass over one that is named and is no HAProxy', () => {
  const HAPROXY = fakeHaproxy('main', '2.6.12');
  const nothing = join(folder, 'nothing');
  expect(() => allHaproxies({ HAPROXY, HAPROXY_ALSO: nothing }, folder)).toThrow(`${nothing} does not answer`);
});

it('has the one that other tests run on, here', () => {
  expect(allHaproxies()[0]?.path).toBe(resolve(findHaproxy()));
});
