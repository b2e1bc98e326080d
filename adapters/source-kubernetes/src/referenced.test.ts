import { configMapKind, kindKey, type Resource, type Secret, secretKind } from '@signalbox/core';
import { secretOf } from '@signalbox/testing';
import { inspect } from 'node:util';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { FakeApiServer } from './fixtures/fake-api-server.js';
import { run, until, versionOf } from './fixtures/running.js';

const secret = (name: string, value = name): Resource => secretOf({ name, data: { key: value } });
const gets = (server: FakeApiServer): string[] =>
  server.seen.filter(({ verb }) => verb === 'get').map(({ path }) => path.slice(path.lastIndexOf('/') + 1));

describe('Of a kind of which only what is referred to is wanted, KubernetesSource', () => {
  it('reads exactly that, and of all others the metadata only', async () => {
    await using server = await FakeApiServer.start(secretKind);
    for (const name of ['a', 'b', 'c']) server.store.set(secret(name));
    await using running = run(server, [secretKind]);
    await until(() => running.seen.isSynced);
    expect(running.seen.names).toEqual([]);
    running.wanted.refer('default/a', 'default/missing', 'elsewhere/a', 'none');
    await until(() => running.seen.names.length === 1);
    await sleep(30);
    expect(running.seen.names).toEqual(['Secret default/a']);
    expect(gets(server)).toEqual(['a']);
    expect(server.seen.filter(({ verb, accept }) => verb !== 'get' && !accept.includes('as=PartialObjectMetadata'))).toEqual([]);
    expect((running.seen.objects.get('Secret default/a') as Secret).data).toEqual({ key: Buffer.from('a').toString('base64') });
  });

  it('is synced only with what was referred to before', async () => {
    await using server = await FakeApiServer.start(secretKind);
    for (const name of ['a', 'b']) server.store.set(secret(name));
    server.fault = ({ verb }) => (verb === 'get' ? { status: 503 } : undefined);
    await using running = run(server, [secretKind]);
    running.wanted.refer('default/a', 'default/b', 'default/missing');
    await until(() => server.count('get') > 3);
    expect(running.seen.isSynced).toBe(false);
    server.fault = () => undefined;
    await until(() => running.seen.isSynced);
    expect(running.seen.names).toEqual(['Secret default/a', 'Secret default/b']);
  });

  it('says at once what is on its way, and takes back what cannot be had', async () => {
    await using server = await FakeApiServer.start(secretKind);
    for (const name of ['a', 'b', 'forbidden', 'unwanted', 'deleted']) server.store.set(secret(name));
    await using running = run(server, [secretKind]);
    await until(() => running.seen.isSynced && server.watches.size === 1);
    server.fault = ({ path }) => (path.endsWith('/forbidden') ? { status: 403 } : undefined);
    running.wanted.refer('default/a', 'default/b', 'default/forbidden', 'default/deleted', 'default/missing');
    expect([...running.seen.expected].sort()).toEqual(['a', 'b', 'deleted', 'forbidden'].map((name) => `Secret default/${name}`));
    server.store.delete(secretKind, 'default/deleted');
    await until(() => running.seen.expected.size === 0);
    expect(running.seen.names).toEqual(['Secret default/a', 'Secret default/b']);
    running.wanted.refer('default/a', 'default/unwanted');
    expect([...running.seen.expected]).toEqual(['Secret default/unwanted']);
    running.wanted.refer('default/a');
    expect([...running.seen.expected]).toEqual([]);
    server.store.set(secret('a', 'new'));
    await until(() => versionOf(running.seen.objects.get('Secret default/a')) !== '101');
    expect(running.seen.expectations).toBe(5);
  });

  it('follows its changes with one request each, and lets go of it', async () => {
    await using server = await FakeApiServer.start(secretKind);
    for (const name of ['a', 'b']) server.store.set(secret(name));
    await using running = run(server, [secretKind]);
    running.wanted.refer('default/a');
    await until(() => server.watches.size === 1 && running.seen.names.length === 1);
    server.store.set(secret('a', 'new'));
    server.store.set(secret('b', 'new'));
    await until(() => versionOf(running.seen.objects.get('Secret default/a')) === '103');
    expect(gets(server)).toEqual(['a', 'a']);
    server.store.delete(secretKind, 'default/a');
    await until(() => running.seen.names.length === 0);
    server.store.set(secret('a', 'again'));
    await until(() => running.seen.names.length === 1);
    running.wanted.refer('default/b');
    await until(() => running.seen.names[0] === 'Secret default/b');
    running.wanted.refer();
    expect(running.seen.names).toEqual([]);
    server.store.set(secret('a', 'unread'));
    await sleep(30);
    expect(gets(server)).toEqual(['a', 'a', 'a', 'b']);
    expect(inspect(running.source, { depth: 20, showHidden: true })).not.toContain(Buffer.from('again').toString('base64'));
  });

  it('takes back at once, and never writes, what was let go of while it was on its way', async () => {
    await using server = await FakeApiServer.start(secretKind);
    for (const name of ['a', 'b']) server.store.set(secret(name));
    await using running = run(server, [secretKind]);
    await until(() => running.seen.isSynced);
    running.wanted.refer('default/a', 'default/b');
    running.wanted.refer('default/b');
    await until(() => server.count('get') >= 2 && running.seen.names.length > 0);
    await sleep(30);
    expect(running.seen.calls).toEqual(['delete Secret default/a', 'set Secret default/b']);
  });

  it('reads again what changed while it was on its way', async () => {
    await using server = await FakeApiServer.start(secretKind);
    server.store.set(secret('a'));
    await using running = run(server, [secretKind]);
    await until(() => server.watches.size === 1);
    let asked = 0;
    server.fault = ({ verb }) => {
      if (verb !== 'get' || ++asked > 1) return undefined;
      server.store.set(secret('a', 'newer'));
      return { status: 500 };
    };
    running.wanted.refer('default/a');
    await until(() => versionOf(running.seen.objects.get('Secret default/a')) === '102');
  });

  it('reads a few at a time, and rests while the server is busy', async () => {
    await using server = await FakeApiServer.start(secretKind);
    const names = Array.from({ length: 40 }, (_, index) => `s-${String(index)}`);
    for (const name of names) server.store.set(secret(name));
    await using running = run(server, [secretKind], { timing: { longestBackoffMs: 200 } });
    await until(() => server.watches.size === 1);
    server.fault = ({ verb }) => (verb === 'get' ? { status: 429, headers: { 'retry-after': '3' } } : undefined);
    running.wanted.refer(...names.map((name) => `default/${name}`));
    await sleep(400);
    expect(server.count('get')).toBe(8);
    server.fault = () => undefined;
    await until(() => running.seen.names.length === 40);
    expect(server.count('get')).toBe(48);
  });

  it('tells of one that is not given, and the others do not wait for it', async () => {
    await using server = await FakeApiServer.start(secretKind, configMapKind);
    for (const name of ['a', 'b', 'broken']) server.store.set(secret(name));
    server.fault = ({ verb, path }) =>
      verb !== 'get'
        ? undefined
        : path.endsWith('/a')
          ? { status: 403, message: 'RBAC says no' }
          : path.endsWith('/broken')
            ? { status: 500 }
            : undefined;
    await using running = run(server, [secretKind]);
    running.wanted.refer('default/a', 'default/b', 'default/broken');
    await until(() => running.seen.isSynced && running.seen.diagnostics.length === 2);
    expect(running.seen.names).toEqual(['Secret default/b']);
    expect(running.seen.diagnostics).toMatchObject([
      {
        code: 'API_ACCESS_FORBIDDEN',
        object: { kind: 'Secret', namespace: 'default', name: 'a' },
        message: expect.stringContaining('RBAC says no') as string,
      },
      { code: 'API_SERVER_UNREACHABLE', object: { name: 'broken' } },
    ]);
    await until(() => server.count('get') > 5);
    expect(running.log).toHaveLength(2);
    server.fault = () => undefined;
    await until(() => running.seen.names.length === 3);
    expect(running.seen.diagnostics).toEqual([]);
  });

  it('asks again for one that was not found and is there', async () => {
    await using server = await FakeApiServer.start(secretKind);
    server.store.set(secret('a'));
    server.fail('get', { status: 404 }, 1);
    await using running = run(server, [secretKind]);
    running.wanted.refer('default/a');
    await until(() => running.seen.names.length === 1);
    expect(server.count('get')).toBe(2);
    expect(running.log).toEqual([]);
  });

  it('takes back what it wrote when the kind is not wanted any more', async () => {
    await using server = await FakeApiServer.start(secretKind, configMapKind);
    server.store.set(secret('a'));
    await using running = run(server, [secretKind]);
    running.wanted.refer('default/a');
    await until(() => running.seen.names.length === 1);
    running.wanted.want(configMapKind);
    expect(running.seen.names).toEqual([]);
    expect(server.store.of(kindKey(secretKind)).size).toBe(1);
  });
});
