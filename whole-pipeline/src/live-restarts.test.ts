import { symlinkSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Resource } from '@signalbox/core';
import {
  allHaproxies,
  certificateFor,
  configMapOf,
  echoServer,
  freePorts,
  ingressOf,
  serviceOf,
  sliceOf,
  tlsSecretOf,
} from '@signalbox/testing';
import { describe, expect, it } from 'vitest';
import { newPlace, Running } from './running.js';

const haproxies = allHaproxies();
const site = (name: string, annotations: Readonly<Record<string, string>> = {}, service = 'web'): Resource =>
  ingressOf({ name, annotations, rules: { [`${name}.example`]: [{ path: '/', service }] } });

describe.each(haproxies)('HAProxy $branch', { timeout: 60_000 }, ({ path, branch }) => {
  const live = { path, isLive: true };

  it('goes on with the same worker when the controller is started again, after all kinds of live changes', async () => {
    await using server = await echoServer({ name: 'web' });
    const [first, second] = await Promise.all([certificateFor(['tls.example']), certificateFor(['tls.example'])]);
    const slice = (...addresses: readonly string[]): Resource => sliceOf({ service: 'web', endpoints: addresses, ports: server.port });
    const place = await newPlace();
    const before = Running.start(
      place,
      [
        ...[serviceOf({ name: 'web' }), serviceOf({ name: 'old' }), slice('127.0.0.1'), site('a'), site('gone', {}, 'old')],
        ...[tlsSecretOf({ name: 'tls', ...first }), ingressOf({ name: 'tls', tls: [{ hosts: ['tls.example'], secretName: 'tls' }] })],
      ],
      [],
      { onStop: 'keep' },
      live,
    );
    await before.applied();
    const worker = await before.workerPid();
    const changes = [
      () => before.source.set(slice('127.0.0.1', '127.0.0.2')),
      () => before.source.set(slice('127.0.0.1')),
      () => before.source.set(site('b')),
      () => before.source.delete(site('gone')),
      () => before.source.set(tlsSecretOf({ name: 'tls', ...second })),
    ];
    for (const change of changes) expect(await before.applied(change)).toBe('none');
    await before.stop();
    await using after = Running.start(place, before.source.objects, [], {}, live);
    const events: unknown[] = [];
    after.controller.events
      .on('reloaded', ({ reasons }) => events.push(reasons))
      .on('drifted', ({ differences }) => events.push(differences));
    expect(await after.applied()).toBe('none');
    expect(await after.applied(() => after.source.set(site('c')))).toBe('none');
    expect(await Promise.all(['a', 'b', 'c', 'gone'].map((name) => after.answerer(`${name}.example`)))).toEqual(['web', 'web', 'web', 404]);
    expect(events).toEqual([]);
    expect(await after.workerPid()).toBe(worker);
  });

  it('keeps the endpoints of a pool that takes no servers while it runs, over restarts of the controller', async () => {
    const one = await echoServer({ name: 'e1', address: '127.0.0.2' });
    const others = await Promise.all(
      ['3', '4', '5', '6'].map((last) => echoServer({ name: `e${last}`, address: `127.0.0.${last}`, port: one.port })),
    );
    await using closing = new AsyncDisposableStack();
    for (const server of [one, ...others]) closing.use(server);
    const slice = (...lasts: readonly number[]): Resource =>
      sliceOf({ service: 'web', endpoints: lasts.map((last) => `127.0.0.${String(last)}`), ports: one.port });
    const place = await newPlace();
    const pool = [serviceOf({ name: 'web', annotations: { 'haproxy.org/load-balance': 'static-rr' } }), site('a')];
    const before = Running.start(place, [...pool, slice(2)], [], { onStop: 'keep' }, live);
    await before.applied();
    const worker = await before.workerPid();
    for (const next of [slice(2, 3, 4), slice(4), slice(4, 5)]) expect(await before.applied(() => before.source.set(next))).toBe('none');
    await before.stop();
    await using after = Running.start(place, before.source.objects, [], {}, live);
    const drift: unknown[] = [];
    after.controller.events.on('drifted', ({ differences }) => drift.push(differences));
    await after.applied();
    const answers = async (): Promise<(string | number)[]> =>
      [...new Set(await Promise.all(Array.from({ length: 12 }, () => after.answerer('a.example'))))].sort();
    expect(await answers()).toEqual(['e4', 'e5']);
    expect(await after.applied(() => after.source.set(slice(5, 6)))).toBe('none');
    expect(await answers()).toEqual(['e5', 'e6']);
    expect(drift).toEqual([]);
    expect(await after.workerPid()).toBe(worker);
  });

  it('blames nobody for a reload that fails because somebody has a port, and goes on with live changes', async () => {
    await using server = await echoServer({ name: 'web' });
    const [port = 0] = await freePorts(1);
    const taken = createServer().listen(port, '127.0.0.1');
    await once(taken, 'listening');
    const settings = configMapOf({
      name: 'settings',
      namespace: 'ops',
      data: { 'stats-config-snippet': `bind 127.0.0.1:${String(port)}` },
    });
    const place = await newPlace();
    const objects = [serviceOf({ name: 'web' }), sliceOf({ service: 'web', endpoints: [server.address], ports: server.port }), site('a')];
    await using running = Running.start(place, objects, [], {}, live);
    const failures: unknown[] = [];
    const others: unknown[] = [];
    running.controller.events.on('failed', ({ error }) => failures.push(error));
    running.controller.events.on('rejected', (event) => others.push(event)).on('drifted', (event) => others.push(event));
    await running.applied();
    const worker = await running.workerPid();
    running.source.set(settings);
    await running.until(() => failures.length > 0, true);
    for (const name of ['b', 'c']) {
      running.source.set(site(name));
      // HAProxy 3.2 loses its admin socket when a second reload in a row fails.
      if (branch !== '3.2') expect(await running.until(() => running.answerer(`${name}.example`), 'web', 8_000)).toBe('web');
    }
    expect(await running.workerPid()).toBe(worker);
    taken.close();
    expect(await running.until(async () => (await running.workerPid()) !== worker, true)).toBe(true);
    expect(await running.until(() => running.answerer('c.example'), 'web')).toBe('web');
    expect(running.refused()).toEqual([]);
    expect(others).toEqual([]);
  });
});

