import { configMapKind, endpointSliceKind, objectKey, type Resource, type ResourceKind, secretKind, serviceKind } from '@signalbox/core';
import { configMapOf, ingressOf, RealCluster, secretOf, serviceOf, sliceOf } from '@signalbox/testing';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { classKind, ingressKind, runAt, type Running, until as soon, versionOf } from './fixtures/running.js';
import type { KubernetesOptions } from './index.js';

const widgetKind: ResourceKind = { group: 'example.com', version: 'v1', kind: 'Widget', plural: 'widgets', namespaced: true };
const namespaceKind: ResourceKind = { group: '', version: 'v1', kind: 'Namespace', plural: 'namespaces', namespaced: false };
const account = 'system:serviceaccount:signalbox:controller';

let folder: string;
let cluster: RealCluster;
let kubeconfig: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'signalbox-source-'));
  const policy = join(folder, 'policy.json');
  const rules = [{ level: 'RequestResponse', users: [account], resources: [{ group: '', resources: ['secrets'] }] }, { level: 'None' }];
  await writeFile(policy, JSON.stringify({ apiVersion: 'audit.k8s.io/v1', kind: 'Policy', omitStages: ['RequestReceived'], rules }));
  cluster = await RealCluster.start({ apiServerFlags: [`--audit-policy-file=${policy}`, `--audit-log-path=${join(folder, 'audit.log')}`] });
  kubeconfig = join(folder, 'kubeconfig');
  await writeFile(kubeconfig, cluster.kubeconfigFor(await cluster.serviceAccountToken('signalbox', 'controller')));
  await cluster.apply([
    binding,
    role(['services', 'secrets', 'configmaps', 'namespaces', 'endpointslices', 'ingresses', 'ingressclasses', 'widgets']),
  ]);
}, 180_000);

afterAll(async () => {
  await cluster?.stop();
  await rm(folder, { recursive: true, force: true });
});

const rbac = 'rbac.authorization.k8s.io';
const role = (resources: readonly string[]): Resource =>
  ({
    apiVersion: `${rbac}/v1`,
    kind: 'ClusterRole',
    metadata: { name: 'signalbox' },
    rules: [{ apiGroups: ['', 'networking.k8s.io', 'discovery.k8s.io', 'example.com'], resources, verbs: ['get', 'list', 'watch'] }],
  }) as Resource;
const binding = {
  apiVersion: `${rbac}/v1`,
  kind: 'ClusterRoleBinding',
  metadata: { name: 'signalbox' },
  roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: 'signalbox' },
  subjects: [{ kind: 'ServiceAccount', namespace: 'signalbox', name: 'controller' }],
} as Resource;

const run = (kinds: readonly ResourceKind[], options: KubernetesOptions = {}): Running =>
  runAt(kubeconfig, kinds, { ...options, timing: { answerMs: 30_000, absentKindMs: 10_000, forbiddenMs: 10_000, ...options.timing } });

const definition = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'widgets.example.com' },
  spec: {
    group: 'example.com',
    scope: 'Namespaced',
    names: { kind: 'Widget', plural: 'widgets', singular: 'widget' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
      },
    ],
  },
};

/** A control plane shares its machine with others. */
const until = (condition: () => unknown): Promise<void> => soon(condition, 60_000);

/** What the API server has of a kind, by key and version. */
async function held(kind: ResourceKind, namespace?: string): Promise<string[]> {
  const apiVersion = kind.group === '' ? kind.version : `${kind.group}/${kind.version}`;
  const query = namespace === undefined ? '' : `namespaces/${namespace}/`;
  const { body } = await cluster.request({ path: `/${kind.group === '' ? 'api' : 'apis'}/${apiVersion}/${query}${kind.plural}` });
  return namesOf((body as { items: Resource[] }).items.map((item) => ({ ...item, apiVersion, kind: kind.kind })));
}

const seenOf = ({ seen }: Running, kind: ResourceKind): string[] =>
  namesOf([...seen.objects.values()].filter((object) => object.kind === kind.kind));

const namesOf = (objects: readonly Resource[]): string[] =>
  objects.map((object) => `${objectKey(object.metadata)} ${versionOf(object)}`).sort();

/** Waits until a source holds exactly what the API server has. */
async function untilEqual(running: Running, kinds: readonly ResourceKind[], namespace?: string): Promise<void> {
  for (const kind of kinds) {
    await expect
      .poll(async () => seenOf(running, kind).join() === (await held(kind, namespace)).join(), { timeout: 60_000, interval: 100 })
      .toBe(true);
  }
}

/** Creates many objects, several at a time. */
async function create(objects: readonly Resource[], plural: string): Promise<void> {
  const waiting = objects.values();
  const work = async (): Promise<void> => {
    for (const body of waiting) {
      const prefix = body.apiVersion.includes('/') ? 'apis' : 'api';
      const path = `/${prefix}/${body.apiVersion}/namespaces/${body.metadata.namespace ?? ''}/${plural}`;
      const { status } = await cluster.request({ method: 'POST', path, body });
      if (status !== 201) throw new Error(`${path}: ${String(status)}`);
    }
  };
  await Promise.all(Array.from({ length: 16 }, work));
}

