import type { Resource } from '@signalbox/core';
import { allHaproxies, certificateFor, echoServer, ingressOf, serviceOf, sliceOf, tlsSecretOf } from '@signalbox/testing';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { newPlace, Running } from './running.js';

describe.each(allHaproxies())('HAProxy $branch', { timeout: 60_000 }, ({ path }) => {
  const live = { path, isLive: true };

  it.each([
    ['over HTTP', false],
    ['with a certificate each', true],
  ])('serves 150 new pools %s that come one after the other, nearly all at once, with three reloads in all', async (_how, isTls) => {
    const count = 150;
    await using server = await echoServer({ name: 'web' });
    const place = await newPlace();
    await using running = Running.start(place, [], [], { reloadIntervalMs: 500 }, live);
    await running.applied();
    const causes: string[] = [];
    running.controller.events.on('reloaded', (reload) => causes.push(reload.causes[0]?.cause ?? ''));
    const tookMs: number[] = [];
    for (let each = 0; each < count; each += 1) {
      const [service, host] = [`s${String(each)}`, `h${String(each)}.example`];
      const secret = isTls ? [tlsSecretOf({ name: service, ...(await certificateFor([host])) })] : [];
      const tls = isTls ? { tls: [{ hosts: [host], secretName: service }] } : {};
      const port = isTls ? place.httpsPort : place.httpPort;
      const served = async (): Promise<unknown> => {
        const { echo, tls: shown } = await running.request({ host, port, tls: isTls });
        return [echo?.name, isTls ? shown?.names.includes(host) : true];
      };
      const startedAt = performance.now();
      for (const object of [
        ...secret,
        serviceOf({ name: service }),
        sliceOf({ service, endpoints: [server.address], ports: server.port }),
        ingressOf({ name: service, rules: { [host]: [{ path: '/', service }] }, ...tls }),
      ])
        running.source.set(object);
      expect(await running.until(served, ['web', true])).toEqual(['web', true]);
      tookMs.push(performance.now() - startedAt);
    }
    // Those that find no spare wait for a reload.
    expect(tookMs.filter((ms) => ms > 2_000)).toEqual([]);
    const named = async (): Promise<number> =>
      (await running.command('show map maps/path-prefix.map')).match(/default_svc_s\d+_80/g)?.length ?? 0;
    expect(await running.until(named, count)).toBe(count);
    // And nothing comes after that.
    await sleep(1_000);
    expect(causes.length, causes.join(', ')).toBeLessThanOrEqual(3);
    expect(causes.at(-1)).toBe('names');
  });

  it('takes 700 new paths of a host up at once, without a reload', async () => {
    await using server = await echoServer({ name: 'web' });
    const site = (paths: number): Resource =>
      ingressOf({
        name: 'web',
        rules: { 'a.example': Array.from({ length: paths }, (_, at) => ({ path: `/p${String(at)}`, service: 'web' })) },
      });
    const place = await newPlace();
    const objects = [serviceOf({ name: 'web' }), sliceOf({ service: 'web', endpoints: [server.address], ports: server.port }), site(1)];
    await using running = Running.start(place, objects, [], {}, live);
    await running.applied();
    const worker = await running.workerPid();
    expect(await running.applied(() => running.source.set(site(701)))).toBe('none');
    const answers = await Promise.all(Array.from({ length: 701 }, (_, at) => running.answerer('a.example', `/p${String(at)}`)));
    expect(new Set(answers)).toEqual(new Set(['web']));
    expect(await running.applied(() => running.source.set(site(1)))).toBe('none');
    expect([await running.answerer('a.example', '/p0'), await running.answerer('a.example', '/p700')]).toEqual(['web', 404]);
    expect(await running.workerPid()).toBe(worker);
  });

  it('spreads requests evenly as a Service grows to ten endpoints and shrinks to three, and lets those under way finish', async () => {
    const first = await echoServer({ name: 'e1', address: '127.0.0.2', delayMs: 20 });
    const others = await Promise.all(
      Array.from({ length: 9 }, (_, at) =>
        echoServer({ name: `e${String(at + 2)}`, address: `127.0.0.${String(at + 3)}`, port: first.port, delayMs: 20 }),
      ),
    );
    const servers = [first, ...others];
    await using closing = new AsyncDisposableStack();
    for (const server of servers) closing.use(server);
    const slices = (count: number): Resource =>
      sliceOf({ service: 'web', endpoints: servers.slice(0, count).map(({ address }) => address), ports: first.port });
    const place = await newPlace();
    const objects = [
      serviceOf({ name: 'web' }),
      slices(1),
      ingressOf({ name: 'web', rules: { 'a.example': [{ path: '/', service: 'web' }] } }),
    ];
    await using running = Running.start(place, objects, [], {}, live);
    await running.applied();
    const worker = await running.workerPid();
    const answers = async (count: number): Promise<(string | number)[]> =>
      Promise.all(Array.from({ length: count }, () => running.answerer('a.example')));
    const spread = async (count: number): Promise<Record<string, number>> =>
      Object.fromEntries([...Map.groupBy(await answers(count), String)].map(([name, those]) => [name, those.length]).sort());
    expect(await running.applied(() => running.source.set(slices(10)))).toBe('none');
    expect(await spread(200)).toEqual(
      evenly(
        servers.map(({ name }) => name),
        20,
      ),
    );
    const underWay = answers(100);
    await sleep(10);
    expect(await running.applied(() => running.source.set(slices(3)))).toBe('none');
    expect(await spread(90)).toEqual(evenly(['e1', 'e2', 'e3'], 30));
    expect((await underWay).filter((each) => typeof each === 'number')).toEqual([]);
    expect(await running.workerPid()).toBe(worker);
    const left = async (): Promise<number> => (await running.command('show servers state')).match(/ default_svc_web_80 /g)?.length ?? 0;
    expect(await running.until(left, 3)).toBe(3);
  });
});

/** Each thread of HAProxy goes round by itself. */
function evenly(names: readonly string[], each: number): Record<string, unknown> {
  return Object.fromEntries(names.map((name) => [name, expect.toSatisfy((count: number) => Math.abs(count - each) <= 3)]).sort());
}
