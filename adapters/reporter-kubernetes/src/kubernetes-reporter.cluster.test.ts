import type { ObjectRef, Resource } from '@signalbox/core';
import { RealCluster } from '@signalbox/testing';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { HttpApi } from './fixtures/http-api.js';
import { ingressRefs, published, RunningReporter } from './fixtures/running-reporter.js';
import type { KubernetesReporterOptions } from './options.js';
import { rbacRules } from './rbac-rules.js';

const patient = { timeout: 60_000, interval: 20 };
const service = { service: { namespace: 'here', name: 'haproxy' } };
const rbac = 'rbac.authorization.k8s.io';

let cluster: RealCluster;
let token: string;
const apis: HttpApi[] = [];
const newApi = (): HttpApi => {
  const api = new HttpApi({ server: cluster.server, ca: readFileSync(cluster.caFile, 'utf8'), token });
  apis.push(api);
  return api;
};

beforeAll(async () => {
  cluster = await RealCluster.start();
  await cluster.createNamespace('here');
  token = await cluster.serviceAccountToken('here', 'reporter');
  await cluster.apply(roles({ namespace: 'here', publish: service }));
});
afterAll(async () => {
  for (const api of apis) api.close();
  await cluster?.stop();
});

/** What the rules allow, for the service account, and nothing else. */
function roles(options: Omit<KubernetesReporterOptions, 'api'>): Resource[] {
  const subjects = [{ kind: 'ServiceAccount', namespace: 'here', name: 'reporter' }];
  return rbacRules(options).flatMap(({ namespace, ...rule }, index) => {
    const kind = namespace === undefined ? 'ClusterRole' : 'Role';
    const metadata = { name: `reporter-${String(index)}`, ...(namespace !== undefined && { namespace }) };
    const roleRef = { apiGroup: rbac, kind, name: metadata.name };
    return [
      { apiVersion: `${rbac}/v1`, kind, metadata, rules: [rule] },
      { apiVersion: `${rbac}/v1`, kind: `${kind}Binding`, metadata, roleRef, subjects },
    ] as unknown as Resource[];
  });
}