describe('KubernetesSource in a cluster', { timeout: 180_000 }, () => {
  it('reads all kinds and follows them', async () => {
    await cluster.apply([
      serviceOf({ name: 'web' }),
      sliceOf({ service: 'web', endpoints: ['10.244.0.1'], ports: 8080 }),
      ingressOf({ name: 'web', rules: { 'web.example': [{ path: '/', service: 'web' }] } }),
      {
        apiVersion: 'networking.k8s.io/v1',
        kind: 'IngressClass',
        metadata: { name: 'haproxy' },
        spec: { controller: 'haproxy.org/ingress-controller' },
      } as Resource,
    ]);
    const kinds = [serviceKind, endpointSliceKind, ingressKind, classKind, namespaceKind];
    await using running = run([...kinds, secretKind, configMapKind]);
    await until(() => running.seen.isSynced);
    await untilEqual(running, kinds);
    const [ingress] = await cluster.apply([ingressOf({ name: 'web', rules: { 'other.example': [{ path: '/', service: 'web' }] } })]);
    await cluster.delete(serviceOf({ name: 'web' }));
    await cluster.apply([serviceOf({ name: 'again' })]);
    await untilEqual(running, kinds);
    const seen = running.seen.objects.get('Ingress default/web');
    expect(seen).toMatchObject({ apiVersion: 'networking.k8s.io/v1', spec: { rules: [{ host: 'other.example' }] } });
    expect(seen?.metadata).not.toHaveProperty('managedFields');
    expect(seen?.metadata.creationTimestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    await cluster.delete(ingress!);
    await untilEqual(running, kinds);
    expect(running.log).toEqual([]);
  });

  it('reads no Secret but those that are referred to', async () => {
    const secrets = Array.from({ length: 20 }, (_, index) =>
      secretOf({ namespace: 'secrets', name: `s-${String(index)}`, data: { key: String(index) } }),
    );
    await cluster.apply(secrets);
    await using running = run([secretKind, configMapKind]);
    await until(() => running.seen.isSynced);
    running.wanted.refer('secrets/s-3', 'secrets/s-7', 'secrets/none');
    await until(() => running.seen.names.length === 2);
    await cluster.patch(secrets[7]!, { data: { key: Buffer.from('new').toString('base64') } });
    await cluster.patch(secrets[8]!, { data: { key: Buffer.from('unread').toString('base64') } });
    await until(
      () =>
        (running.seen.objects.get('Secret secrets/s-7') as { data?: { key?: string } } | undefined)?.data?.key ===
        Buffer.from('new').toString('base64'),
    );
    running.wanted.refer('secrets/s-7');
    expect(running.seen.names).toEqual(['Secret secrets/s-7']);
    await running.stop();
    const log = await readFile(join(folder, 'audit.log'), 'utf8');
    const entries = log
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
      .filter(({ user }) => user.username === account);
    const gets = entries.filter(({ verb }) => verb === 'get').map(({ objectRef }) => objectRef.name);
    expect(gets.sort()).toEqual(['s-3', 's-7', 's-7']);
    const others = entries.filter(({ verb }) => verb !== 'get');
    expect(new Set(others.map(({ verb }) => verb))).toEqual(new Set(['list', 'watch']));
    expect(others.filter(({ verb }) => verb === 'list').map(({ responseObject }) => responseObject.kind)).toSatisfy((all: string[]) =>
      all.every((kind) => kind === 'PartialObjectMetadataList'),
    );
    expect(JSON.stringify(others)).not.toContain(Buffer.from('unread').toString('base64'));
  });

  it('asks for allowed namespaces only, and leaves denied ones to the server', async () => {
    for (const namespace of ['red', 'green', 'blue']) {
      await cluster.apply([
        serviceOf({ namespace, name: 'web', labels: { app: 'web' } }),
        ingressOf({ namespace, name: 'web', rules: { [`${namespace}.example`]: [{ path: '/', service: 'web' }] } }),
        sliceOf({ namespace, service: 'web', endpoints: ['10.244.0.1'], ports: 80 }),
        configMapOf({ namespace, name: 'settings', data: {} }),
      ]);
    }
    const kinds = [serviceKind, ingressKind, endpointSliceKind, configMapKind, namespaceKind];
    await using allowing = run(kinds, {
      namespaces: { allow: ['red', 'green'], deny: ['green'] },
      labelSelector: (kind) => (kind === serviceKind ? 'app=web' : undefined),
    });
    await using denying = run(kinds, { namespaces: { deny: ['green', 'blue', 'kube-system'] } });
    for (const { wanted } of [allowing, denying]) wanted.refer('red/settings', 'green/settings');
    const expected = ['ConfigMap red/settings', 'EndpointSlice red/web-1', 'Ingress red/web', 'Service red/web'];
    const of = ({ seen }: Running): string[] => seen.names.filter((name) => /\b(?:red|green|blue)\//.test(name));
    await until(() => [allowing, denying].every((each) => each.seen.isSynced && of(each).length === 4));
    await cluster.apply([
      serviceOf({ namespace: 'green', name: 'late', labels: { app: 'web' } }),
      serviceOf({ namespace: 'red', name: 'late', labels: { app: 'web' } }),
    ]);
    await until(() => [allowing, denying].every((each) => each.seen.names.includes('Service red/late')));
    for (const each of [allowing, denying]) expect(of(each)).toEqual([...expected.slice(0, 3), 'Service red/late', ...expected.slice(3)]);
    expect(denying.seen.names.filter((name) => name.startsWith('Namespace'))).not.toContain('Namespace green');
    expect(denying.log).toEqual([]);
  });

  it('takes up a kind when its definition appears, and lets go of it with that', async () => {
    await using running = run([serviceKind, widgetKind], { timing: { absentKindMs: 200 } });
    await until(() => running.seen.isSynced);
    await cluster.apply([
      definition,
      { apiVersion: 'example.com/v1', kind: 'Widget', metadata: { namespace: 'default', name: 'w' }, spec: { size: 3 } } as Resource,
    ]);
    await until(() => running.seen.names.includes('Widget default/w'));
    await cluster.delete(definition);
    await until(() => !running.seen.names.includes('Widget default/w'));
    expect(running.seen.diagnostics).toEqual([]);
  });

  it('tells of what its role does not allow, and goes on when it does', async () => {
    await cluster.apply([role(['services'])]);
    await using running = run([serviceKind, ingressKind], { timing: { forbiddenMs: 1000 } });
    await until(() => running.seen.diagnostics.length === 1);
    expect(running.seen.diagnostics).toMatchObject([
      {
        code: 'API_ACCESS_FORBIDDEN',
        message: expect.stringContaining(`User \\"${account}\\" cannot list resource \\"ingresses\\"`) as string,
      },
    ]);
    await cluster.apply([
      role(['services', 'secrets', 'configmaps', 'namespaces', 'endpointslices', 'ingresses', 'ingressclasses', 'widgets']),
    ]);
    await until(() => running.seen.isSynced);
    expect(running.seen.diagnostics).toEqual([]);
  });

  it('holds 5,000 objects, also over restarts of the API server, with few requests', async () => {
    const many = Array.from({ length: 2500 }, (_, index) => ({ namespace: 'many', name: `app-${String(index)}` }));
    await cluster.createNamespace('many');
    await create(
      many.map((each) =>
        sliceOf({ ...each, service: each.name, endpoints: Array.from({ length: 10 }, (_, end) => `10.1.${String(end)}.1`), ports: 80 }),
      ),
      'endpointslices',
    );
    await create(
      many.map((each) => ingressOf({ ...each, rules: { [`${each.name}.example`]: [{ path: '/', service: each.name }] } })),
      'ingresses',
    );
    const widget = { apiVersion: 'example.com/v1', kind: 'Widget', metadata: { namespace: 'many', name: 'w' } };
    const secret = secretOf({ namespace: 'many', name: 'tls', data: { key: 'old' } });
    await cluster.apply([definition, widget, secret]);
    const kinds = [endpointSliceKind, ingressKind, widgetKind, secretKind];
    await using running = run(kinds, { namespaces: { allow: ['many'] } });
    running.wanted.refer('many/tls');
    await until(() => running.seen.isSynced);
    expect(running.seen.objects.size).toBe(5002);
    expect(running.source.requests).toMatchObject({ get: 1, discover: 0 });
    expect(running.source.requests.list).toBeLessThan(30);
    await cluster.stopApiServer();
    await until(() => running.log.length === 1);
    await cluster.startApiServer();
    running.seen.calls.length = 0;
    await cluster.delete({ apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', metadata: many[0]! });
    await cluster.patch(
      { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', metadata: many[1]! },
      { metadata: { labels: { new: 'yes' } } },
    );
    await cluster.patch(secret, { data: { key: Buffer.from('new').toString('base64') } });
    await cluster.patch(widget, { spec: { size: 1 } });
    const changedMs = performance.now();
    await until(() => running.seen.calls.length === 4 && running.seen.diagnostics.length === 0);
    expect(performance.now() - changedMs).toBeLessThan(10_000);
    expect([...running.seen.calls].sort()).toEqual([
      'delete Ingress many/app-0',
      'set Ingress many/app-1',
      'set Secret many/tls',
      'set Widget many/w',
    ]);
    await untilEqual(running, [endpointSliceKind, ingressKind], 'many');
    expect(running.log.at(-1)).toMatch(/^info The API server .* answers again/);
    expect(running.log.filter((line) => /may not|does not know/.test(line))).toEqual([]);
  });
});