describe('a HAProxy of another version that is installed while one runs', { timeout: 60_000 }, () => {
  const [main, ...newer] = haproxies as [(typeof haproxies)[0], ...typeof haproxies];

  it.for(newer)(
    `is taken over with the next reload, and changed while it runs before and after: ${main.branch} to $branch`,
    async ({ path, branch }) => {
      await using server = await echoServer({ name: 'web' });
      const place = await newPlace();
      const installed = join(place.folder, 'haproxy');
      symlinkSync(main.path, installed);
      const live = { path: installed, isLive: true };
      const objects = [serviceOf({ name: 'web' }), sliceOf({ service: 'web', endpoints: [server.address], ports: server.port }), site('a')];
      const before = Running.start(place, objects, [], { onStop: 'keep' }, live);
      await before.applied();
      const worker = await before.workerPid();
      await before.stop();
      symlinkSync(path, `${installed}.new`);
      await rename(`${installed}.new`, installed);
      await using after = Running.start(place, objects, [], {}, live);
      const version = async (): Promise<string | undefined> => /^Version: (\d+\.\d+)/m.exec(await after.command('show info'))?.[1];
      await after.applied();
      expect(await after.applied(() => after.source.set(site('b')))).toBe('none');
      expect([await after.answerer('b.example'), await version(), await after.workerPid()]).toEqual(['web', main.branch, worker]);
      after.source.set(site('c', { 'haproxy.org/response-set-header': 'X-A b' }));
      expect(await after.until(() => after.answerer('c.example'), 'web')).toBe('web');
      expect(await version()).toBe(branch);
      const next = await after.workerPid();
      after.source.set(site('d'));
      expect(await after.until(() => after.answerer('d.example'), 'web')).toBe('web');
      expect(await after.workerPid()).toBe(next);
    },
  );
});
