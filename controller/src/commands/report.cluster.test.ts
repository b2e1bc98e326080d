import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Resource } from '@signalbox/core';
import { echoServer, ingressOf, RealCluster, serviceOf, sliceOf } from '@signalbox/testing';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { Running } from '../fixtures/running.js';

const patient = { timeout: 60_000, interval: 50 };

let cluster: RealCluster;
beforeAll(async () => {
  cluster = await RealCluster.start();
  await cluster.createNamespace('signalbox');
}, 180_000);
afterAll(async () => {
  await cluster?.stop();
});

const app = (namespace: string, annotations: Readonly<Record<string, string>> = {}): readonly Resource[] => [
  serviceOf({ name: 'app', namespace }),
  sliceOf({ service: 'app', namespace, endpoints: ['10.244.0.1'], ports: 8080 }),
  ingressOf({ name: 'app', namespace, annotations, rules: { [`${namespace}.example`]: [{ path: '/', service: 'app' }] } }),
];

async function start(running: Running, ...flags: readonly string[]): Promise<ReturnType<Running['startPlain']>> {
  const kubeconfig = join(running.folder, 'kubeconfig');
  await writeFile(kubeconfig, cluster.kubeconfig.text);
  const program = running.startPlain(['--kubeconfig', kubeconfig, ...flags], { POD_NAMESPACE: 'signalbox', POD_NAME: 'signalbox-0' });
  await running.ready(60_000);
  return program;
}

async function statusOf(namespace: string): Promise<unknown> {
  const ingress = await cluster.get<Resource & { readonly status?: { readonly loadBalancer?: { readonly ingress?: unknown } } }>({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { namespace, name: 'app' },
  });
  return ingress?.status?.loadBalancer?.ingress;
}

interface Event extends Resource {
  readonly type: string;
  readonly reason: string;
  readonly message: string;
}

/** What `kubectl describe ingress app` shows. */
async function eventsOf(namespace: string): Promise<readonly Pick<Event, 'type' | 'reason' | 'message'>[]> {
  const id = { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', metadata: { namespace, name: 'app' } };
  const uid = (await cluster.get(id))?.metadata.uid ?? '';
  const events = await cluster.list<Event>('v1', 'Event', { namespace, fieldSelector: `involvedObject.uid=${uid}` });
  return events.map(({ type, reason, message }) => ({ type, reason, message }));
}

async function holder(): Promise<string | undefined> {
  const id = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { namespace: 'signalbox', name: 'signalbox' } };
  const lease = await cluster.get<Resource & { readonly spec: { readonly holderIdentity?: string } }>(id);
  return lease?.spec.holderIdentity;
}

describe('run tells a cluster', { timeout: 180_000 }, () => {
  it('where its Ingresses are served, and what is wrong with them, as the holder of a Lease', async () => {
    await using _server = await echoServer({ name: 'app', address: '10.244.0.1', port: 8080 });
    await cluster.apply([...app('good'), ...app('bad', { 'haproxy.org/load-balance': 'the-best' })]);
    await using running = await Running.make();
    const program = await start(running, '--publish-address', '203.0.113.7,lb.example.com');
    expect((await running.get('good.example')).status).toBe(200);
    const published = [{ ip: '203.0.113.7' }, { hostname: 'lb.example.com' }];
    await vi.waitFor(async () => expect([await statusOf('good'), await statusOf('bad')]).toEqual([published, published]), patient);
    await vi.waitFor(
      async () => expect(await eventsOf('bad')).toMatchObject([{ type: 'Warning', message: expect.stringContaining('the-best') }]),
      patient,
    );
    expect(await eventsOf('good')).toEqual([]);
    // The log tells the operator the same.
    expect(program.said).toMatch(/Ingress bad\/app .*the-best/);
    expect(await holder()).toMatch(/^signalbox-0_/);

    await cluster.delete({ apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', metadata: { namespace: 'good', name: 'app' } });
    await cluster.apply(app('good'));
    await vi.waitFor(async () => expect(await statusOf('good')).toEqual(published), patient);

    program.kill('SIGTERM');
    expect(await program.ended()).toBe(0);
    expect(await holder()).toBe('');
  });

  it('the addresses of a Service, and each change of them', async () => {
    await cluster.apply(app('good'));
    await using running = await Running.make();
    await start(running, '--publish-service', 'signalbox/lb');
    await cluster.apply([serviceOf({ name: 'lb', namespace: 'signalbox' })]);
    const lb = { apiVersion: 'v1', kind: 'Service', metadata: { namespace: 'signalbox', name: 'lb' } };
    for (const ip of ['203.0.113.8', '203.0.113.9']) {
      await cluster.patch(lb, { spec: { externalIPs: [ip] } });
      await vi.waitFor(async () => expect(await statusOf('good')).toContainEqual({ ip }), patient);
    }
  });

  it('nothing of Ingresses where it is told not to, and the next one leads when one is gone', async () => {
    await cluster.apply(app('quiet'));
    await using running = await Running.make();
    const flags = ['--publish-address=203.0.113.7', '--disable-ingress-status-update', '--namespace-whitelist=quiet'];
    const first = await start(running, ...flags);
    await first.untilSaid('is the leader now');
    first.kill('SIGKILL');
    await first.ended();
    const second = await start(running, ...flags);
    await second.untilSaid('is the leader now');
    expect(await statusOf('quiet')).toBeUndefined();
  });
});
