import { tcpServices } from '@signalbox/tcp-services';
import { allHaproxies, configMapOf, echoServer, freePorts, ingressOf, serviceOf, sliceOf } from '@signalbox/testing';
import { once } from 'node:events';
import { createConnection, createServer } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { newPlace, Running } from './running.js';

const request = 'GET /over-tcp HTTP/1.0\r\n\r\n';

it('leads TCP ports to Services, with TLS and without, and follows endpoints without a reload', { timeout: 60_000 }, async () => {
  await using one = await echoServer({ name: 'one', address: '127.0.0.2' });
  await using two = await echoServer({ name: 'two', address: '127.0.0.3', port: one.port });
  const [plain = 0, secure = 0] = await freePorts(2);
  const slice = (address: string) => sliceOf({ service: 'db', endpoints: [address], ports: one.port });
  const ports = configMapOf({ namespace: 'ops', name: 'tcp', data: { [plain]: 'default/db:80', [secure]: 'default/db:80:ssl' } });
  const place = await newPlace();
  const objects = [serviceOf({ name: 'db' }), slice(one.address), ports];
  await using running = Running.start(place, objects, [tcpServices({ configMap: 'ops/tcp' })], {}, { isLive: true });
  await running.applied();
  const ask = async (isSecure: boolean): Promise<string | undefined> => {
    const socket = isSecure ? connectTls({ port: secure, rejectUnauthorized: false }) : createConnection(plain);
    socket.write(request);
    return /^x-echo: (.*)\r$/m.exec(await text(socket))?.[1];
  };
  expect([await ask(false), await ask(true)]).toEqual(['one', 'one']);
  expect(await running.applied(() => running.source.set(slice(two.address)))).toBe('none');
  expect([await ask(false), await ask(true)]).toEqual(['two', 'two']);
  await running.applied(() => running.source.delete(ports));
  expect(await running.until(async () => ask(false).catch(() => 'closed'), 'closed')).toBe('closed');
});

const isolating = 'isolates a port that another program has, at a cold start too, and knows the ports of this one (HAProxy $branch)';
it.each(allHaproxies())(isolating, { timeout: 90_000 }, async ({ path }) => {
  await using web = await echoServer({ name: 'web' });
  const [good = 0, taken = 0, ours = 0] = await freePorts(3);
  const other = createServer().listen(taken, '127.0.0.1');
  await once(other, 'listening');
  const ports = (...all: number[]) =>
    configMapOf({ namespace: 'ops', name: 'tcp', data: Object.fromEntries(all.map((port) => [String(port), 'default/web:80'])) });
  const site = (name: string) => ingressOf({ name, rules: { [`${name}.example`]: [{ path: '/', service: 'web' }] } });
  const objects = [serviceOf({ name: 'web' }), sliceOf({ service: 'web', endpoints: [web.address], ports: web.port }), site('a')];
  const start = async (...more: Parameters<typeof Running.start>[1][]): Promise<Running> =>
    Running.start(
      await newPlace(),
      [...objects, ...more.flat()],
      [tcpServices({ configMap: 'ops/tcp' })],
      { endpoints: { own: { addresses: [], ports: [ours] } } },
      { isLive: true, path },
    );
  const isLed = async (): Promise<boolean> => {
    const socket = createConnection(good);
    socket.write(request);
    return (await text(socket).catch(() => '')).includes('x-echo: web');
  };
  const refused = [`data[${String(taken)}] HAPROXY_REFUSED`, `data[${String(ours)}] PORT_TAKEN`].sort();
  const told = (running: Running): string[] => [...running.told].map(({ field, code }) => `${field ?? ''} ${code}`).sort();

  await using live = await start();
  await live.applied();
  let failures = 0;
  live.controller.events.on('failed', () => (failures += 1));
  live.source.set(ports(good, taken, ours));
  live.source.set(site('b'));
  expect(await live.until(() => live.answerer('b.example'), 'web', 30_000)).toBe('web');
  expect(await live.until(isLed, true, 30_000)).toBe(true);
  expect(told(live)).toEqual(refused);
  expect([...live.told].find(({ code }) => code === 'HAPROXY_REFUSED')?.message).toBe(
    `HAProxy refuses what this leads to. It cannot listen on 127.0.0.1:${String(taken)}: another program has that address, or this one may not have it. Choose another port, or free it and edit this. It has no effect until it is mended; all else holds.`,
  );
  expect(failures).toBe(0);
  await live[Symbol.asyncDispose]();

  await using cold = await start([ports(good, taken, ours)]);
  expect(await cold.until(() => cold.answerer('a.example').catch(() => 0), 'web', 30_000)).toBe('web');
  expect(await cold.until(isLed, true, 30_000)).toBe(true);
  expect(told(cold)).toEqual(refused);
  other.close();
  cold.source.set(ports(good, taken));
  expect(await cold.until(() => told(cold), [], 30_000)).toEqual([]);
});
