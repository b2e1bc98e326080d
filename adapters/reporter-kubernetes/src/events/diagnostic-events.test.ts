import type { Diagnostic, ObjectRef } from '@signalbox/core';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import { FakeApiServer } from '../fixtures/fake-api-server.js';
import { FakeCluster, refusal } from '../fixtures/fake-cluster.js';
import { ingressRefs, RunningReporter } from '../fixtures/running-reporter.js';
import { virtualApi } from '../fixtures/virtual-api.js';
import { VirtualTime } from '../fixtures/virtual-time.js';
import type { EventObject } from './event-object.js';

const soon = { timeout: 10_000, interval: 5 };
const [web] = ingressRefs('shop/web') as [ObjectRef];
const diagnostic = (more: Partial<Diagnostic> = {}): Diagnostic => ({
  severity: 'error',
  code: 'SERVICE_NOT_FOUND',
  object: web,
  message: 'There is no Service "shop/app".',
  ...more,
});
const many = (count: number, object: ObjectRef = web): Diagnostic[] =>
  Array.from({ length: count }, (_, index) => diagnostic({ object, message: `Reason ${String(index)}.` }));
const eventsOf = ({ cluster }: FakeApiServer): EventObject[] => eventsIn(cluster);
const tell = ({ reporter }: RunningReporter, added: readonly Diagnostic[], removed: readonly Diagnostic[] = []): void =>
  reporter.report({ added, removed });
