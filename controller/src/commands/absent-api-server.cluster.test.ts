import { setTimeout as sleep } from 'node:timers/promises';
import { type Answer, echoServer, ingressOf, RealCluster, sendRequest, serviceOf, sliceOf } from '@signalbox/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Program, until } from '../fixtures/program.js';
import { Running } from '../fixtures/running.js';

let cluster: RealCluster;

beforeAll(async () => {
  cluster = await RealCluster.start();
}, 180_000);

afterAll(async () => {
  await cluster?.stop();
});

const expose = (host: string): Promise<unknown> =>
  cluster.apply([ingressOf({ name: host.replace('.example', ''), rules: { [host]: [{ path: '/', service: 'app' }] } })]);

async function probe(running: Running, path: string): Promise<Answer> {
  return sendRequest({ port: running.ports.controller, host: 'probe', path });
}

const start = (running: Running): Program => running.startPlain(['--kubeconfig', cluster.kubeconfig.path], {});

const countOf = (program: Program, words: RegExp): number => program.said.match(new RegExp(words, 'g'))?.length ?? 0;

/** Waits for an answer of the application, and returns how long that took. */
async function served(running: Running, host: string): Promise<number> {
  const from = performance.now();
  await until(async () => (await running.get(host).catch(() => undefined))?.status === 200, 60_000);
  return performance.now() - from;
}

/** Milliseconds from the moment at which the API server answers until a host is served. */
async function caughtUp(running: Running, host: string): Promise<number> {
  await cluster.startApiServer();
  const change = expose(host);
  const took = await served(running, host);
  await change;
  return took;
}

describe('an API server that is away', { timeout: 300_000 }, () => {
  it('is waited for at the first start; at the next HAProxy serves from disk; and later on nobody notices', async () => {
    await using _echo = await echoServer({ name: 'app', address: '10.244.0.1', port: 8080 });
    await cluster.apply([serviceOf({ name: 'app' }), sliceOf({ service: 'app', endpoints: ['10.244.0.1'], ports: 8080 })]);
    await expose('first.example');
    await using running = await Running.make();

    await cluster.stopApiServer();
    const first = start(running);
    await first.untilSaid('There is no configuration from before');
    await first.untilSaid('cannot be asked');
    expect(await probe(running, '/healthz')).toMatchObject({ status: 200 });
    expect(await probe(running, '/readyz')).toMatchObject({ status: 503, body: 'no full list yet from kubernetes\n' });
    expect(await running.haproxies()).toEqual([]);
    expect(await caughtUp(running, 'first.example')).toBeLessThan(10_000);
    await running.ready();
    expect(countOf(first, /has not been read in full/)).toBe(1);

    first.kill('SIGTERM');
    expect(await first.ended()).toBe(0);
    expect(await running.haproxies()).toEqual([]);
    await cluster.stopApiServer();
    const second = start(running);
    await second.untilSaid('HAProxy serves the last configuration, from disk');
    expect(await running.get('first.example')).toMatchObject({ status: 200 });
    expect(await sendRequest({ port: running.ports.healthz, host: 'probe', path: '/healthz' })).toMatchObject({ status: 200 });
    await sleep(3_000);
    expect(await probe(running, '/healthz')).toMatchObject({ status: 200 });
    expect(await probe(running, '/readyz')).toMatchObject({ status: 503, body: 'no full list yet from kubernetes\n' });
    const [master] = await running.haproxies();
    expect(await caughtUp(running, 'second.example')).toBeLessThan(10_000);
    await running.ready();
    // By a reload, if the first full list has something new in it.
    expect(await running.haproxies()).toContain(master);
    expect(countOf(second, /has not been read in full/)).toBe(1);

    const pids = await running.haproxies();
    const failed: unknown[] = [];
    let isOver = false;
    const asking = (async () => {
      for (; !isOver; await sleep(20)) {
        const answer = await running.get('first.example').catch(String);
        if (typeof answer === 'string' || answer.status !== 200) failed.push(answer);
      }
    })();
    await cluster.stopApiServer();
    await sleep(60_000);
    expect(await probe(running, '/healthz')).toMatchObject({ status: 200 });
    expect(await probe(running, '/readyz')).toMatchObject({ status: 200 });
    expect(await caughtUp(running, 'third.example')).toBeLessThan(10_000);
    isOver = true;
    await asking;
    expect(failed).toEqual([]);
    // None is new; one of before may have ended.
    expect(pids).toEqual(expect.arrayContaining(await running.haproxies()));
    expect(countOf(second, /cannot be asked/)).toBe(2);
    await until(() => countOf(second, /answers again/) === 2);
  });
});
