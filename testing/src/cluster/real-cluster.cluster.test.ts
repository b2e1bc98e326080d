import { existsSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { echoServer } from '../haproxy/echo-server.js';
import { sendRequest } from '../haproxy/request.js';
import { configMapOf, ingressOf, serviceOf, sliceOf } from '../objects/builders.js';
import { inClusterNetwork } from './in-network.js';
import { RealCluster } from './real-cluster.js';

let cluster: RealCluster;
let startedInMs: number;
beforeAll(async () => {
  const beganMs = performance.now();
  cluster = await RealCluster.start();
  startedInMs = performance.now() - beganMs;
});
afterAll(() => cluster?.stop());

const megabytesOf = (pid: number): number => Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) / 1024;

const isAlive = (pid: number): boolean => existsSync(`/proc/${pid}`);

describe('a cluster', () => {
  it('is ready soon, is small, and says what it is', async () => {
    expect(startedInMs).toBeLessThan(60_000);
    expect(megabytesOf(cluster.processIds.etcd!)).toBeLessThan(150);
    expect(megabytesOf(cluster.processIds.apiServer!)).toBeLessThan(600);
    const { status, body } = await cluster.request({ path: '/version' });
    expect(status).toBe(200);
    expect(body).toMatchObject({ major: '1', gitVersion: expect.stringMatching(/^v1\.\d+\.\d+$/) });
  });

  it('gives a kubeconfig that holds all it needs', () => {
    expect(readFileSync(cluster.kubeconfig.path, 'utf8')).toBe(cluster.kubeconfig.text);
    const { clusters, users } = parse(cluster.kubeconfig.text);
    expect(clusters[0].cluster.server).toBe(cluster.server);
    expect(Buffer.from(clusters[0].cluster['certificate-authority-data'], 'base64').toString()).toBe(readFileSync(cluster.caFile, 'utf8'));
    expect(users[0].user.token).toBe(cluster.adminToken);
  });

  it('lets nobody in without a token', async () => {
    expect((await cluster.as('wrong').request({ path: '/api/v1/namespaces' })).status).toBe(401);
  });

  it('leads to servers in its private network, which may stand in an EndpointSlice', async () => {
    expect(await inClusterNetwork()).toBe(true);
    await using echo = await echoServer({ name: 'a', address: '10.244.0.1' });
    await cluster.apply([
      serviceOf({ name: 'echo' }),
      sliceOf({ service: 'echo', endpoints: [echo.address], ports: echo.port }),
      ingressOf({ name: 'echo', rules: { 'echo.test': [{ path: '/', service: 'echo' }] } }),
    ]);
    expect((await sendRequest({ address: echo.address, port: echo.port, host: 'echo.test' })).status).toBe(200);
    const loopback = sliceOf({ name: 'loopback', service: 'echo', endpoints: ['127.0.0.1'], ports: 80 });
    await expect(cluster.apply([loopback])).rejects.toThrow(/^apply EndpointSlice default\/loopback: 422: .*loopback range/);
  });
});

