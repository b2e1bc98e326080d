import { X509Certificate } from 'node:crypto';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Resource, SignalboxError } from '@signalbox/core';
import { allHaproxies, certificateFor, echoServer, ingressOf, serviceOf, sliceOf, tlsSecretOf } from '@signalbox/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { newPlace, type Place, Running } from './running.js';

const site = (name: string, service = 'web'): Resource => ingressOf({ name, rules: { [`${name}.example`]: [{ path: '/', service }] } });

/** What somebody does to a disk, and how it is put right. */
const troubles: Readonly<Record<string, (folder: string) => () => void>> = {
  'has become full': (folder) => {
    const filler = join(folder, 'filler');
    for (const size of [100_000, 4_096, 1]) while (appends(filler, size));
    return () => rmSync(filler);
  },
  'can only be read': (folder) => {
    expect(succeeds('mount', '-o', 'remount,ro', folder)).toBe(true);
    return () => expect(succeeds('mount', '-o', 'remount,rw', folder)).toBe(true);
  },
};

const hasDisks = canMount();
if (!hasDisks) console.warn('Left out: disks that are full or read-only, as only root can mount them, on Linux.');

describe.skipIf(!hasDisks)('the disk of the configuration', { timeout: 60_000 }, () => {
  const cases = allHaproxies().flatMap(({ path, branch }) =>
    Object.entries(troubles).map(([name, make]) => ({ path, branch, name, make })),
  );

  it.each(cases)('keeps serving where it $name, and takes all up once it is put right: HAProxy $branch', async ({ path, make }) => {
    const [first, second] = await Promise.all([certificateFor(['a.example']), certificateFor(['a.example'])]);
    await using one = await echoServer({ name: 'one', address: '127.0.0.2' });
    await using two = await echoServer({ name: 'two', address: '127.0.0.3', port: one.port });
    const slice = (address: string): Resource => sliceOf({ service: 'web', endpoints: [address], ports: one.port });
    const place = await newPlace();
    const folder = smallDisk(place);
    const tls = ingressOf({ name: 'tls', tls: [{ hosts: ['a.example'], secretName: 'tls' }] });
    const objects = [serviceOf({ name: 'web' }), slice(one.address), site('a'), tlsSecretOf({ name: 'tls', ...first }), tls];
    const running = Running.start(place, objects, [], {}, { path, isLive: true });
    onTestFinished(() => running.stop());
    const codes: unknown[] = [];
    running.controller.events.on('failed', ({ error }) => codes.push(SignalboxError.is(error) ? error.code : error));
    running.controller.events.on('rejected', ({ diagnostics }) => codes.push(diagnostics));
    await running.applied();
    const worker = await running.workerPid();
    const putRight = make(folder);
    try {
      running.source.set(slice(two.address)).set(tlsSecretOf({ name: 'tls', ...second }));
      expect(await running.until(() => codes.length, 1)).toBe(1);
      const pool = [serviceOf({ name: 'new' }), sliceOf({ service: 'new', endpoints: [one.address], ports: one.port })];
      for (const object of [...pool, site('b'), site('c', 'new')]) running.source.set(object);
      await running.until(() => codes.length >= 4, true);
      expect(await running.answerer('a.example')).toBe('one');
      expect(await running.workerPid()).toBe(worker);
    } finally {
      putRight();
    }
    const answers = async (): Promise<(string | number)[]> =>
      Promise.all(['a', 'b', 'c'].map((name) => running.answerer(`${name}.example`)));
    expect(await running.until(answers, ['two', 'two', 'one'])).toEqual(['two', 'two', 'one']);
    expect(await running.certificate('a.example')).toBe(new X509Certificate(second.certificate).fingerprint256);
    expect(new Set(codes)).toEqual(new Set(['SINK_UNWRITABLE']));
    // Each attempt comes later than the one before.
    expect(codes.length).toBeLessThan(10);
    expect(succeeds(path, '-c', '-q', '-f', join(folder, 'current'))).toBe(true);
  });
});

function canMount(): boolean {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false;
  const folder = mkdtempSync(join(tmpdir(), 'signalbox-mount-'));
  const isMounted = succeeds('mount', '-t', 'tmpfs', '-o', 'size=2m', 'signalbox', folder);
  if (isMounted) succeeds('umount', folder);
  rmSync(folder, { recursive: true, force: true });
  return isMounted;
}

/** Puts the configuration on a disk of its own, of 2 MB. */
function smallDisk({ folder }: Place): string {
  const config = join(folder, 'config');
  mkdirSync(config);
  expect(succeeds('mount', '-t', 'tmpfs', '-o', 'size=2m,mode=700', 'signalbox', config)).toBe(true);
  onTestFinished(() => {
    succeeds('umount', '-l', config);
    rmSync(folder, { recursive: true, force: true });
  });
  return config;
}

function appends(path: string, bytes: number): boolean {
  try {
    writeFileSync(path, Buffer.alloc(bytes), { flag: 'a' });
    return true;
  } catch {
    return false;
  }
}

function succeeds(program: string, ...args: readonly string[]): boolean {
  return spawnSync(program, args).status === 0;
}
