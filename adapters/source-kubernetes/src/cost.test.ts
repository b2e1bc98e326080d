import { secretKind, serviceKind } from '@signalbox/core';
import { ingressOf, secretOf, serviceOf } from '@signalbox/testing';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { FakeApiServer } from './fixtures/fake-api-server.js';
import { ingressKind, run, until, versionOf } from './fixtures/running.js';

/** What some changes cost with so many objects: requests, and calls of the writer. */
async function costsAt(count: number): Promise<unknown> {
  await using server = await FakeApiServer.start(serviceKind, secretKind);
  for (let index = 0; index < count; index += 1) {
    server.store.set(serviceOf({ name: `s-${String(index)}` }));
    server.store.set(secretOf({ name: `s-${String(index)}`, data: { key: 'old' } }));
  }
  await using running = run(server, [serviceKind, secretKind]);
  running.wanted.refer('default/s-1');
  await until(() => running.seen.isSynced && server.watches.size === 2);
  const { source, seen } = running;
  const cost = async (change: () => void, isDone: () => boolean): Promise<object> => {
    const before = source.requests;
    seen.calls.length = 0;
    change();
    await until(isDone);
    await sleep(20);
    const { list, watch, get, discover } = source.requests;
    return {
      calls: [...seen.calls],
      list: list - before.list,
      watch: watch - before.watch,
      get: get - before.get,
      discover: discover - before.discover,
    };
  };
  const serviceVersion = (): string => versionOf(seen.objects.get('Service default/s-7'));
  const secretVersion = (): string => versionOf(seen.objects.get('Secret default/s-1'));
  return [
    await cost(
      () => server.store.set(serviceOf({ name: 's-7', annotations: { changed: 'yes' } })),
      () => serviceVersion() === String(server.store.revision),
    ),
    await cost(
      () => server.store.set(secretOf({ name: 's-1', data: { key: 'new' } })),
      () => secretVersion() === String(server.store.revision),
    ),
    await cost(
      () => server.store.set(secretOf({ name: 's-2', data: { key: 'unread' } })),
      () => true,
    ),
    await cost(
      () => server.dropConnections(),
      () => server.watches.size === 2,
    ),
  ];
}

describe('KubernetesSource', () => {
  it('pays for a change what the change costs, whatever there is beside it', async () => {
    const few = await costsAt(20);
    const none = { list: 0, watch: 0, get: 0, discover: 0 };
    expect(few).toEqual([
      { ...none, calls: ['set Service default/s-7'] },
      { ...none, get: 1, calls: ['set Secret default/s-1'] },
      { ...none, calls: [] },
      { ...none, watch: 2, calls: [] },
    ]);
    expect(await costsAt(2000)).toEqual(few);
  });

  it('lets others have their turn after each page, however many lists it reads', async () => {
    await using server = await FakeApiServer.start(serviceKind, ingressKind);
    for (let index = 0; index < 2000; index += 1) {
      server.store.set(serviceOf({ name: `s-${String(index)}` }));
      server.store.set(ingressOf({ name: `i-${String(index)}` }));
    }
    await using running = run(server, [serviceKind, ingressKind]);
    let inThisTurn = 0;
    let most = 0;
    const { seen } = running;
    const set = seen.set.bind(seen);
    seen.set = (object) => {
      if (inThisTurn === 0) setImmediate(() => (inThisTurn = 0));
      inThisTurn += 1;
      most = Math.max(most, inThisTurn);
      set(object);
    };
    await until(() => seen.isSynced);
    expect(seen.objects.size).toBe(4000);
    expect(most).toBeLessThanOrEqual(500);
  });

  it('follows many namespaces at once without a warning', async () => {
    const warnings: string[] = [];
    const onWarning = ({ message }: Error): number => warnings.push(message);
    process.on('warning', onWarning);
    await using server = await FakeApiServer.start(serviceKind, secretKind);
    const allow = Array.from({ length: 40 }, (_, index) => `n-${String(index)}`);
    for (const namespace of allow) server.store.set(serviceOf({ namespace, name: 'web' }));
    await using running = run(server, [serviceKind, secretKind], { namespaces: { allow } });
    await until(() => running.seen.isSynced && server.watches.size === 80);
    await running.stop();
    await until(() => server.connections === 0);
    process.off('warning', onWarning);
    expect(running.seen.objects.size).toBe(40);
    expect(warnings).toEqual([]);
  });
});