const eventsIn = (cluster: FakeCluster): EventObject[] =>
  cluster.all(/^\/api\/v1\/namespaces\/[^/]+\/events\//) as unknown as EventObject[];
/** A reporter whose hours are milliseconds. */
const inNoTime = (): { cluster: FakeCluster; time: VirtualTime; running: RunningReporter } => {
  const cluster = new FakeCluster();
  const time = new VirtualTime();
  const running = new RunningReporter(
    virtualApi(cluster, time.clock(), () => ({ thereMs: 0, backMs: 0 })),
    { clock: time.clock() },
  );
  return { cluster, time, running };
};
const ended = async (time: VirtualTime, running: RunningReporter): Promise<void> => {
  const stopped = running.stop();
  await time.pass(1000);
  await stopped;
};
const sent = (server: FakeApiServer, method: string): number =>
  server.cluster.requests.filter((request) => request.method === method && request.path.includes('/events')).length;

describe('DiagnosticEvents', () => {
  it('writes none on what the cluster does not have', async () => {
    await using server = await FakeApiServer.start();
    await using running = new RunningReporter(server.api(), { uidOf: ({ name }) => (name === 'web' ? 'uid' : undefined) });
    const [ofFile] = ingressRefs('shop/of-a-file') as [ObjectRef];
    tell(running, [diagnostic({ object: ofFile }), diagnostic()]);
    await vi.waitUntil(() => eventsOf(server).length > 0, soon);
    await sleep(50);
    expect(eventsOf(server).map(({ involvedObject }) => involvedObject.name)).toEqual(['web']);
  });

  it('writes an Event to the object, with its uid', async () => {
    await using server = await FakeApiServer.start();
    server.cluster.put('/apis/networking.k8s.io/v1/namespaces/shop/ingresses', {
      metadata: { namespace: 'shop', name: 'web', uid: 'u-web' },
    });
    await using running = new RunningReporter(server.api());
    tell(running, [diagnostic(), diagnostic({ severity: 'info', code: 'INGRESS_WITHOUT_CLASS', message: 'It has none.' })]);
    await vi.waitUntil(() => eventsOf(server).length === 2, soon);
    expect(eventsOf(server)).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          type: 'Warning',
          reason: 'ServiceNotFound',
          involvedObject: expect.objectContaining({ uid: 'u-web' }) as object,
        }),
        expect.objectContaining({ type: 'Normal', reason: 'IngressWithoutClass' }),
      ]),
    );
    const reads = server.cluster.requests.filter(({ path }) => path.endsWith('/ingresses/web'));
    expect(reads.every(({ accept }) => accept === 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1')).toBe(true);
    expect(running.problems).toEqual([]);
  });

  it('raises the count of an Event when the same happens again, and makes a new one for another object of the name', async () => {
    await using server = await FakeApiServer.start();
    server.cluster.putIngress('shop', 'web');
    await using running = new RunningReporter(server.api());
    tell(running, [diagnostic()]);
    await vi.waitUntil(() => eventsOf(server).length === 1, soon);
    await vi.waitUntil(() => running.reporter.requests.event === 1, soon);
    for (const count of [2, 3]) {
      tell(running, [], [diagnostic()]);
      tell(running, [diagnostic()]);
      await vi.waitUntil(() => eventsOf(server)[0]?.count === count, soon);
    }
    expect(sent(server, 'POST')).toBe(1);
    server.cluster.deleteIngress('shop', 'web');
    server.cluster.putIngress('shop', 'web');
    tell(running, [], [diagnostic()]);
    tell(running, [diagnostic()]);
    await vi.waitUntil(() => eventsOf(server).length === 2, soon);
  });

  it('writes an Event anew that has been forgotten', async () => {
    await using server = await FakeApiServer.start();
    server.cluster.putIngress('shop', 'web');
    await using running = new RunningReporter(server.api(), { timing: { eventRefreshMs: 100 } });
    tell(running, [diagnostic(), diagnostic({ severity: 'info', code: 'GOOD_TO_KNOW' })]);
    await vi.waitUntil(() => eventsOf(server).some(({ count }) => count === 2), soon);
    for (const { metadata } of eventsOf(server)) server.cluster.delete(`/api/v1/namespaces/shop/events/${metadata.name}`);
    await vi.waitUntil(() => eventsOf(server).length === 1, soon);
    // What is only good to know is told once.
    expect(eventsOf(server)[0]).toMatchObject({ reason: 'ServiceNotFound' });
  });

  it('tells as a new leader what holds now, once for all leaders', async () => {
    await using server = await FakeApiServer.start();
    server.cluster.putIngress('shop', 'web');
    await using first = new RunningReporter(server.api());
    await vi.waitUntil(() => first.reporter.isLeader, soon);
    await using second = new RunningReporter(server.api());
    for (const each of [first, second]) {
      tell(each, many(3));
      tell(each, [], [many(3)[0]!]);
    }
    await vi.waitUntil(() => first.reporter.requests.event === 2, soon);
    await sleep(50);
    expect(second.reporter.requests.event).toBe(0);
    await first.stop();
    await vi.waitUntil(() => second.reporter.requests.event === 4, soon);
    await sleep(50);
    expect(
      eventsOf(server)
        .map(({ message, count }) => `${message} ${String(count)}`)
        .sort(),
    ).toEqual(['Reason 1. 1', 'Reason 2. 1']);
  });

  it('does not flood: so many per object, so many in all, and the rest later', async () => {
    const { cluster, time, running } = inNoTime();
    cluster.putIngress('shop', 'web');
    cluster.putIngress('shop', 'other');
    await time.pass(100);
    tell(running, [...many(30), ...many(30, ingressRefs('shop/other')[0])]);
    const told = (): string[] => eventsIn(cluster).map(({ involvedObject }) => involvedObject.name);
    await time.pass(100);
    expect(told().filter((name) => name === 'web')).toHaveLength(10);
    expect(told()).toHaveLength(20);
    await time.pass(50_000);
    expect(told().filter((name) => name === 'web')).toHaveLength(15);
    await time.pass(151_000);
    expect(told()).toHaveLength(60);
    expect(running.reporter.requests.event).toBe(60);

    const refs = Array.from({ length: 500 }, (_, index) => `shop/i${String(index)}`);
    for (const { name } of ingressRefs(...refs)) cluster.putIngress('shop', name);
    tell(
      running,
      ingressRefs(...refs).map((object) => diagnostic({ object })),
    );
    await time.pass(50);
    expect(told()).toHaveLength(60 + 100);
    await time.pass(10_000);
    expect(told()).toHaveLength(60 + 200);
    await time.pass(30_000);
    expect(told()).toHaveLength(60 + 500);
    await ended(time, running);
  });

  it('says nothing of what was settled before its turn came', async () => {
    const { cluster, time, running } = inNoTime();
    cluster.putIngress('shop', 'web');
    await time.pass(100);
    tell(running, many(30));
    await time.pass(100);
    tell(running, [], many(30));
    tell(running, many(1));
    await time.pass(600_000);
    expect(eventsIn(cluster).map(({ count }) => count)).toEqual([2, ...Array.from({ length: 9 }, () => 1)]);
    await ended(time, running);
  });

  it('leaves out objects that are not there, kinds that no cluster has, and what is about no object', async () => {
    await using server = await FakeApiServer.start();
    server.cluster.putIngress('shop', 'web');
    await using running = new RunningReporter(server.api());
    const [gone] = ingressRefs('shop/gone');
    const { object: _object, ...ofNone } = diagnostic();
    tell(running, [
      diagnostic({ object: gone! }),
      diagnostic({ object: { group: 'signalbox', kind: 'HostAddresses', namespace: '', name: 'a.example' } }),
      ofNone,
      diagnostic({ code: 'INGRESS_CLASS_NOT_OURS', severity: 'info' }),
      diagnostic(),
    ]);
    await vi.waitUntil(() => eventsOf(server).length === 1, soon);
    await sleep(50);
    expect(eventsOf(server)).toMatchObject([{ reason: 'ServiceNotFound', involvedObject: { name: 'web' } }]);
    expect(running.reporter.requests.uid).toBe(2);
    expect(running.problems).toEqual([]);
  });

  it('asks nobody for a uid that the host knows, and tells without one where it may not ask', async () => {
    await using server = await FakeApiServer.start();
    await using knows = new RunningReporter(server.api(), { uidOf: ({ name }) => `uid of ${name}` });
    tell(knows, [diagnostic()]);
    await vi.waitUntil(() => eventsOf(server).length === 1, soon);
    expect(eventsOf(server)[0]?.involvedObject.uid).toBe('uid of web');
    await knows.stop();
    expect(knows.reporter.requests.uid).toBe(0);

    server.cluster.fault = ({ method, path }) =>
      method === 'GET' && path.endsWith('/ingresses/web') ? refusal(403, 'Forbidden') : undefined;
    await using mayNot = new RunningReporter(server.api());
    tell(mayNot, [diagnostic({ message: 'Another.' })]);
    await vi.waitUntil(() => eventsOf(server).length === 2, soon);
    expect(eventsOf(server)[1]?.involvedObject).not.toHaveProperty('uid');
  });

  it('tells in the end what the API server would not take at first', async () => {
    await using server = await FakeApiServer.start();
    server.cluster.putIngress('shop', 'web');
    const faults = [
      refusal(429, 'TooManyRequests', { retryAfterSeconds: 1 }),
      refusal(500, 'InternalError'),
      'hang',
      'lose the answer',
    ] as const;
    let failures = 0;
    server.cluster.fault = ({ path }) => {
      if (path.includes('/leases')) return undefined;
      return failures < 12 ? faults[failures++ % faults.length] : undefined;
    };
    await using running = new RunningReporter(server.api(), { timing: { answerMs: 300 } });
    tell(running, many(6));
    await vi.waitUntil(() => eventsOf(server).length === 6, soon);
    expect(running.problems.join('\n')).toContain('Events cannot be written');
  });

  it('gives up on a namespace that goes away, and on what is refused', async () => {
    await using server = await FakeApiServer.start();
    server.cluster.putIngress('shop', 'web');
    server.cluster.fault = ({ method, body }) => {
      if (method !== 'POST' || (body as { kind?: string }).kind !== 'Event') return undefined;
      const { message } = body as EventObject;
      return message.includes('0') ? refusal(403, 'Forbidden', { causes: [{ reason: 'NamespaceTerminating' }] }) : refusal(422, 'Invalid');
    };
    await using running = new RunningReporter(server.api());
    tell(running, many(2));
    await vi.waitUntil(() => sent(server, 'POST') === 2, soon);
    await sleep(300);
    expect(sent(server, 'POST')).toBe(2);
    expect(running.problems).toEqual([
      expect.stringContaining('The Event on Ingress shop/web cannot be written: the API server answers 422'),
    ]);
  });

  it('writes no Events where they are switched off', async () => {
    await using server = await FakeApiServer.start();
    server.cluster.putIngress('shop', 'web');
    await using running = new RunningReporter(server.api(), { events: false });
    tell(running, many(2));
    await vi.waitUntil(() => running.reporter.isLeader, soon);
    await sleep(100);
    expect(eventsOf(server)).toEqual([]);
  });
});
