import { describe, expect, it, vi } from 'vitest';
import { FakeApiServer } from './fixtures/fake-api-server.js';
import { FakeCluster } from './fixtures/fake-cluster.js';
import { ingressRefs, published, RunningReporter } from './fixtures/running-reporter.js';
import { virtualApi } from './fixtures/virtual-api.js';
import { VirtualTime } from './fixtures/virtual-time.js';
import { kubernetesReporter } from './index.js';
import type { KubernetesReporterOptions } from './options.js';

const soon = { timeout: 10_000, interval: 5 };
const api = { request: () => Promise.reject(new Error('not asked')) };
const object = ingressRefs('shop/i0')[0]!;
const diagnostics = Array.from({ length: 50 }, (_, index) => ({ severity: 'error', code: 'X', object, message: String(index) }) as const);

/** Replicas whose hours are milliseconds. */
class VirtualReplicas {
  readonly cluster = new FakeCluster();
  readonly time = new VirtualTime();
  /** How long a request takes each way. */
  latencyMs = 5;

  start(options: Partial<KubernetesReporterOptions> = {}): RunningReporter {
    const clock = this.time.clock();
    return new RunningReporter(
      virtualApi(this.cluster, clock, () => ({ thereMs: this.latencyMs, backMs: this.latencyMs })),
      { clock, ...options },
    );
  }

  /** Ends one; rejects if that takes a second. */
  async stop(running: RunningReporter): Promise<void> {
    let hasEnded = false;
    void running.stop().then(() => (hasEnded = true));
    await this.time.pass(999);
    expect(hasEnded).toBe(true);
  }

  get lease(): unknown {
    return this.cluster.get('/apis/coordination.k8s.io/v1/namespaces/here/leases/signalbox')?.['spec'];
  }
}

describe('KubernetesReporter', () => {
  it('ends within a second in the middle of its work, and sends nothing more but what gives the Lease back', async () => {
    const replicas = new VirtualReplicas();
    const { cluster, time } = replicas;
    const refs = ingressRefs(...Array.from({ length: 400 }, (_, index) => `shop/i${String(index)}`));
    for (const { namespace, name } of refs) cluster.putIngress(namespace, name);
    replicas.latencyMs = 20;
    const running = replicas.start();
    running.reporter.serving({ added: refs, removed: [] });
    running.reporter.report({ added: diagnostics, removed: [] });
    await time.pass(230);
    const sent = { ...running.reporter.requests };
    expect(sent.status).toBeGreaterThan(40);
    expect(sent.event).toBeGreaterThan(2);
    await replicas.stop(running);
    expect(running.reporter.isLeader).toBe(false);
    // Once more where its renewal was on its way: what it knows of the Lease is old then, so it is refused, reads and gives back.
    const { lease } = running.reporter.requests;
    expect(running.reporter.requests).toEqual({ ...sent, lease });
    expect([sent.lease + 1, sent.lease + 3]).toContain(lease);
    expect(replicas.lease).toMatchObject({ holderIdentity: '' });
    const arrived = cluster.requests.length;
    await time.pass(60_000);
    expect(cluster.requests).toHaveLength(arrived);
    // What had been sent was waited for.
    expect(cluster.requests.at(-1)).toMatchObject({ method: 'PUT', path: expect.stringContaining('/leases/') as unknown });
  });

  it('ends within a second when nothing answers, and leaves its Lease to run out then', async () => {
    const replicas = new VirtualReplicas();
    const { cluster, time } = replicas;
    cluster.putIngress('shop', 'i0');
    const running = replicas.start();
    await time.pass(1000);
    cluster.fault = () => 'hang';
    running.reporter.serving({ added: ingressRefs('shop/i0'), removed: [] });
    const never = replicas.start({ ingressClass: 'never' });
    await time.pass(50);
    await replicas.stop(running);
    await replicas.stop(never);
    expect(replicas.lease).not.toMatchObject({ holderIdentity: '' });
  });

  it('hands over to another replica, which writes on where the first one stopped', async () => {
    const replicas = new VirtualReplicas();
    const { cluster, time } = replicas;
    const refs = ingressRefs(...Array.from({ length: 200 }, (_, index) => `shop/i${String(index)}`));
    for (const { namespace, name } of refs) cluster.putIngress(namespace, name);
    const first = replicas.start();
    await time.pass(1000);
    const second = replicas.start();
    replicas.latencyMs = 20;
    for (const { reporter } of [first, second]) reporter.serving({ added: refs, removed: [] });
    await time.pass(200);
    expect(first.reporter.requests.status).toBeGreaterThan(60);
    expect(second.reporter.requests.status).toBe(0);
    await replicas.stop(first);
    await time.pass(3000);
    expect(Object.values(cluster.statuses())).toEqual(refs.map(() => published));
    expect(first.reporter.requests.status + second.reporter.requests.status).toBe(200);
    await replicas.stop(second);
  });

  it('takes over from one that is gone without a word, when its Lease has run out', async () => {
    const replicas = new VirtualReplicas();
    const { cluster, time } = replicas;
    cluster.putIngress('shop', 'i0');
    const changes: string[] = [];
    const onLeader = (name: string) => (isLeader: boolean) => void changes.push(`${name} ${isLeader ? 'leads' : 'does not lead'}`);
    const reached = virtualApi(cluster, time.clock());
    let isCut = false;
    const first = new RunningReporter(
      { request: (request) => (isCut ? new Promise(() => undefined) : reached.request(request)) },
      { clock: time.clock(), onLeader: onLeader('first') },
    );
    await time.pass(1000);
    const second = replicas.start({ onLeader: onLeader('second') });
    isCut = true;
    second.reporter.serving({ added: ingressRefs('shop/i0'), removed: [] });
    await time.pass(14_000);
    expect(cluster.statuses()).toEqual({ 'shop/i0': [] });
    await time.pass(4_000);
    expect(cluster.statuses()).toEqual({ 'shop/i0': published });
    expect(changes).toEqual(['first leads', 'first does not lead', 'second leads']);
    await replicas.stop(first);
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