const ingress = (key: string): Resource => {
  const [namespace = '', name = ''] = key.split('/');
  const backend = { service: { name: 'app', port: { number: 80 } } };
  const rules = [{ host: `${name}.example`, http: { paths: [{ path: '/', pathType: 'Prefix', backend }] } }];
  return { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', metadata: { namespace, name }, spec: { rules } } as Resource;
};

async function statuses(namespace: string): Promise<Record<string, unknown>> {
  const all = await cluster.list<Resource & { status?: { loadBalancer?: { ingress?: unknown } } }>('networking.k8s.io/v1', 'Ingress', {
    namespace,
  });
  return Object.fromEntries(all.map(({ metadata, status }) => [metadata.name, status?.loadBalancer?.ingress ?? []]));
}

/** The Events that `kubectl describe` shows of an object. */
async function eventsOf(object: Resource): Promise<readonly Record<string, unknown>[]> {
  const { namespace = '', name, uid = '' } = object.metadata;
  const fields = { name, namespace, kind: object.kind, uid };
  const fieldSelector = Object.entries(fields)
    .map(([field, value]) => `involvedObject.${field}=${value}`)
    .join();
  return (await cluster.list('v1', 'Event', { namespace: namespace || 'default', fieldSelector })) as unknown as Record<string, unknown>[];
}

const forbidden = (): number => apis.reduce((sum, { answers }) => sum + (answers[403] ?? 0), 0);

describe('in a real cluster', () => {
  it('writes 1,000 statuses, one write each; a second leader finds nothing to do; and removes them again', async () => {
    const keys = Array.from({ length: 1000 }, (_, index) => `many-${String(index % 10)}/i${String(index)}`);
    await cluster.apply(keys.map(ingress));
    const refs = ingressRefs(...keys);
    const api = newApi();
    await using running = new RunningReporter(api);
    await vi.waitUntil(() => running.reporter.isLeader, patient);
    const startMs = performance.now();
    running.reporter.serving({ added: refs, removed: [] });
    await vi.waitUntil(() => running.reporter.requests.status === 1000 && (api.answers[200] ?? 0) >= 1000, patient);
    const seconds = (performance.now() - startMs) / 1000;
    await vi.waitFor(
      async () =>
        expect(new Set(Object.values(await statuses('many-3')).map((each) => JSON.stringify(each)))).toEqual(
          new Set([JSON.stringify(published)]),
        ),
      patient,
    );
    console.log(
      `1,000 statuses in ${seconds.toFixed(2)} s: ${JSON.stringify(running.reporter.requests)}, answers ${JSON.stringify(api.answers)}`,
    );
    await running.stop();

    await using second = new RunningReporter(newApi());
    second.reporter.serving({ added: refs, removed: [] });
    await vi.waitUntil(() => second.reporter.requests.list >= 2, patient);
    await sleep(500);
    expect(second.reporter.requests).toMatchObject({ status: 0 });

    const clearMs = performance.now();
    second.reporter.serving({ added: [], removed: refs });
    await vi.waitFor(
      async () => expect(new Set(Object.values(await statuses('many-3')).map((each) => JSON.stringify(each)))).toEqual(new Set(['[]'])),
      patient,
    );
    await vi.waitUntil(() => second.reporter.requests.status === 1000, patient);
    console.log(`removed in ${((performance.now() - clearMs) / 1000).toFixed(2)} s`);
    expect(second.problems).toEqual([]);
  });

  it('knows its own writes from those of others', async () => {
    await cluster.apply(['own/left', 'own/theirs', 'own/same', 'own/new'].map(ingress));
    const theirs = { status: { loadBalancer: { ingress: [{ ip: '198.51.100.9' }] } } };
    {
      await using first = new RunningReporter(newApi());
      first.reporter.serving({ added: ingressRefs('own/left', 'own/theirs', 'own/same'), removed: [] });
      await vi.waitFor(
        async () => expect(await statuses('own')).toEqual({ left: published, theirs: published, same: published, new: [] }),
        patient,
      );
    }
    await cluster.patch(ingress('own/theirs'), theirs, 'status');
    await using second = new RunningReporter(newApi());
    second.reporter.serving({ added: ingressRefs('own/same', 'own/new'), removed: [] });
    await vi.waitFor(
      async () => expect(await statuses('own')).toEqual({ left: [], theirs: [{ ip: '198.51.100.9' }], same: published, new: published }),
      patient,
    );
    expect(second.reporter.requests).toMatchObject({ status: 2 });
    // What another has taken over in the meantime is not touched.
    await cluster.patch(ingress('own/new'), theirs, 'status');
    second.reporter.serving({ added: [], removed: ingressRefs('own/new', 'own/same', 'own/gone') });
    await vi.waitFor(async () => expect((await statuses('own'))['same']).toEqual([]), patient);
    await sleep(200);
    expect((await statuses('own'))['new']).toEqual(theirs.status.loadBalancer.ingress);
  });

  it('follows a Service', async () => {
    const [proxy] = await cluster.apply([
      {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { namespace: 'here', name: 'haproxy' },
        spec: { type: 'LoadBalancer', ports: [{ port: 80 }] },
      } as Resource,
      ingress('follows/a'),
    ]);
    await using running = new RunningReporter(newApi(), { publish: service });
    running.reporter.serving({ added: ingressRefs('follows/a'), removed: [] });
    await vi.waitUntil(() => running.problems.some((problem) => problem.includes('it has none yet')), patient);
    await cluster.patch(proxy!, { status: { loadBalancer: { ingress: [{ ip: '192.0.2.77', ipMode: 'VIP' }] } } }, 'status');
    await vi.waitFor(async () => expect(await statuses('follows')).toEqual({ a: [{ ip: '192.0.2.77' }] }), patient);
  });

  it('tells of diagnostics where kubectl describe looks', async () => {
    const [web, secret, ingressClass] = (await cluster.apply([
      ingress('told/web'),
      { apiVersion: 'v1', kind: 'Secret', metadata: { namespace: 'told', name: 'tls' } },
      {
        apiVersion: 'networking.k8s.io/v1',
        kind: 'IngressClass',
        metadata: { name: 'told' },
        spec: { controller: 'haproxy.org/x' },
      } as Resource,
    ])) as [Resource, Resource, Resource];
    const webRef = ingressRefs('told/web')[0]!;
    const secretRef: ObjectRef = { group: '', kind: 'Secret', namespace: 'told', name: 'tls' };
    const classRef: ObjectRef = { group: 'networking.k8s.io', kind: 'IngressClass', namespace: '', name: 'told' };
    const missing = {
      severity: 'error',
      code: 'SERVICE_NOT_FOUND',
      object: webRef,
      field: 'spec.rules[0]',
      message: 'x'.repeat(2000),
    } as const;
    await using running = new RunningReporter(newApi());
    running.reporter.report({
      added: [
        missing,
        { severity: 'error', code: 'CERTIFICATE_INVALID', object: secretRef, message: 'It holds no certificate.' },
        { severity: 'info', code: 'INGRESS_CLASS_NOT_FOUND', object: classRef, message: 'Good to know.' },
      ],
      removed: [],
    });
    await vi.waitFor(async () => {
      expect(await eventsOf(web)).toMatchObject([
        {
          type: 'Warning',
          reason: 'ServiceNotFound',
          count: 1,
          message: expect.stringMatching(/^spec\.rules\[0\]: x+…$/) as unknown,
          source: { component: 'signalbox' },
        },
      ]);
      expect(await eventsOf(secret)).toMatchObject([{ type: 'Warning', reason: 'CertificateInvalid' }]);
      expect(await eventsOf(ingressClass)).toMatchObject([
        { type: 'Normal', reason: 'IngressClassNotFound', metadata: { namespace: 'default' } },
      ]);
    }, patient);
    running.reporter.report({ added: [], removed: [missing] });
    running.reporter.report({ added: [missing], removed: [] });
    await vi.waitFor(async () => expect(await eventsOf(web)).toMatchObject([{ count: 2 }]), patient);
    await running.stop();

    await using next = new RunningReporter(newApi());
    next.reporter.report({ added: [missing], removed: [] });
    await vi.waitUntil(() => next.reporter.requests.event === 2, patient);
    await sleep(100);
    expect(await eventsOf(web)).toMatchObject([{ count: 2, reportingComponent: 'signalbox' }]);
    expect(next.problems).toEqual([]);
  });

  it('was never forbidden anything', () => {
    expect(forbidden()).toBe(0);
  });

  it('has one leader at a time, also over restarts of the API server', async () => {
    await cluster.apply(['outage/a', 'outage/b'].map(ingress));
    const lease = { durationMs: 3000, renewDeadlineMs: 2000, retryMs: 200 };
    const leading = new Set<string>();
    const seen: string[] = [];
    const replicas = ['one', 'two', 'three'].map(
      (identity) =>
        new RunningReporter(newApi(), {
          identity,
          timing: { lease },
          onLeader: (isLeader) => {
            if (isLeader) leading.add(identity);
            else leading.delete(identity);
            seen.push([...leading].join());
          },
        }),
    );
    await vi.waitUntil(() => leading.size === 1, patient);
    for (const { reporter } of replicas) reporter.serving({ added: ingressRefs('outage/a'), removed: [] });
    await vi.waitFor(async () => expect(await statuses('outage')).toEqual({ a: published, b: [] }), patient);
    await cluster.stopApiServer();
    await vi.waitUntil(() => leading.size === 0, patient);
    for (const { reporter } of replicas) reporter.serving({ added: ingressRefs('outage/b'), removed: [] });
    await cluster.startApiServer();
    await vi.waitFor(async () => expect(await statuses('outage')).toEqual({ a: published, b: published }), patient);
    for (const replica of replicas) {
      await replica.stop();
      await sleep(500);
    }
    expect(seen.filter((leaders) => leaders.includes(','))).toEqual([]);
    const held = await cluster.get({
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { namespace: 'here', name: 'signalbox' },
    });
    expect(held).toMatchObject({ spec: { holderIdentity: '' } });
  });
});
