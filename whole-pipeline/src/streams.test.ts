import { tcpServices } from '@signalbox/tcp-services';
import { configMapOf, echoServer, freePorts, serviceOf, sliceOf } from '@signalbox/testing';
import { createConnection } from 'node:net';
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
