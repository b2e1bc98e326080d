import type { Resource } from '@signalbox/core';
import { allHaproxies, certificateFor, echoServer, ingressOf, serviceOf, sliceOf, tlsSecretOf } from '@signalbox/testing';
import { describe, expect, it } from 'vitest';
import { Load } from './load.js';
import { newPlace, Running } from './running.js';

const rounds = 20;

describe.each(allHaproxies())('HAProxy $branch', { timeout: 240_000 }, ({ path }) => {
  it('answers every request over twenty rounds of each kind of change', async () => {
    const certificates = await Promise.all([certificateFor(['tls.example']), certificateFor(['tls.example'])]);
    await using one = await echoServer({ name: 'one', address: '127.0.0.2' });
    await using two = await echoServer({ name: 'two', address: '127.0.0.3', port: one.port });
    const slice = (service: string, ...addresses: readonly string[]): Resource =>
      sliceOf({ service, endpoints: addresses, ports: one.port });
    const stable = (annotations: Readonly<Record<string, string>> = {}): Resource =>
      ingressOf({ name: 'stable', annotations, rules: { 'stable.example': [{ path: '/', service: 'web' }] } });
    const other = (rules: Readonly<Record<string, readonly string[]>>, service = 'web'): Resource =>
      ingressOf({
        name: 'other',
        rules: Object.fromEntries(Object.entries(rules).map(([host, paths]) => [host, paths.map((each) => ({ path: each, service }))])),
      });
    const place = await newPlace();
    await using running = Running.start(
      place,
      [serviceOf({ name: 'web' }), slice('web', one.address), stable()],
      [],
      { reloadIntervalMs: 200 },
      { path, isLive: true },
    );
    const { source, controller } = running;
    const failures: unknown[] = [];
    controller.events.on('failed', ({ error }) => failures.push(error)).on('rejected', ({ diagnostics }) => failures.push(diagnostics));
    await running.applied();
    const kinds: Readonly<Record<string, (round: number) => void>> = {
      'endpoint comes': () => source.set(slice('web', one.address, two.address)),
      'endpoint goes': () => source.set(slice('web', two.address)),
      'endpoint moves': () => source.set(slice('web', one.address)),
      'host comes': () => source.set(other({ 'other.example': ['/'] })),
      'path comes': () => source.set(other({ 'other.example': ['/', '/more'] })),
      'path goes': () => source.set(other({ 'other.example': ['/more'] })),
      'pool comes': (round) =>
        source
          .set(serviceOf({ name: `pool-${String(round)}` }))
          .set(slice(`pool-${String(round)}`, one.address))
          .set(other({ 'other.example': ['/'] }, `pool-${String(round)}`)),
      'pool goes': (round) => source.delete(other({})).delete(serviceOf({ name: `pool-${String(round)}` })),
      'certificate changes': (round) =>
        source.set(tlsSecretOf({ name: 'tls', ...(certificates[round % 2] as (typeof certificates)[0]) })).set(
          ingressOf({
            name: 'tls',
            rules: { 'tls.example': [{ path: '/', service: 'web' }] },
            tls: [{ hosts: ['tls.example'], secretName: 'tls' }],
          }),
        ),
      'list changes': (round) => source.set(stable({ 'haproxy.org/allow-list': `127.0.0.0/8, 10.0.0.${String(round)}` })),
      'header changes': (round) => source.set(stable({ 'haproxy.org/response-set-header': `X-Round ${String(round)}` })),
      'pool setting changes': (round) =>
        source.set(serviceOf({ name: 'web', annotations: { 'haproxy.org/load-balance': round % 2 === 0 ? 'leastconn' : 'random' } })),
    };
    const load = new Load({ port: place.httpPort, host: 'stable.example', perSecond: 500 });
    for (let round = 0; round < rounds; round += 1) for (const change of Object.values(kinds)) await running.applied(() => change(round));
    const { answered, unexpected } = await load.end();
    expect(unexpected).toEqual({});
    expect(answered).toBeGreaterThan(rounds * 100);
    expect(failures).toEqual([]);
  });

  it('lets a request finish on an endpoint that goes', async () => {
    await using one = await echoServer({ name: 'one', address: '127.0.0.2', delayMs: 1_500 });
    await using two = await echoServer({ name: 'two', address: '127.0.0.3', port: one.port });
    const slice = (address: string): Resource => sliceOf({ service: 'web', endpoints: [address], ports: one.port });
    const place = await newPlace();
    const objects = [
      serviceOf({ name: 'web' }),
      slice(one.address),
      ingressOf({ name: 'web', rules: { 'a.example': [{ path: '/', service: 'web' }] } }),
    ];
    await using running = Running.start(place, objects, [], {}, { path, isLive: true });
    await running.applied();
    const slow = running.answerer('a.example');
    await running.until(() => one.requests.length, 1);
    await running.applied(() => running.source.set(slice(two.address)));
    expect(await running.answerer('a.example')).toBe('two');
    expect(await running.command('show servers state')).toContain('127.0.0.2');
    expect(await slow).toBe('one');
    expect(await running.until(async () => (await running.command('show servers state')).includes('127.0.0.2'), false)).toBe(false);
  });
});
