import { serviceKind } from '@signalbox/core';
import { ingressOf, serviceOf } from '@signalbox/testing';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { FakeApiServer } from './fixtures/fake-api-server.js';
import { ingressKind, isCaughtUp, run, until } from './fixtures/running.js';

const services = (count: number, from = 0): ReturnType<typeof serviceOf>[] =>
  Array.from({ length: count }, (_, index) => serviceOf({ name: `s-${String(index + from).padStart(5, '0')}` }));

describe('KubernetesSource follows', () => {
  it('from where it was after each break, without a list', async () => {
    await using server = await FakeApiServer.start(serviceKind);
    for (const service of services(3)) server.store.set(service);
    await using running = run(server, [serviceKind]);
    await until(() => server.watches.size === 1);
    for (const [index, ruin] of [
      () => server.dropConnections(),
      () => server.endWatches(),
      () => server.writeRaw('{"type":"ADDED","obj'),
    ].entries()) {
      ruin();
      server.dropConnections();
      server.store.set(serviceOf({ name: `after-${String(index)}` }));
      server.store.delete(serviceKind, `default/s-0000${String(index)}`);
      await until(() => isCaughtUp(running.seen, server, serviceKind) && server.watches.size === 1);
    }
    expect(running.source.requests).toMatchObject({ list: 1, get: 0, discover: 0 });
    expect(running.log).toEqual([]);
    const [first] = server.seen.filter(({ verb }) => verb === 'watch');
    expect(first?.query.get('allowWatchBookmarks')).toBe('true');
    expect(Number(first?.query.get('timeoutSeconds'))).toSatisfy((seconds: number) => seconds >= 300 && seconds <= 600);
  });

  it('from the last bookmark, even if the history before it is gone', async () => {
    await using server = await FakeApiServer.start(serviceKind, ingressKind);
    await using running = run(server, [serviceKind]);
    await until(() => server.watches.size === 1);
    server.store.set(ingressOf({ name: 'of-another-kind' }));
    server.store.compact();
    server.bookmark();
    await sleep(20);
    server.dropConnections();
    await until(() => server.watches.size === 1);
    expect(running.source.requests.list).toBe(1);
  });

  it('with a new list where the history is gone, and writes only what differs', async () => {
    await using server = await FakeApiServer.start(serviceKind);
    for (const service of services(30)) server.store.set(service);
    await using running = run(server, [serviceKind], { pageSize: 7 });
    await until(() => server.watches.size === 1);
    await server.close();
    server.store.delete(serviceKind, 'default/s-00001');
    server.store.set(serviceOf({ name: 's-00002', annotations: { changed: 'yes' } }));
    server.store.delete(serviceKind, 'default/s-00003');
    server.store.set(serviceOf({ name: 's-00003' }));
    server.store.compact();
    running.seen.calls.length = 0;
    await server.listen();
    await until(() => isCaughtUp(running.seen, server, serviceKind));
    expect([...running.seen.calls].sort()).toEqual([
      'delete Service default/s-00001',
      'set Service default/s-00002',
      'set Service default/s-00003',
    ]);
  });

  it.each([
    ['an error in the stream', '{"type":"ERROR","object":{"kind":"Status","code":500,"message":"etcd is not well"}}\n'],
    ['too old a version in the stream', '{"type":"ERROR","object":{"kind":"Status","code":410,"message":"too old"}}\n'],
  ])('with a new list after %s', async (_, line) => {
    await using server = await FakeApiServer.start(serviceKind);
    await using running = run(server, [serviceKind]);
    await until(() => server.watches.size === 1);
    server.isSilent = true;
    server.store.set(serviceOf({ name: 'lost' }));
    server.isSilent = false;
    server.writeRaw(line);
    await until(() => isCaughtUp(running.seen, server, serviceKind));
    expect(running.source.requests.list).toBe(2);
  });

  it('with another list where the server allows no watch from the first, and says nothing of it', async () => {
    await using server = await FakeApiServer.start(serviceKind);
    server.fault = ({ verb }) =>
      verb === 'watch' && server.count('watch') < 4 ? { status: 410, message: 'too old resource version' } : undefined;
    await using running = run(server, [serviceKind]);
    await until(() => server.watches.size === 1);
    expect(running.source.requests).toMatchObject({ list: 4, watch: 4 });
    expect(running.log).toEqual([]);
  });

  it('on where a watch sends something that is none, and lists anew if that goes on', async () => {
    await using server = await FakeApiServer.start(serviceKind);
    await using running = run(server, [serviceKind]);
    await until(() => server.watches.size === 1);
    server.fault = ({ verb }) => (verb === 'watch' && running.source.requests.list === 1 ? 'html' : undefined);
    server.writeRaw('<html>\n');
    await until(() => running.source.requests.list === 2 && server.watches.size === 1);
    server.store.set(serviceOf({ name: 'new' }));
    await until(() => isCaughtUp(running.seen, server, serviceKind));
  });

  it('events that come in pieces of any size, with characters cut in two', async () => {
    await using server = await FakeApiServer.start(serviceKind);
    await using running = run(server, [serviceKind]);
    await until(() => server.watches.size === 1);
    const object = {
      ...serviceOf({ name: 'web', annotations: { text: 'ü€😀'.repeat(50) } }),
      metadata: { ...serviceOf({ name: 'web', annotations: { text: 'ü€😀'.repeat(50) } }).metadata, resourceVersion: '500' },
    };
    const bytes = Buffer.from(
      `${JSON.stringify({ type: 'ADDED', object })}\n${JSON.stringify({ type: 'BOOKMARK', object: { metadata: { resourceVersion: '501' } } })}\n`,
    );
    const [watch] = server.watches;
    for (let at = 0; at < bytes.length; at += 7) {
      watch?.response.write(bytes.subarray(at, at + 7));
      if (at % 70 === 0) await sleep(1);
    }
    await until(() => running.seen.objects.has('Service default/web'));
    expect(running.seen.objects.get('Service default/web')?.metadata.annotations?.['text']).toBe('ü€😀'.repeat(50));
  });

  it('a watch that has fallen silent no longer than the limit', async () => {
    await using server = await FakeApiServer.start(serviceKind);
    server.isSilent = true;
    await using running = run(server, [serviceKind], { timing: { idleLimitMs: 300 } });
    await until(() => server.watches.size === 1);
    server.store.set(serviceOf({ name: 'new' }));
    await sleep(50);
    expect(running.seen.names).toEqual([]);
    server.isSilent = false;
    await until(() => isCaughtUp(running.seen, server, serviceKind));
    expect(running.source.requests.list).toBe(1);
  });

  it('with a new list now and then, in case an event was lost', async () => {
    await using server = await FakeApiServer.start(serviceKind);
    await using running = run(server, [serviceKind], { timing: { resyncMs: 100 } });
    await until(() => server.watches.size === 1);
    server.isSilent = true;
    server.store.set(serviceOf({ name: 'lost' }));
    server.isSilent = false;
    server.bookmark();
    await sleep(120);
    server.endWatches();
    await until(() => isCaughtUp(running.seen, server, serviceKind));
    expect(running.source.requests.list).toBe(2);
  });

  it('a server whose database went back, where equal versions are of different objects', async () => {
    await using server = await FakeApiServer.start(serviceKind);
    server.store.set(serviceOf({ name: 'web' }));
    for (const service of services(5)) server.store.set(service);
    await using running = run(server, [serviceKind]);
    await until(() => server.watches.size === 1);
    await server.close();
    server.store.events.length = 0;
    server.store.revision = 100;
    server.store.set(serviceOf({ name: 'web', annotations: { restored: 'yes' } }));
    await server.listen();
    await until(() => server.watches.size === 1);
    server.bookmark();
    await until(() => running.seen.objects.get('Service default/web')?.metadata.annotations?.['restored'] === 'yes');
  });
});