describe('objects', () => {
  it('come from YAML, with the namespaces that they need', async () => {
    const applied = await cluster.apply(`
apiVersion: v1
kind: ConfigMap
metadata: { namespace: yaml, name: one }
data: { a: "1" }
---
---
apiVersion: v1
kind: List
items:
  - { apiVersion: v1, kind: Secret, metadata: { namespace: yaml, name: two }, stringData: { b: c } }
  - { apiVersion: v1, kind: Pod, metadata: { namespace: yaml, name: three }, spec: { containers: [{ name: x, image: x }] } }
`);
    expect(applied.map(({ kind, metadata }) => `${kind} ${metadata.name}`)).toEqual(['ConfigMap one', 'Secret two', 'Pod three']);
    expect(await cluster.get(applied[1]!)).toMatchObject({ data: { b: Buffer.from('c').toString('base64') } });
  });

  it('can be read, listed, changed, applied as they were read, and deleted', async () => {
    const draft = { namespace: 'life', name: 'a', labels: { app: 'x' } };
    const [map] = await cluster.apply([configMapOf({ ...draft, data: { a: '1' } })]);
    await cluster.apply([configMapOf({ ...draft, name: 'b', labels: { app: 'y' }, data: {} })]);
    expect(await cluster.patch(map!, { data: { b: '2' } })).toMatchObject({ data: { a: '1', b: '2' } });
    expect(await cluster.patch(map!, [{ op: 'remove', path: '/data/a' }])).toMatchObject({ data: { b: '2' } });
    const listed = await cluster.list('v1', 'ConfigMap', { namespace: 'life', labelSelector: 'app=x' });
    expect(listed).toMatchObject([{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' }, data: { b: '2' } }]);
    await cluster.apply([(await cluster.get(map!))!]);
    expect(await cluster.delete(map!)).toBe(true);
    expect(await cluster.delete(map!)).toBe(false);
    expect(await cluster.get(map!)).toBeUndefined();
  });

  it('have a status, which is changed by itself', async () => {
    const [ingress] = await cluster.apply([ingressOf({ name: 'status', rules: { 'status.test': [{ path: '/', service: 's' }] } })]);
    await cluster.patch(ingress!, { status: { loadBalancer: { ingress: [{ ip: '10.244.0.9' }] } } }, 'status');
    expect(await cluster.get(ingress!)).toMatchObject({ status: { loadBalancer: { ingress: [{ ip: '10.244.0.9' }] } } });
  });

  it('may be of a kind that is defined in the same breath', async () => {
    const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
    const names = { kind: 'Widget', plural: 'widgets', singular: 'widget' };
    const versions = [{ name: 'v1', served: true, storage: true, schema }];
    const widget = { apiVersion: 'example.com/v1', kind: 'Widget', metadata: { namespace: 'widgets', name: 'w' }, spec: { size: 3 } };
    const definition = {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: 'widgets.example.com' },
      spec: { group: 'example.com', scope: 'Namespaced', names, versions },
    };
    await cluster.apply([widget, definition]);
    expect(await cluster.list('example.com/v1', 'Widget')).toMatchObject([{ spec: { size: 3 } }]);
    await cluster.delete(definition);
    await expect(cluster.list('example.com/v2', 'Widget')).rejects.toThrow(/404/);
  });

  it('go with their namespace, which can be made again', async () => {
    const maps = ['a', 'b'].map((name) => configMapOf({ namespace: 'gone', name, data: {} }));
    await cluster.apply(maps);
    expect(await cluster.delete({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'gone' } })).toBe(true);
    expect(await cluster.get(maps[0]!)).toBeUndefined();
    await cluster.apply([maps[1]!]);
    expect(await cluster.list('v1', 'ConfigMap', { namespace: 'gone' })).toMatchObject([{ metadata: { name: 'b' } }]);
  });
});

describe('a service account', () => {
  it('has a token that opens what its roles allow, and nothing else', async () => {
    const token = await cluster.serviceAccountToken('rbac', 'reader', 600);
    const reader = cluster.as(token);
    await expect(reader.list('v1', 'Secret')).rejects.toThrow(/403: secrets is forbidden: User "system:serviceaccount:rbac:reader"/);
    await cluster.apply([
      {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'ClusterRole',
        metadata: { name: 'reader' },
        rules: [{ apiGroups: [''], resources: ['secrets'], verbs: ['list'] }],
      } as any,
      {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'ClusterRoleBinding',
        metadata: { name: 'reader' },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'reader' },
        subjects: [{ kind: 'ServiceAccount', namespace: 'rbac', name: 'reader' }],
      } as any,
    ]);
    await expect.poll(async () => (await reader.request({ path: '/api/v1/secrets' })).status).toBe(200);
    expect((await reader.request({ path: '/api/v1/configmaps' })).status).toBe(403);
    expect(parse(cluster.kubeconfigFor(token, 'rbac'))).toMatchObject({
      users: [{ user: { token } }],
      contexts: [{ context: { namespace: 'rbac' } }],
    });
  });
});

describe('an API server that is killed', () => {
  it('comes back on the same port with all that it had, also for tokens', async () => {
    const token = await cluster.serviceAccountToken('outage', 'some');
    const [map] = await cluster.apply([configMapOf({ namespace: 'outage', name: 'kept', data: { a: '1' } })]);
    const before = { server: cluster.server, apiServer: cluster.processIds.apiServer! };
    await cluster.stopApiServer();
    await cluster.stopApiServer();
    expect(isAlive(before.apiServer)).toBe(false);
    await expect(cluster.get(map!)).rejects.toThrow(/ECONNREFUSED/);
    await cluster.restart();
    expect(cluster.server).toBe(before.server);
    expect(await cluster.get(map!)).toMatchObject({ metadata: { uid: map!.metadata.uid }, data: { a: '1' } });
    expect((await cluster.as(token).request({ path: '/apis' })).status).toBe(200);
  });
});

describe('the end', () => {
  it('leaves nothing behind', async () => {
    const { directory, processIds } = cluster;
    await cluster.stop();
    await cluster.stop();
    expect(existsSync(directory)).toBe(false);
    expect(isAlive(processIds.etcd!) || isAlive(processIds.apiServer!)).toBe(false);
  });

  it('is said in the words of the program where it does not start', async () => {
    await expect(RealCluster.start({ apiServerFlags: ['--no-such-flag'] })).rejects.toThrow(
      /does not start:\n.*unknown flag: --no-such-flag/s,
    );
  });
});
