import { configMapKind, secretKind, serviceKind } from '@signalbox/core';
import { configMapOf, serviceOf } from '@signalbox/testing';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { FakeApiServer } from './fixtures/fake-api-server.js';
import { ingressKind, routeKind, run, until } from './fixtures/running.js';
import { kubernetes } from './index.js';

const services = (count: number, from = 0): ReturnType<typeof serviceOf>[] =>
  Array.from({ length: count }, (_, index) => serviceOf({ name: `s-${String(index + from).padStart(5, '0')}` }));

describe('KubernetesSource ends', () => {
  it('at once, with all connections closed and no request after it', async () => {
    await using server = await FakeApiServer.start(serviceKind, ingressKind, secretKind, configMapKind);
    for (const service of services(300)) server.store.set(service);
    server.store.set(configMapOf({ name: 'settings', data: {} }));
    server.fault = ({ plural, verb }) => (plural === 'ingresses' || verb === 'get' ? 'hang' : undefined);
    server.chunkBytes = 1000;
    const running = run(server, [serviceKind, ingressKind, secretKind, configMapKind, routeKind]);
    running.wanted.refer('default/settings');
    await until(() => server.count('get') === 1 && running.seen.objects.size > 0);
    const before = performance.now();
    await running.stop();
    expect(performance.now() - before).toBeLessThan(2000);
    const seen = server.seen.length;
    await until(() => server.connections === 0);
    running.wanted.refer('default/other');
    await sleep(200);
    expect(server.seen.length).toBe(seen);
  });

  it('while the server is away, too', async () => {
    const server = await FakeApiServer.start(serviceKind);
    await server.close();
    const running = run(server, [serviceKind, secretKind], { timing: { longestBackoffMs: 60_000 } });
    await until(() => running.log.length === 1);
    const before = performance.now();
    await running.stop();
    expect(performance.now() - before).toBeLessThan(2000);
    expect(running.log).toHaveLength(1);
  });

  it('with an error if the writer throws: that is a bug', async () => {
    await using server = await FakeApiServer.start(serviceKind);
    server.store.set(serviceOf({ name: 'web' }));
    const running = run(server, [serviceKind]);
    running.seen.set = () => {
      throw new RangeError('a bug');
    };
    await expect(running.ended).rejects.toThrow('a bug');
    await until(() => server.connections === 0);
  });

  it.each([
    ['a kubeconfig that is not there', { kubeconfig: '/nowhere/kubeconfig' }, /kubeconfig/],
    ['a namespace that can be none', { namespaces: { deny: ['Not_A_Name'] } }, /namespaces\.deny.*"Not_A_Name"/],
    ['a page without objects', { pageSize: 0 }, /pageSize/],
    ['a time that is none', { timing: { idleLimitMs: -1 } }, /timing\.idleLimitMs/],
  ])('at the start because of %s', async (_, options, words) => {
    await using server = await FakeApiServer.start(serviceKind);
    const running = run(server, [serviceKind], options);
    await expect(running.ended).rejects.toMatchObject({ code: 'SOURCE_UNREADABLE', message: expect.stringMatching(words) as string });
    expect(server.seen).toEqual([]);
  });

  it('has a name', () => {
    expect(kubernetes().name).toBe('kubernetes');
  });
});
