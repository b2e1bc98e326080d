import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import { FakeApiServer } from './fixtures/fake-api-server.js';
import { ingressRefs, published, RunningReporter } from './fixtures/running-reporter.js';
import { kubernetesReporter } from './index.js';

const soon = { timeout: 10_000, interval: 5 };
const api = { request: () => Promise.reject(new Error('not asked')) };
const object = ingressRefs('shop/i0')[0]!;
const diagnostics = Array.from({ length: 50 }, (_, index) => ({ severity: 'error', code: 'X', object, message: String(index) }) as const);

describe('KubernetesReporter', () => {
  it('ends within a second in the middle of its work, and sends nothing more but what gives the Lease back', async () => {
    await using server = await FakeApiServer.start();
    const refs = ingressRefs(...Array.from({ length: 400 }, (_, index) => `shop/i${String(index)}`));
    for (const { namespace, name } of refs) server.cluster.putIngress(namespace, name);
    server.latencyMs = 40;
    await using running = new RunningReporter(server.api());
    running.reporter.serving({ added: refs, removed: [] });
    running.reporter.report({ added: diagnostics, removed: [] });
    await vi.waitUntil(() => running.reporter.requests.status > 40 && running.reporter.requests.event > 2, soon);
    const sent = { ...running.reporter.requests };
    expect(await running.stop()).toBeLessThan(1000);
    expect(running.reporter.isLeader).toBe(false);
    expect(running.reporter.requests).toEqual({ ...sent, lease: expect.any(Number) as number });
    const atEnd = { ...running.reporter.requests };
    expect(atEnd.lease - sent.lease).toBeLessThanOrEqual(3);
    await sleep(200);
    expect(running.reporter.requests).toEqual(atEnd);
    const spec = server.cluster.get('/apis/coordination.k8s.io/v1/namespaces/here/leases/signalbox')?.['spec'];
    expect(spec).toMatchObject({ holderIdentity: '' });
  });

  it('ends within a second when nothing answers', async () => {
    await using server = await FakeApiServer.start();
    server.cluster.putIngress('shop', 'i0');
    await using running = new RunningReporter(server.api());
    await vi.waitUntil(() => running.reporter.isLeader, soon);
    server.cluster.fault = () => 'hang';
    running.reporter.serving({ added: ingressRefs('shop/i0'), removed: [] });
    await sleep(50);
    expect(await running.stop()).toBeLessThan(1000);
    await using never = new RunningReporter(server.api(), { ingressClass: 'never' });
    await sleep(50);
    expect(await never.stop()).toBeLessThan(1000);
  });

  it('hands over to another replica, which writes on where the first one stopped', async () => {
    await using server = await FakeApiServer.start();
    const refs = ingressRefs(...Array.from({ length: 200 }, (_, index) => `shop/i${String(index)}`));
    for (const { namespace, name } of refs) server.cluster.putIngress(namespace, name);
    server.latencyMs = 20;
    await using first = new RunningReporter(server.api());
    await vi.waitUntil(() => first.reporter.isLeader, soon);
    await using second = new RunningReporter(server.api());
    for (const { reporter } of [first, second]) reporter.serving({ added: refs, removed: [] });
    await vi.waitUntil(() => first.reporter.requests.status > 60, soon);
    expect(second.reporter.requests.status).toBe(0);
    await first.stop();
    await vi.waitFor(() => expect(Object.values(server.cluster.statuses())).toEqual(refs.map(() => published)), soon);
    // What had been under way may have arrived or not.
    expect(first.reporter.requests.status + second.reporter.requests.status).toBeLessThanOrEqual(220);
    expect(server.cluster.writes.filter((path) => path.includes('/ingresses/'))).toHaveLength(200);
    await second.stop();
  });

  it('takes over from one that is gone without a word, when its Lease has run out', async () => {
    await using server = await FakeApiServer.start();
    server.cluster.putIngress('shop', 'i0');
    const lease = { durationMs: 2000, renewDeadlineMs: 1500, retryMs: 100 };
    const cut = server.api();
    let isCut = false;
    const changes: string[] = [];
    const onLeader = (name: string) => (isLeader: boolean) => void changes.push(`${name} ${isLeader ? 'leads' : 'does not lead'}`);
    const first = new RunningReporter(
      { request: (request) => (isCut ? new Promise(() => undefined) : cut.request(request)) },
      { timing: { lease }, onLeader: onLeader('first') },
    );
    await vi.waitUntil(() => first.reporter.isLeader, soon);
    await using second = new RunningReporter(server.api(), { timing: { lease }, onLeader: onLeader('second') });
    isCut = true;
    second.reporter.serving({ added: ingressRefs('shop/i0'), removed: [] });
    await vi.waitFor(() => expect(server.cluster.statuses()).toEqual({ 'shop/i0': published }), soon);
    expect(changes).toEqual(['first leads', 'first does not lead', 'second leads']);
    await first.stop();
  });

  it('has one leader per class', async () => {
    await using server = await FakeApiServer.start();
    await using a = new RunningReporter(server.api());
    await using b = new RunningReporter(server.api(), { ingressClass: 'public' });
    await vi.waitUntil(() => a.reporter.isLeader && b.reporter.isLeader, soon);
    expect(server.cluster.all(/leases/).map(({ metadata }) => metadata.name)).toEqual(['signalbox', 'signalbox-public']);
  });

  it('names the Pod, or the host, and never two processes alike', async () => {
    await using server = await FakeApiServer.start();
    vi.stubEnv('POD_NAME', 'signalbox-7d-x1');
    const one = kubernetesReporter({ api: server.api(), namespace: 'here' });
    const two = kubernetesReporter({ api: server.api(), namespace: 'here', ingressClass: 'two' });
    vi.unstubAllEnvs();
    const end = new AbortController();
    const ended = Promise.all([one.run(end.signal), two.run(end.signal)]);
    await vi.waitUntil(() => one.isLeader && two.isLeader, soon);
    const holders = server.cluster.all(/leases/).map(({ spec }) => (spec as { holderIdentity: string }).holderIdentity);
    end.abort();
    await ended;
    for (const holder of holders) expect(holder).toMatch(/^signalbox-7d-x1_[0-9a-f]{8}$/);
    expect(new Set(holders).size).toBe(2);
  });

  it('refuses options that cannot be', () => {
    const wrong = [
      { namespace: 'No_Namespace' },
      { namespaces: ['a', ''] },
      { timing: { answerMs: 0 } },
      { timing: { lease: { renewDeadlineMs: 14_000 } } },
      { timing: { lease: { retryMs: 6_000 } } },
      { timing: { status: { resyncMs: Number.NaN } } },
    ];
    for (const options of wrong) {
      expect(() => kubernetesReporter({ api, namespace: 'here', ...options })).toThrow(
        /Expected .* as the option ".*" of the Kubernetes reporter/,
      );
    }
  });
});
