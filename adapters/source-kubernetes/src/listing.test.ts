import { endpointSliceKind, serviceKind } from '@signalbox/core';
import { ingressOf, serviceOf, sliceOf } from '@signalbox/testing';
import { describe, expect, it } from 'vitest';
import { FakeApiServer } from './fixtures/fake-api-server.js';
import { classKind, ingressKind, namesIn, run, until, versionOf } from './fixtures/running.js';

const services = (count: number, from = 0): ReturnType<typeof serviceOf>[] =>
  Array.from({ length: count }, (_, index) => serviceOf({ name: `s-${String(index + from).padStart(5, '0')}` }));

describe('KubernetesSource lists', () => {
  it('exactly the kinds that are wanted, and is synced when all of them are written', async () => {
    await using server = await FakeApiServer.start(serviceKind, endpointSliceKind, ingressKind, classKind);
    server.store.set(serviceOf({ name: 'web' }));
    server.store.set(sliceOf({ service: 'web', endpoints: ['10.0.0.1'], ports: 80 }));
    server.store.set(ingressOf({ name: 'web' }));
    server.store.set({ apiVersion: 'networking.k8s.io/v1', kind: 'IngressClass', metadata: { name: 'haproxy' } });
    await using running = run(server, [serviceKind, ingressKind, classKind]);
    await until(() => running.seen.isSynced);
    expect(running.seen.names).toEqual(['Ingress default/web', 'IngressClass haproxy', 'Service default/web']);
    expect(
      server.seen
        .filter(({ verb }) => verb === 'list')
        .map(({ path }) => path)
        .sort(),
    ).toEqual(['/api/v1/services', '/apis/networking.k8s.io/v1/ingressclasses', '/apis/networking.k8s.io/v1/ingresses']);
  });

  it('page by page, and is not synced before the last', async () => {
    await using server = await FakeApiServer.start(serviceKind);
    for (const service of services(25)) server.store.set(service);
    let pages = 0;
    server.fault = ({ verb }) => (verb === 'list' && ++pages > 2 ? 'hang' : undefined);
    await using running = run(server, [serviceKind], { pageSize: 10, timing: { answerMs: 1000 } });
    await until(() => running.seen.objects.size === 20);
    expect(running.seen.isSynced).toBe(false);
    server.fault = () => undefined;
    server.dropConnections();
    await until(() => running.seen.isSynced);
    expect(running.seen.names).toEqual(namesIn(server, serviceKind));
  });

  it('anew from the first page when the list has expired half-way', async () => {
    await using server = await FakeApiServer.start(serviceKind);
    for (const service of services(25)) server.store.set(service);
    let pages = 0;
    server.fault = ({ verb }) => {
      if (verb === 'list' && ++pages === 3) {
        server.store.delete(serviceKind, 'default/s-00003');
        server.store.compact();
      }
      return undefined;
    };
    await using running = run(server, [serviceKind], { pageSize: 10 });
    await until(() => running.seen.isSynced);
    expect(running.seen.names).toEqual(namesIn(server, serviceKind));
    expect(running.seen.names).toHaveLength(24);
    expect(pages).toBe(6);
  });

  it('in pages that are as large as others, whatever the size of objects', async () => {
    await using server = await FakeApiServer.start(serviceKind);
    for (const service of services(100))
      server.store.set({ ...service, metadata: { ...service.metadata, annotations: { big: 'x'.repeat(50_000) } } });
    await using running = run(server, [serviceKind], { pageSize: 50 });
    await until(() => running.seen.isSynced);
    expect(server.seen.filter(({ verb }) => verb === 'list').map(({ query }) => query.get('limit'))).toEqual(['50', '20', '20', '20']);
    await using small = await FakeApiServer.start(serviceKind);
    for (const service of services(1200)) small.store.set(service);
    await using others = run(small, [serviceKind]);
    await until(() => others.seen.isSynced);
    expect(small.seen.filter(({ verb }) => verb === 'list').map(({ query }) => query.get('limit'))).toEqual(['100', '500', '500', '500']);
  });

  it('objects as they are on the wire, without what nobody reads', async () => {
    await using server = await FakeApiServer.start(ingressKind);
    const ingress = ingressOf({
      name: 'web',
      created: '2026-01-01T00:00:00Z',
      annotations: { kept: 'yes', 'kubectl.kubernetes.io/last-applied-configuration': '{}' },
      rules: { 'web.example': [{ path: '/', service: 'web' }] },
    });
    server.store.set(ingress);
    await using running = run(server, [ingressKind]);
    const seen = (): unknown => running.seen.objects.get('Ingress default/web');
    await until(seen);
    const expected = (version: string): unknown => ({
      ...ingress,
      metadata: { ...ingress.metadata, annotations: { kept: 'yes' }, uid: 'uid-default/web', resourceVersion: version },
    });
    expect(seen()).toStrictEqual(expected('101'));
    server.store.set(ingress);
    await until(() => versionOf(running.seen.objects.get('Ingress default/web')) === '102');
    expect(seen()).toStrictEqual(expected('102'));
  });

  it('only what the lists of namespaces and the label selector allow', async () => {
    await using server = await FakeApiServer.start(serviceKind, classKind);
    for (const namespace of ['a', 'b', 'c']) {
      server.store.set(serviceOf({ name: 'web', namespace, labels: { tier: 'front' } }));
      server.store.set(serviceOf({ name: 'other', namespace }));
    }
    server.store.set({ apiVersion: 'networking.k8s.io/v1', kind: 'IngressClass', metadata: { name: 'haproxy' } });
    const labelSelector = (kind: object): string | undefined => (kind === serviceKind ? 'tier=front' : undefined);
    await using allowing = run(server, [serviceKind, classKind], { namespaces: { allow: ['a', 'b'], deny: ['b'] }, labelSelector });
    await using denying = run(server, [serviceKind, classKind], { namespaces: { allow: [], deny: ['b', 'c'] } });
    await until(() => allowing.seen.isSynced && denying.seen.isSynced);
    expect(allowing.seen.names).toEqual(['IngressClass haproxy', 'Service a/web']);
    expect(denying.seen.names).toEqual(['IngressClass haproxy', 'Service a/other', 'Service a/web']);
    expect(server.seen.some(({ path }) => path === '/api/v1/namespaces/a/services')).toBe(true);
    await until(() => server.watches.size === 4);
    server.store.set(serviceOf({ name: 'new', namespace: 'b', labels: { tier: 'front' } }));
    server.store.set(serviceOf({ name: 'new', namespace: 'a', labels: { tier: 'front' } }));
    await until(() => allowing.seen.names.includes('Service a/new') && denying.seen.names.includes('Service a/new'));
    expect([...allowing.seen.names, ...denying.seen.names]).not.toContain('Service b/new');
  });

  it('passes over what has no name, and tells', async () => {
    await using server = await FakeApiServer.start(serviceKind);
    server.store.set(serviceOf({ name: 'good' }));
    server.store.set(serviceOf({ name: '' }));
    await using running = run(server, [serviceKind]);
    await until(() => running.seen.isSynced);
    expect(running.seen.names).toEqual(['Service default/good']);
    expect(running.seen.diagnostics).toMatchObject([
      { code: 'OBJECT_INVALID', message: expect.stringContaining('services in all namespaces') as string },
    ]);
    server.store.delete(serviceKind, 'default/');
    server.store.compact();
    server.endWatches();
    await until(() => running.seen.diagnostics.length === 0);
  });
});
