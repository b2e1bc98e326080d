import type { Resource } from '@signalbox/core';
import { allHaproxies, certificateFor, echoServer, ingressOf, serviceOf, sliceOf, tlsSecretOf } from '@signalbox/testing';
import { X509Certificate } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { FaultySocket } from './chaos/faulty-socket.js';
import { newPlace, Running } from './running.js';

const pool = 'default_svc_web_80';

const certificate = await certificateFor(['a.example']);

describe.each(allHaproxies())('HAProxy $branch', { timeout: 60_000 }, ({ path }) => {
  /** With three endpoints, and a socket that can be made to fail so that all is read back. */
  const start = async (): Promise<{ readonly running: Running; readonly drift: string[]; readonly readBack: () => Promise<void> }> => {
    const one = await echoServer({ name: 'one', address: '127.0.0.2' });
    const two = await echoServer({ name: 'two', address: '127.0.0.3', port: one.port });
    const three = await echoServer({ name: 'three', address: '127.0.0.4', port: one.port });
    const place = await newPlace();
    const between = await FaultySocket.of(place);
    const objects: Resource[] = [
      serviceOf({ name: 'web' }),
      sliceOf({ service: 'web', endpoints: [one, two, three].map(({ address }) => address), ports: one.port }),
      tlsSecretOf({ name: 'tls', ...certificate }),
      ingressOf({
        name: 'web',
        annotations: { 'haproxy.org/allow-list': '127.0.0.0/8', 'haproxy.org/ssl-redirect': 'false' },
        rules: {
          'a.example': [
            { path: '/', service: 'web' },
            { path: '/more', service: 'web' },
          ],
          'b.example': [{ path: '/', service: 'web' }],
        },
        tls: [{ hosts: ['a.example'], secretName: 'tls' }],
      }),
    ];
    const running = Running.start(place, objects, [], {}, { path, isLive: true, live: { socket: between.path } });
    onTestFinished(async () => {
      await running[Symbol.asyncDispose]();
      await Promise.all([one, two, three, between].map((each) => each[Symbol.asyncDispose]()));
    });
    const drift: string[] = [];
    running.controller.events.on('drifted', ({ differences }) => drift.push(...differences));
    await running.applied();
    // All is read back after a connection that failed; each look at the worker is one.
    const readBack = async (): Promise<void> => {
      let failed = 0;
      between.fault = () => (failed++ === 0 ? { cutAfter: { commands: 0 } } : {});
      const before = between.connections;
      await running.until(() => between.connections >= before + 2, true);
      await sleep(300);
    };
    return { running, drift, readBack };
  };

  it('mends what somebody has done by hand, and says so', async () => {
    const { running, drift, readBack } = await start();
    const worker = await running.workerPid();
    const [one = '', two = '', three = ''] = await serversOf(running);
    const list = /patterns\/\S+?\.\w+/.exec(await running.command('show acl'))?.[0] ?? '';
    const file = /certs\/default_tls\S+?\.pem/.exec(await running.command('show ssl cert'))?.[0] ?? '';
    const other = (await certificateFor(['a.example'])).pem.reveal().trim();
    const commands = [
      'del map maps/host.map a.example',
      'add map maps/host.map garbage.example garbage.example',
      'set map maps/host.map b.example c.example',
      'clear map maps/path-prefix.map',
      `set server ${pool}/${one} weight 7`,
      `set server ${pool}/${one} addr 127.0.0.9 port 9`,
      `set server ${pool}/${two} state maint`,
      `del server ${pool}/${two}`,
      `set server ${pool}/${three} state maint`,
      `add server ${pool}/stranger 127.0.0.8:80`,
      `enable server ${pool}/stranger`,
      `clear acl ${list}`,
      `set ssl cert ${file} <<\n${other}\n`,
      `commit ssl cert ${file}`,
    ];
    for (const command of commands) await running.command(command);
    expect([await running.answerer('a.example'), await running.answerer('b.example')]).toEqual([404, 404]);
    await readBack();
    const said = [
      ...[`certificate ${file} is another one`, `list ${list} has other entries`],
      ...[one, three].map((name) => `server ${pool}/${name} is not as it should be`),
      ...[`server ${pool}/${two} is missing`, `server ${pool}/stranger is not wanted`],
      ...['a.example/', 'a.example/more/', 'b.example/'].map((row) => `row ${row} of map path-prefix is missing`),
      ...['a.example of map host is missing', 'b.example of map host is another one', 'garbage.example of map host is not wanted'].map(
        (row) => `row ${row}`,
      ),
    ];
    expect(await running.until(() => drift.toSorted(), said.toSorted())).toEqual(said.toSorted());
    expect(await serversOf(running)).toEqual([one, two, three]);
    const answers = await Promise.all(['a', 'a', 'a', 'b', 'b', 'b'].map((name) => running.answerer(`${name}.example`)));
    expect(new Set(answers)).toEqual(new Set(['one', 'two', 'three']));
    expect(await running.certificate('a.example')).toBe(new X509Certificate(certificate.certificate).fingerprint256);
    expect(await running.workerPid()).toBe(worker);
  });

  it('leaves a server draining that somebody drains, over changes and reloads too', async () => {
    const { running, drift, readBack } = await start();
    const [one = ''] = await serversOf(running);
    await running.command(`set server ${pool}/${one} state drain`);
    await readBack();
    const answers = async (): Promise<(string | number)[]> => Promise.all(Array.from({ length: 6 }, () => running.answerer('a.example')));
    expect(new Set(await answers())).toEqual(new Set(['three', 'two']));
    await running.applied(() => running.source.set(ingressOf({ name: 'c', rules: { 'c.example': [{ path: '/', service: 'web' }] } })));
    expect(new Set(await answers())).toEqual(new Set(['three', 'two']));
    running.source.set(serviceOf({ name: 'other', annotations: { 'haproxy.org/load-balance': 'leastconn' } }));
    running.source.set(ingressOf({ name: 'd', rules: { 'd.example': [{ path: '/', service: 'other' }] } }));
    const worker = await running.workerPid();
    expect(await running.until(async () => (await running.workerPid()) !== worker, true)).toBe(true);
    expect(await running.until(() => running.answerer('d.example'), 503)).toBe(503);
    expect(new Set(await answers())).toEqual(new Set(['three', 'two']));
    expect(drift).toEqual([]);
  });
});

/** Names of the servers of the pool, sorted. */
async function serversOf(running: Running): Promise<string[]> {
  const state = await running.command('show servers state');
  return [...state.matchAll(new RegExp(`^\\d+ ${pool} \\d+ (\\S+)`, 'gm'))].map(([, name = '']) => name).sort();
}
