import type { LiveStep, StepOutcome } from '@signalbox/core';
import { allHaproxies } from '@signalbox/testing';
import { createServer } from 'node:http';
import type { ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RunningHaproxy } from './fixtures/running-haproxy.js';

const nothing = { maps: [], lists: [], crtLists: [], certificates: [] };
const done: StepOutcome = { status: 'done' };

describe.each(allHaproxies())('servers of HAProxy $branch', ({ path }) => {
  let haproxy: RunningHaproxy;
  let pid: number;
  let nextId = 1000;
  beforeAll(async () => {
    haproxy = await RunningHaproxy.start(path);
    pid = await haproxy.sink().worker(haproxy.signal);
  });
  afterAll(async () => haproxy[Symbol.asyncDispose]());

  const send = async (...steps: LiveStep[]): Promise<readonly StepOutcome[]> =>
    (await haproxy.sink().send(steps, pid, haproxy.signal)).outcomes;
  const why = async (step: LiveStep): Promise<string> => {
    const [outcome] = await send(step);
    return outcome?.status === 'refused' ? outcome.why : `not refused but ${outcome?.status}`;
  };
  const server = async (backend: string, name: string) =>
    (await haproxy.sink().observe(nothing, haproxy.signal)).servers.find((each) => each.backend === backend && each.name === name);
  const add = (name: string, more: Partial<Extract<LiveStep, { do: 'add server' }>['server']> = {}, options: string[] = []): LiveStep => ({
    do: 'add server',
    backend: 'app',
    server: { name, address: '127.0.0.1', port: 81, id: nextId++, ...more },
    options,
    isChecked: options.includes('check'),
  });

  it('adds one that takes requests', async () => {
    expect(await send(add('one', { weight: 7, maxconn: 3 }))).toEqual([done]);
    expect(await server('app', 'one')).toEqual({ backend: 'app', name: 'one', address: '127.0.0.1', port: 81, weight: 7, state: 'ready' });
  });

  it('adds one that is checked', async () => {
    expect(await send(add('checked', {}, ['check', 'inter', '10s']))).toEqual([done]);
    expect(await haproxy.say('show servers state app')).toMatch(/ checked 127\.0\.0\.1 \d+ 0 1 1 \d+ \d+ \d+ \d+ 6 /);
  });

  it('lets what a server says itself win over the options of its backend', async () => {
    expect(await send(add('own', { weight: 9 }, ['weight', '2']))).toEqual([done]);
    expect((await server('app', 'own'))?.weight).toBe(9);
  });

  it.each(['::1', '2001:db8::a', 'fe80::1', '::ffff:10.0.0.1'])('takes the address %s', async (address) => {
    const name = `v6-${nextId}`;
    expect(await send(add(name, { address }))).toEqual([done]);
    expect(await server('app', name)).toMatchObject({ address, port: 81, state: 'ready' });
    expect(await send({ do: 'set address', backend: 'app', name, address: '10.1.1.1', port: 82 })).toEqual([done]);
    expect(await server('app', name)).toMatchObject({ address: '10.1.1.1', port: 82 });
    expect(await send({ do: 'set address', backend: 'app', name, address, port: 83 })).toEqual([done]);
    expect(await send({ do: 'set address', backend: 'app', name, address, port: 83 })).toEqual([done]);
    expect(await send({ do: 'set address', backend: 'app', name, address, port: 84 })).toEqual([done]);
    expect(await server('app', name)).toMatchObject({ address, port: 84 });
  });

  it('makes right one that is there already', async () => {
    await send(add('twice'));
    await haproxy.say('set server app/twice state maint');
    expect(await send(add('twice', { address: '127.0.0.2', port: 99, weight: 4, maxconn: 5 }))).toEqual([done]);
    expect(await server('app', 'twice')).toEqual({
      backend: 'app',
      name: 'twice',
      address: '127.0.0.2',
      port: 99,
      weight: 4,
      state: 'ready',
    });
  });

  it('takes one that it has added before for added', async () => {
    const step = add('again', { weight: 3 }, ['check']);
    expect(await send(step, step, { ...step, options: [] } as LiveStep)).toEqual([done, done, done]);
    expect(await server('app', 'again')).toMatchObject({ weight: 3, state: 'ready' });
  });

  it('says why it does not add one', async () => {
    await send(add('taken', { id: 500 }));
    expect(await why(add('taken2', { id: 500 }))).toContain("'id' : custom id 500 already used");
    expect(await why({ ...add('x'), backend: 'nowhere' } as LiveStep)).toBe('No such backend.');
    expect(await why({ ...add('x'), backend: 'static' } as LiveStep)).toContain('must use a dynamic load balancing');
    expect(await why(add('x', {}, ['hunter2']))).toMatch(/^unknown keyword '…'/);
    expect(await why(add('x', { weight: 257 }))).toBe('Expected a whole number from 0 to 256.');
    expect(await why(add('x', { address: 'localhost' }))).toBe('Expected an IPv4 or IPv6 address.');
    expect(await why(add('x', { port: 0 }))).toBe('Expected a whole number from 1 to 65535.');
    expect(await why(add('x/y'))).toMatch(/^A name in HAProxy has letters/);
    expect(await server('app', 'x')).toBeUndefined();
  });

  it('leaves nothing of one whose checks cannot be switched on', async () => {
    expect(await why({ ...add('unchecked'), isChecked: true } as LiveStep)).toContain('Health check was not configured');
    expect(await server('app', 'unchecked')).toBeUndefined();
  });

  it('sets weight, maxconn and state', async () => {
    await send(add('settings'));
    const at = { backend: 'app', name: 'settings' };
    expect(await send({ do: 'set weight', ...at, weight: 0 }, { do: 'set maxconn', ...at, maxconn: 12 })).toEqual([done, done]);
    expect((await server('app', 'settings'))?.weight).toBe(0);
    await haproxy.say('set server app/settings state drain');
    expect((await server('app', 'settings'))?.state).toBe('drain');
    expect(await send({ do: 'ready server', ...at })).toEqual([done]);
    expect((await server('app', 'settings'))?.state).toBe('ready');
  });

  it.each<LiveStep>([
    { do: 'ready server', backend: 'app', name: 'nobody' },
    { do: 'set weight', backend: 'app', name: 'nobody', weight: 1 },
    { do: 'set maxconn', backend: 'app', name: 'nobody', maxconn: 1 },
    { do: 'set address', backend: 'app', name: 'nobody', address: '127.0.0.1', port: 1 },
  ])('refuses "$do" of one that is not there', async (step) => {
    expect(await why(step)).toBe('No such server.');
    expect(await why({ ...step, backend: 'nowhere' } as LiveStep)).toBe('No such backend.');
    expect(await why({ ...step, name: 'a b' } as LiveStep)).toMatch(/^A name in HAProxy/);
  });

  it('removes one, and takes one that is not there for removed', async () => {
    await send(add('leaving'));
    const step: LiveStep = { do: 'remove server', backend: 'app', name: 'leaving', cut: false };
    expect(await send(step)).toEqual([done]);
    expect(await server('app', 'leaving')).toBeUndefined();
    expect(await send(step, { ...step, backend: 'nowhere' }, { ...step, cut: true })).toEqual([done, done, done]);
  });

  it('says why it does not remove one', async () => {
    expect(await why({ do: 'remove server', backend: 'slots', name: 'a', cut: false })).toMatch(
      /^This server cannot be removed at runtime due to other configuration elements pointing to it/,
    );
  });

  it.each([false, true])('calls one with a request under way busy (cut: %s)', async (cut) => {
    const slow = createServer(() => undefined).listen(0, '127.0.0.1');
    await once(slow, 'listening');
    const name = `busy-${cut}`;
    await send(add(name, { port: (slow.address() as AddressInfo).port }), {
      do: 'set row',
      map: 'maps/host.map',
      row: { key: 'busy.test', value: 'app' },
    });
    for (const each of (await haproxy.sink().observe(nothing, haproxy.signal)).servers)
      if (each.backend === 'app' && each.name !== name) await haproxy.say(`set server app/${each.name} state maint`);
    const client = connect(haproxy.httpPort, '127.0.0.1');
    client.on('error', () => undefined).write('GET / HTTP/1.1\r\nHost: busy.test\r\n\r\n');
    const [, answer] = (await once(slow, 'request')) as [unknown, ServerResponse];
    const step: LiveStep = { do: 'remove server', backend: 'app', name, cut };
    const [first] = await send(step);
    expect(cut ? ['busy', 'done'] : ['busy']).toContain(first?.status);
    expect([undefined, 'maint']).toContain((await server('app', name))?.state);
    if (!cut) answer.end();
    await expect.poll(async () => (await send(step))[0], { interval: 5 }).toEqual(done);
    expect(await server('app', name)).toBeUndefined();
    client.destroy();
    slow.closeAllConnections();
    slow.close();
  });

  it('does thousands of steps in order and at once', async () => {
    const names = Array.from({ length: 1000 }, (_, at) => `many-${at}`);
    const steps: LiveStep[] = [
      ...names.map((name) => add(name)),
      ...names.map((name): LiveStep => ({ do: 'set weight', backend: 'app', name, weight: 5 })),
      ...names.map((name): LiveStep => ({ do: 'set address', backend: 'app', name, address: '127.0.0.9', port: 9 })),
      ...names.flatMap((name): LiveStep[] => [
        { do: 'set weight', backend: 'app', name, weight: 6 },
        { do: 'set weight', backend: 'nowhere', name, weight: 6 },
      ]),
    ];
    const { outcomes } = await haproxy.sink().send(steps, pid, haproxy.signal);
    expect(outcomes.map(({ status }) => status)).toEqual([
      ...Array.from({ length: 3000 }, () => 'done'),
      ...Array.from({ length: 1000 }, () => ['done', 'refused']).flat(),
    ]);
    const { servers } = await haproxy.sink().observe(nothing, haproxy.signal);
    const many = servers.filter(({ name }) => name.startsWith('many-'));
    expect(many).toHaveLength(1000);
    for (const each of many) expect(each).toMatchObject({ weight: 6, port: 9, address: '127.0.0.9', state: 'ready' });
    const removed = await send(...names.map((name): LiveStep => ({ do: 'remove server', backend: 'app', name, cut: true })));
    expect(new Set(removed.map(({ status }) => status))).toEqual(new Set(['done']));
  });
});
