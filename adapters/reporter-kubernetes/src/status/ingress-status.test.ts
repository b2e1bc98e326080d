import * as fc from 'fast-check';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import { FakeApiServer } from '../fixtures/fake-api-server.js';
import { refusal } from '../fixtures/fake-cluster.js';
import { ingressRefs, published, RunningReporter } from '../fixtures/running-reporter.js';
import { chance } from '../fixtures/virtual-time.js';
import type { KubernetesRequest } from '../kubernetes-api.js';

const ours = 'signalbox';
const theirs = [{ ip: '198.51.100.9' }];

const isStatusWrite = ({ path }: KubernetesRequest): boolean => path.endsWith('/status');
const statusWrites = (server: FakeApiServer): KubernetesRequest[] => server.cluster.requests.filter(isStatusWrite);
const soon = { timeout: 10_000, interval: 5 };

describe('IngressStatus', () => {
  it('writes the addresses of what is served, once, in one request each', async () => {
    await using server = await FakeApiServer.start();
    const keys = Array.from({ length: 50 }, (_, index) => `shop/i${String(index)}`);
    for (const { namespace, name } of ingressRefs(...keys, 'shop/not-served')) server.cluster.putIngress(namespace, name);
    await using running = new RunningReporter(server.api());
    running.reporter.serving({ added: ingressRefs(...keys), removed: [] });
    await vi.waitUntil(() => statusWrites(server).length === 50, soon);
    await sleep(50);
    expect(server.cluster.statuses()).toEqual({ ...Object.fromEntries(keys.map((key) => [key, published])), 'shop/not-served': [] });
    expect(statusWrites(server)).toHaveLength(50);
    expect(statusWrites(server)[0]).toMatchObject({
      method: 'PATCH',
      contentType: 'application/merge-patch+json',
      query: { fieldManager: ours },
    });
    expect(server.cluster.requests.filter(({ method, path }) => method === 'GET' && path.includes('/ingresses/'))).toEqual([]);
    expect(running.problems).toEqual([]);
  });

  it('writes 1,000 statuses with at most 20 requests under way', async () => {
    await using server = await FakeApiServer.start();
    server.latencyMs = 20;
    const refs = ingressRefs(...Array.from({ length: 1000 }, (_, index) => `n${String(index % 10)}/i${String(index)}`));
    for (const { namespace, name } of refs) server.cluster.putIngress(namespace, name);
    await using running = new RunningReporter(server.api());
    await vi.waitUntil(() => running.reporter.isLeader, soon);
    running.reporter.serving({ added: refs, removed: [] });
    await vi.waitUntil(() => server.cluster.writes.filter((path) => path.includes('/ingresses/')).length === 1000, {
      timeout: 15_000,
      interval: 5,
    });
    expect(running.reporter.requests).toMatchObject({ status: 1000 });
    // The Lease is renewed beside them.
    expect(server.mostAtOnce).toBeLessThanOrEqual(21);
  });

  it('writes nothing to what the cluster does not have, where the host knows that', async () => {
    await using server = await FakeApiServer.start();
    for (const name of ['stays', 'left', 'gone']) server.cluster.putIngress('shop', name);
    const there = new Set(['stays', 'left', 'gone']);
    // A write that is under way may be followed by one that takes it back: wait for the answers.
    let answered = 0;
    const api = server.api();
    const request: typeof api.request = async (asked) => api.request(asked).finally(() => (answered += isStatusWrite(asked) ? 1 : 0));
    await using running = new RunningReporter({ request }, { uidOf: ({ name }) => (there.has(name) ? name : undefined) });
    running.reporter.serving({ added: ingressRefs('shop/stays', 'shop/left', 'shop/gone', 'shop/of-a-file'), removed: [] });
    await vi.waitUntil(() => answered === 3, soon);
    there.delete('gone');
    running.reporter.serving({ added: [], removed: ingressRefs('shop/left', 'shop/gone') });
    await vi.waitUntil(() => statusWrites(server).length === 4, soon);
    await sleep(50);
    expect(statusWrites(server)).toHaveLength(4);
    expect(server.cluster.statuses()).toMatchObject({ 'shop/stays': published, 'shop/left': [] });
  });

  it('writes nothing that is there already, whoever wrote it', async () => {
    await using server = await FakeApiServer.start();
    server.cluster.putIngress('shop', 'same', published);
    server.cluster.putIngress('shop', 'other', theirs);
    server.cluster.putIngress('shop', 'with-ports', [{ ip: '192.0.2.1', ports: [] }, { hostname: 'lb.example' }]);
    await using running = new RunningReporter(server.api());
    running.reporter.serving({ added: ingressRefs('shop/same', 'shop/other', 'shop/with-ports'), removed: [] });
    await vi.waitUntil(() => statusWrites(server).length === 2, soon);
    await sleep(50);
    expect(
      statusWrites(server)
        .map(({ path }) => path)
        .sort(),
    ).toEqual([expect.stringContaining('/other/status'), expect.stringContaining('/with-ports/status')]);
  });

  it('writes nothing before it is known what is served', async () => {
    await using server = await FakeApiServer.start();
    server.cluster.putIngress('shop', 'a', published, ours);
    await using running = new RunningReporter(server.api());
    await vi.waitUntil(() => running.reporter.isLeader, soon);
    await sleep(100);
    expect(statusWrites(server)).toEqual([]);
    expect(server.cluster.requests.every(({ path }) => path.includes('/leases'))).toBe(true);
  });

  it('removes our addresses from what is no longer served, and leaves what others wrote there since', async () => {
    await using server = await FakeApiServer.start();
    const keys = ['shop/leaves', 'shop/taken-over', 'shop/deleted', 'shop/had-it-before', 'shop/stays'];
    for (const { namespace, name } of ingressRefs(...keys))
      server.cluster.putIngress(namespace, name, name === 'had-it-before' ? published : []);
    await using running = new RunningReporter(server.api());
    running.reporter.serving({ added: ingressRefs(...keys), removed: [] });
    await vi.waitUntil(() => statusWrites(server).length === 4, soon);
    await vi.waitUntil(() => server.cluster.writes.filter((path) => path.includes('/ingresses/')).length === 4, soon);
    server.cluster.putIngress('shop', 'taken-over', theirs);
    server.cluster.deleteIngress('shop', 'deleted');
    running.reporter.serving({ added: [], removed: ingressRefs(...keys.slice(0, 4)) });
    await vi.waitUntil(() => statusWrites(server).length === 8, soon);
    await sleep(50);
    expect(server.cluster.statuses()).toEqual({
      'shop/leaves': [],
      'shop/taken-over': theirs,
      'shop/had-it-before': [],
      'shop/stays': published,
    });
    expect(statusWrites(server)).toHaveLength(8);
    expect(running.problems).toEqual([]);
  });

  it('mends as a new leader what is missing and what was left behind, and nothing else', async () => {
    await using server = await FakeApiServer.start();
    server.cluster.putIngress('shop', 'written', published, ours);
    server.cluster.putIngress('shop', 'missing');
    server.cluster.putIngress('shop', 'old', theirs, ours);
    server.cluster.putIngress('shop', 'left', published, ours);
    server.cluster.putIngress('shop', 'left-with-old', theirs, ours);
    server.cluster.putIngress('shop', 'of-another', published, 'signalbox-public');
    await using running = new RunningReporter(server.api());
    running.reporter.serving({ added: ingressRefs('shop/written', 'shop/missing', 'shop/old'), removed: [] });
    await vi.waitUntil(() => statusWrites(server).length === 4, soon);
    await sleep(50);
    expect(server.cluster.statuses()).toEqual({
      'shop/written': published,
      'shop/missing': published,
      'shop/old': published,
      'shop/left': [],
      'shop/left-with-old': [],
      'shop/of-another': published,
    });
    expect(statusWrites(server)).toHaveLength(4);
  });

  it('leaves alone what somebody else of the same class serves in a namespace that is denied', async () => {
    await using server = await FakeApiServer.start();
    server.cluster.putIngress('ours', 'a');
    server.cluster.putIngress('theirs', 'b', theirs, ours);
    const timing = { status: { resyncMs: 50 } };
    await using running = new RunningReporter(server.api(), { deniedNamespaces: ['theirs'], timing });
    running.reporter.serving({ added: ingressRefs('ours/a'), removed: [] });
    await vi.waitUntil(() => running.reporter.requests.list > 3, soon);
    expect(server.cluster.statuses()).toEqual({ 'ours/a': published, 'theirs/b': theirs });
  });

  it('writes again to an Ingress that is told anew: it may be another object of the same name', async () => {
    await using server = await FakeApiServer.start();
    server.cluster.putIngress('shop', 'a');
    await using running = new RunningReporter(server.api());
    running.reporter.serving({ added: ingressRefs('shop/a'), removed: [] });
    await vi.waitUntil(() => statusWrites(server).length === 1, soon);
    server.cluster.deleteIngress('shop', 'a');
    server.cluster.putIngress('shop', 'a');
    running.reporter.serving({ added: ingressRefs('shop/a'), removed: ingressRefs('shop/a') });
    await vi.waitFor(() => expect(server.cluster.statuses()).toEqual({ 'shop/a': published }), soon);
  });

  it('finds what others have changed when it looks again', async () => {
    await using server = await FakeApiServer.start();
    server.cluster.putIngress('shop', 'a');
    await using running = new RunningReporter(server.api(), { timing: { status: { resyncMs: 100 } } });
    running.reporter.serving({ added: ingressRefs('shop/a'), removed: [] });
    await vi.waitFor(() => expect(server.cluster.statuses()).toEqual({ 'shop/a': published }), soon);
    server.cluster.putIngress('shop', 'a', theirs);
    await vi.waitFor(() => expect(server.cluster.statuses()).toEqual({ 'shop/a': published }), soon);
  });

  it('follows the addresses of a Service, and keeps the last ones while it is gone or has none', async () => {
    await using server = await FakeApiServer.start();
    const services = '/api/v1/namespaces/here/services';
    const balanced = (...ingress: readonly unknown[]): void =>
      server.cluster.put(services, {
        metadata: { namespace: 'here', name: 'haproxy' },
        spec: { type: 'LoadBalancer', clusterIP: '10.96.0.9', clusterIPs: ['10.96.0.9'] },
        status: { loadBalancer: { ingress } },
      });
    server.cluster.putIngress('shop', 'a');
    await using running = new RunningReporter(server.api(), { publish: { service: { namespace: 'here', name: 'haproxy' } } });
    running.reporter.serving({ added: ingressRefs('shop/a'), removed: [] });
    await vi.waitUntil(() => running.problems.some((problem) => problem.includes('there is no such Service')), soon);
    balanced();
    await vi.waitUntil(() => running.problems.some((problem) => problem.includes('it has none yet')), soon);
    expect(server.cluster.statuses()).toEqual({ 'shop/a': [] });
    balanced({ ip: '192.0.2.7', ipMode: 'VIP' }, { hostname: 'elb.example' });
    await vi.waitFor(
      () => expect(server.cluster.statuses()).toEqual({ 'shop/a': [{ ip: '192.0.2.7' }, { hostname: 'elb.example' }] }),
      soon,
    );
    balanced();
    server.cluster.delete(`${services}/haproxy`);
    await sleep(100);
    expect(server.cluster.statuses()).toEqual({ 'shop/a': [{ ip: '192.0.2.7' }, { hostname: 'elb.example' }] });
    balanced({ ip: '192.0.2.8' });
    await vi.waitFor(() => expect(server.cluster.statuses()).toEqual({ 'shop/a': [{ ip: '192.0.2.8' }] }), soon);
    expect(statusWrites(server)).toHaveLength(2);
  });

  it('tries again after 409, 429, 500 and answers that never come, and lets others be when it is refused', async () => {
    await using server = await FakeApiServer.start();
    const keys = Array.from({ length: 60 }, (_, index) => `shop/i${String(index)}`);
    for (const { namespace, name } of ingressRefs(...keys)) server.cluster.putIngress(namespace, name);
    const faults = [
      refusal(409, 'Conflict'),
      { ...refusal(429, 'TooManyRequests'), retryAfterMs: 1000 },
      refusal(500, 'InternalError'),
      'hang',
      'lose the answer',
    ] as const;
    let failures = 0;
    server.cluster.fault = (request) => {
      if (!isStatusWrite(request)) return undefined;
      if (request.path.includes('/i7/')) return refusal(422, 'Invalid');
      return failures < 15 ? faults[(failures += 1) % faults.length] : undefined;
    };
    await using running = new RunningReporter(server.api(), { timing: { answerMs: 300 } });
    running.reporter.serving({ added: ingressRefs(...keys), removed: [] });
    const wanted = Object.fromEntries(keys.map((key) => [key, key === 'shop/i7' ? [] : published]));
    await vi.waitFor(() => expect(server.cluster.statuses()).toEqual(wanted), { timeout: 15_000 });
    expect(running.reporter.requests.list).toBe(1);
    expect(statusWrites(server).filter(({ path }) => path.includes('/i7/'))).toHaveLength(1);
    expect(running.problems.join('\n')).toMatch(/shop\/i7 cannot be written: .*422/);
  });

  it('asks once for what is gone', async () => {
    await using server = await FakeApiServer.start();
    server.cluster.putIngress('shop', 'a');
    await using running = new RunningReporter(server.api());
    running.reporter.serving({ added: ingressRefs('shop/a', 'shop/gone'), removed: [] });
    await vi.waitUntil(() => statusWrites(server).length === 2, soon);
    await sleep(100);
    expect(statusWrites(server)).toHaveLength(2);
    expect(running.problems).toEqual([]);
  });

  it('takes nothing for an answer that is no object', async () => {
    await using server = await FakeApiServer.start();
    server.cluster.putIngress('shop', 'a');
    let pages = 3;
    server.cluster.fault = ({ path }) => (!path.includes('/leases') && pages-- > 0 ? { status: 200, body: 'Sign in' } : undefined);
    await using running = new RunningReporter(server.api());
    running.reporter.serving({ added: ingressRefs('shop/a'), removed: [] });
    await vi.waitFor(() => expect(server.cluster.statuses()).toEqual({ 'shop/a': published }), soon);
    expect(running.problems).toEqual([
      'The status of Ingresses cannot be read, so it is not written either: what answers 200 is no object',
    ]);
  });

  it('reads the list again when its pages come too late', async () => {
    await using server = await FakeApiServer.start();
    for (let index = 0; index < 1200; index++) server.cluster.putIngress('shop', `i${String(index)}`, published);
    server.cluster.putIngress('shop', 'new');
    let expired = 2;
    server.cluster.fault = ({ query }) => (query?.['continue'] && expired-- > 0 ? refusal(410, 'Expired') : undefined);
    await using running = new RunningReporter(server.api());
    running.reporter.serving({ added: ingressRefs(...Object.keys(server.cluster.statuses())), removed: [] });
    await vi.waitUntil(() => statusWrites(server).length === 1, soon);
    await sleep(50);
    expect(statusWrites(server).map(({ path }) => path)).toEqual([expect.stringContaining('/new/status')]);
  });

  it('lists the namespaces that it is given', async () => {
    await using server = await FakeApiServer.start();
    for (const namespace of ['a', 'b', 'c']) server.cluster.putIngress(namespace, 'i');
    await using running = new RunningReporter(server.api(), { namespaces: ['a', 'b'] });
    running.reporter.serving({ added: ingressRefs('a/i', 'b/i'), removed: [] });
    await vi.waitUntil(() => statusWrites(server).length === 2, soon);
    const lists = server.cluster.requests.filter(({ path }) => path.endsWith('/ingresses')).map(({ path }) => path);
    expect(lists).toEqual(['a', 'b'].map((namespace) => `/apis/networking.k8s.io/v1/namespaces/${namespace}/ingresses`));
  });

  it('writes no status without an address, or where it is switched off', async () => {
    await using server = await FakeApiServer.start();
    server.cluster.putIngress('shop', 'a');
    await using off = new RunningReporter(server.api(), { disableIngressStatusUpdate: true });
    await using none = new RunningReporter(server.api(), { publish: { addresses: [] }, ingressClass: 'none' });
    for (const { reporter } of [off, none]) reporter.serving({ added: ingressRefs('shop/a'), removed: [] });
    await vi.waitUntil(() => off.reporter.isLeader && none.reporter.isLeader, soon);
    await sleep(100);
    expect(statusWrites(server)).toEqual([]);
  });

  it('refuses addresses that are none', async () => {
    await using server = await FakeApiServer.start();
    for (const address of ['', '10.0.0.300/8', 'UPPER.example', 'a b', '-a.example']) {
      expect(() => new RunningReporter(server.api(), { publish: { addresses: [address] } })).toThrow(
        /Expected an IP address or a host name/,
      );
    }
  });

  it('comes to exactly the wanted statuses, whatever happens in between', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 2 ** 31 }), async (seed) => {
        const random = chance(seed);
        await using server = await FakeApiServer.start();
        const { cluster } = server;
        const services = '/api/v1/namespaces/here/services';
        const publish = (ip: string): void =>
          cluster.put(services, { metadata: { namespace: 'here', name: 'haproxy' }, spec: { type: 'ClusterIP', clusterIPs: [ip] } });
        publish('10.0.0.1');
        let wanted = '10.0.0.1';
        let faults = 0.2;
        cluster.fault = ({ path }) => {
          if (path.includes('/leases') || random() > faults) return undefined;
          return [refusal(409, 'Conflict'), refusal(500, 'InternalError'), 'lose the answer' as const][Math.floor(random() * 3)];
        };
        const options = { publish: { service: { namespace: 'here', name: 'haproxy' } } };
        let replicas = [new RunningReporter(server.api(), options), new RunningReporter(server.api(), options)];
        const served = new Set<string>();
        const tell = (added: readonly string[], removed: readonly string[]): void => {
          for (const { reporter } of replicas) reporter.serving({ added: ingressRefs(...added), removed: ingressRefs(...removed) });
        };
        tell([], []);
        for (let step = 0; step < 40; step++) {
          const key = `shop/i${String(Math.floor(random() * 8))}`;
          const [namespace = '', name = ''] = key.split('/');
          const does = random();
          if (does < 0.4 && !served.has(key)) {
            if (!(key in cluster.statuses())) cluster.putIngress(namespace, name);
            served.add(key);
            tell([key], []);
          } else if (does < 0.55 && served.has(key)) {
            served.delete(key);
            tell([], [key]);
          } else if (does < 0.65 && served.has(key)) {
            served.delete(key);
            cluster.deleteIngress(namespace, name);
            tell([], [key]);
          } else if (does < 0.75 && !served.has(key)) {
            // Another controller has it now.
            cluster.putIngress(namespace, name, theirs, 'other');
          } else if (does < 0.85) {
            wanted = `10.0.0.${String(1 + Math.floor(random() * 3))}`;
            publish(wanted);
          } else if (does < 0.9) {
            const [first, ...others] = replicas;
            await first?.stop();
            const next = new RunningReporter(server.api(), options);
            next.reporter.serving({ added: ingressRefs(...served), removed: [] });
            replicas = [...others, next];
          }
          await sleep(random() * 30);
        }
        faults = 0;
        // Whether another controller wrote before or after us is chance, where both do at the same time; ours never stays.
        const rest = (key: string): unknown => ((cluster.statuses()[key] as readonly unknown[]).length === 0 ? [] : theirs);
        const expected = (): Record<string, unknown> =>
          Object.fromEntries(Object.keys(cluster.statuses()).map((key) => [key, served.has(key) ? [{ ip: wanted }] : rest(key)]));
        await vi.waitFor(() => expect(cluster.statuses()).toEqual(expected()), { timeout: 20_000, interval: 20 });
        // And it stays like that, without a further write.
        const before = cluster.writes.filter((path) => path.includes('/ingresses/')).length;
        await sleep(100);
        expect(cluster.writes.filter((path) => path.includes('/ingresses/'))).toHaveLength(before);
        expect(cluster.statuses()).toEqual(expected());
        for (const replica of replicas) await replica.stop();
      }),
      { numRuns: 8, endOnFailure: true },
    );
  }, 120_000);
});
