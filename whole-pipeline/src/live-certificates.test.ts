import { spawnSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Resource } from '@signalbox/core';
import { allHaproxies, certificateFor, echoServer, ingressOf, serviceOf, sliceOf, tlsSecretOf } from '@signalbox/testing';
import { describe, expect, it } from 'vitest';
import { FaultySocket } from './chaos/faulty-socket.js';
import { unservable } from './refused-kinds.js';
import { newPlace, Running } from './running.js';

const site = (name: string): Resource =>
  ingressOf({
    name,
    rules: { [`${name}.example`]: [{ path: '/', service: 'web' }] },
    tls: [{ hosts: [`${name}.example`], secretName: name }],
  });

describe.each(allHaproxies())('HAProxy $branch', { timeout: 60_000 }, ({ path }) => {
  const start = async (port: number, ...objects: readonly Resource[]): Promise<Running> =>
    Running.start(
      await newPlace(),
      [serviceOf({ name: 'web' }), sliceOf({ service: 'web', endpoints: ['127.0.0.1'], ports: port }), ...objects],
      [],
      {},
      { path, isLive: true },
    );

  it('keeps a new certificate over reloads by somebody else, whenever they come', async () => {
    const certificates = await Promise.all(Array.from({ length: 4 }, () => certificateFor(['a.example'])));
    const [first, ...others] = certificates as [(typeof certificates)[0], ...typeof certificates];
    await using running = await start(1, tlsSecretOf({ name: 'a', ...first }), site('a'));
    await running.applied();
    for (const [at, next] of others.entries()) {
      expect(await running.applied(() => running.source.set(tlsSecretOf({ name: 'a', ...next })))).toBe('none');
      expect(await running.certificate('a.example')).toBe(fingerprint(next));
      await sleep([0, 50, 1_000][at] ?? 0);
      await running.reloadByHand();
      // Files may lag behind for a moment: then it is put right when the reload is noticed.
      expect(await running.until(() => running.certificate('a.example'), fingerprint(next), 4_000)).toBe(fingerprint(next));
      // The files may have had it: the new worker is looked for within half a second, and until then a change is told a moment late.
      await sleep(600);
    }
  });

  it.each([13_900, 14_100])('replaces a certificate and chain of some %i bytes', async (bytes) => {
    const [small, large, larger] = await Promise.all([certificateFor(['a.example']), chainOf(bytes), chainOf(bytes)]);
    await using running = await start(1, tlsSecretOf({ name: 'a', ...small }), site('a'));
    await running.applied();
    const worker = await running.workerPid();
    for (const next of [large, larger]) {
      running.source.set(tlsSecretOf({ name: 'a', ...next }));
      expect(await running.until(() => running.certificate('a.example'), fingerprint(next))).toBe(fingerprint(next));
    }
    expect((await running.workerPid()) === worker).toBe(bytes < 14_000);
  });

  it('isolates a certificate that HAProxy refuses, and keeps files that load', async () => {
    const good = await certificateFor(['*.example']);
    await using server = await echoServer({ name: 'web' });
    await using running = await start(
      server.port,
      tlsSecretOf({ name: 'a', ...good }),
      tlsSecretOf({ name: 'b', ...good }),
      site('a'),
      site('b'),
    );
    await running.applied();
    const loads = (): string => {
      const { status, stderr } = spawnSync(path, ['-c', '-q', '-f', join(running.place.folder, 'config', 'current')], {
        cwd: join(running.place.folder, 'run'),
        encoding: 'utf8',
      });
      return status === 0 ? 'loads' : stderr;
    };
    // One that takes the place of another, and one that is new.
    running.source.set(tlsSecretOf({ name: 'b', ...unservable }));
    expect(await running.until(() => running.refused(), ['b data[tls.crt]'])).toEqual(['b data[tls.crt]']);
    running.source.set(tlsSecretOf({ name: 'c', ...unservable })).set(site('c'));
    expect(await running.until(() => running.refused(), ['b data[tls.crt]', 'c data[tls.crt]'])).toEqual([
      'b data[tls.crt]',
      'c data[tls.crt]',
    ]);
    await sleep(300);
    expect(loads()).toBe('loads');
    running.source.set(ingressOf({ name: 'd', rules: { 'd.example': [{ path: '/', service: 'web' }] } }));
    expect(await running.until(() => running.answerer('d.example'), 'web')).toBe('web');
    expect(await running.certificate('a.example')).toBe(fingerprint(good));
    process.kill(await running.masterPid(), 'SIGKILL');
    expect(await running.until(() => running.certificate('a.example'), fingerprint(good))).toBe(fingerprint(good));
    running.source.set(tlsSecretOf({ name: 'b', ...good })).set(tlsSecretOf({ name: 'c', ...good }));
    expect(await running.until(() => running.refused(), [])).toEqual([]);
    expect(await running.until(() => running.certificate('c.example'), fingerprint(good))).toBe(fingerprint(good));
  });

  it('isolates a certificate that HAProxy refuses when it is told again, after a connection that ended', async () => {
    const good = await certificateFor(['*.example']);
    const place = await newPlace();
    await using between = await FaultySocket.of(place);
    const objects = [serviceOf({ name: 'web' }), ...['a', 'b'].flatMap((name) => [tlsSecretOf({ name, ...good }), site(name)])];
    await using running = Running.start(place, objects, [], {}, { path, isLive: true, live: { socket: between.path } });
    await running.applied();
    let connections = 0;
    between.fault = () => (connections++ === 0 ? { cutAt: /set ssl cert/ } : {});
    running.source.set(tlsSecretOf({ name: 'b', ...unservable }));
    expect(await running.until(() => running.refused(), ['b data[tls.crt]'])).toEqual(['b data[tls.crt]']);
    await sleep(300);
    process.kill(await running.masterPid(), 'SIGKILL');
    expect(await running.until(() => running.certificate('a.example'), fingerprint(good))).toBe(fingerprint(good));
    running.source.set(site('c'));
    expect(await running.until(() => running.answerer('c.example'), 302)).toBe(302);
  });
});

/** A certificate with as many names as it takes. */
async function chainOf(bytes: number): ReturnType<typeof certificateFor> {
  const names = (count: number): string[] => [
    'a.example',
    ...Array.from({ length: count }, (_, at) => `${String(at).padStart(50, 'x')}.example`),
  ];
  const sizeOf = async (count: number): Promise<number> => (await certificateFor(names(count))).pem.reveal().length;
  const [some, more] = await Promise.all([sizeOf(100), sizeOf(120)]);
  const each = (more - some) / 20;
  return certificateFor(names(Math.round(100 + (bytes - some) / each)));
}

function fingerprint({ certificate }: { readonly certificate: string }): string {
  return new X509Certificate(certificate).fingerprint256;
}
