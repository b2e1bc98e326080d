import { hostAddressesKind, serviceKind } from '@signalbox/core';
import { ingressOf, serviceOf } from '@signalbox/testing';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { FakeApiServer } from './fixtures/fake-api-server.js';
import { ingressKind, routeKind, run, until } from './fixtures/running.js';

describe('KubernetesSource keeps up with what is wanted:', () => {
  it('kinds that come and go', async () => {
    await using server = await FakeApiServer.start(serviceKind, ingressKind);
    server.store.set(serviceOf({ name: 'web' }));
    server.store.set(ingressOf({ name: 'web' }));
    await using running = run(server, [serviceKind, hostAddressesKind]);
    await until(() => running.seen.isSynced);
    running.wanted.want(serviceKind, ingressKind);
    await until(() => running.seen.names.length === 2);
    running.wanted.want(ingressKind);
    await until(() => server.watches.size === 1);
    expect(running.seen.names).toEqual(['Ingress default/web']);
    server.store.set(serviceOf({ name: 'other' }));
    await sleep(30);
    expect(running.seen.names).toEqual(['Ingress default/web']);
  });

  it('a kind without its CustomResourceDefinition holds nothing up, and is taken up when that appears', async () => {
    await using server = await FakeApiServer.start(serviceKind);
    const secondKind = { ...routeKind, kind: 'GRPCRoute', plural: 'grpcroutes' };
    await using running = run(server, [serviceKind, routeKind, secondKind], { namespaces: { allow: ['default', 'other'] } });
    await until(() => running.seen.isSynced);
    await until(() => server.count('discover') >= 3);
    expect(server.count('list', 'httproutes')).toBeLessThan(server.count('discover') + 3);
    server.serve(routeKind);
    server.store.set({ apiVersion: 'gateway.networking.k8s.io/v1', kind: 'HTTPRoute', metadata: { name: 'web', namespace: 'default' } });
    await until(() => running.seen.names.includes('HTTPRoute default/web'));
    server.unserve(routeKind);
    server.dropConnections();
    await until(() => !running.seen.names.includes('HTTPRoute default/web'));
    server.serve(routeKind);
    await until(() => running.seen.names.includes('HTTPRoute default/web'));
    expect(running.log).toEqual([]);
  });

  it('a kind that is missing for a moment only keeps its objects', async () => {
    await using server = await FakeApiServer.start(routeKind);
    server.store.set({ apiVersion: 'gateway.networking.k8s.io/v1', kind: 'HTTPRoute', metadata: { name: 'web', namespace: 'default' } });
    await using running = run(server, [routeKind], { timing: { absentKindMs: 2000 } });
    await until(() => server.watches.size === 1);
    server.unserve(routeKind);
    server.dropConnections();
    await until(() => server.count('watch') > 1);
    server.serve(routeKind);
    await until(() => server.watches.size === 1);
    expect(running.seen.calls).toEqual(['set HTTPRoute default/web']);
  });

  it('a kind of Kubernetes itself that is missing is waited for, and told of', async () => {
    await using server = await FakeApiServer.start(serviceKind);
    await using running = run(server, [serviceKind, ingressKind]);
    await until(() => running.seen.diagnostics.length === 1);
    await sleep(50);
    expect(running.seen.isSynced).toBe(false);
    expect(running.seen.diagnostics).toMatchObject([
      { code: 'API_KIND_MISSING', message: expect.stringContaining('ingresses.networking.k8s.io') as string },
    ]);
    server.serve(ingressKind);
    await until(() => running.seen.isSynced);
    expect(running.seen.diagnostics).toEqual([]);
  });
});
