import {
  type Answer,
  configMapOf,
  type EchoServer,
  echoServer,
  ingressOf,
  type RequestOptions,
  serviceOf,
  sliceOf,
} from '@signalbox/testing';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { annotated, Scene } from './testing/scene.js';

const hostile = [
  '100% %[src] %ci',
  '$HOME ${HOME}',
  '"a" and \'b\'',
  '\\n \\" \\\\',
  '# no comment',
  'a } if TRUE',
  '-f /etc/passwd',
  'grün',
];

let scene: Scene;
let app: EchoServer;
let silent: Server;

beforeAll(async () => {
  scene = await Scene.create();
  app = await echoServer({ name: 'app' });
  silent = createServer(() => undefined).listen(0, '127.0.0.1');
  await new Promise((resolve) => silent.once('listening', resolve));
  const service = (name: string, address: string, port: number, annotations = {}): void => {
    scene.add(serviceOf({ name, annotations }));
    scene.add(sliceOf({ service: name, endpoints: [address], ports: port }));
  };
  service('app', app.address, app.port, { 'haproxy.org/check-http': 'GET /ready HTTP/1.1', 'haproxy.org/check-interval': '500ms' });
  service('untold', app.address, app.port, { 'haproxy.org/forwarded-for': 'false' });
  service('silent', '127.0.0.1', (silent.address() as AddressInfo).port, { 'haproxy.org/timeout-server': '150ms' });
  const add = (
    host: string,
    annotations: Readonly<Record<string, string>> = {},
    more: { readonly tls?: boolean; readonly service?: string } = {},
  ): void => {
    const prefixed = annotated(annotations);
    const { tls = false, service: to = 'app' } = more;
    const rules = { [host]: [{ path: '/', service: to }] };
    scene.add(
      ingressOf({
        name: host === '' ? 'any' : host,
        annotations: prefixed,
        rules,
        ...(tls && { tls: host === '' ? [{}] : [{ hosts: [host] }] }),
      }),
    );
  };
  scene.add(
    configMapOf({ name: 'haproxy', namespace: 'ops', data: { 'ssl-redirect-code': '307', 'response-set-header': 'X-From configmap' } }),
  );
  add('plain.example');
  add('untold.example', {}, { service: 'untold' });
  add('silent.example', {}, { service: 'silent' });
  add('tls.example', {}, { tls: true });
  add('port.example', { 'ssl-redirect-port': '443', 'ssl-redirect-code': '301' }, { tls: true });
  add('off.example', { 'ssl-redirect': 'off' }, { tls: true });
  add('', { 'ssl-redirect': 'on' }, { tls: true });
  add('headers.example', {
    'request-set-header': hostile.map((value, index) => [['X-H', index].join(''), value].join(' ')).join('\n'),
    'response-set-header': 'X-From ingress\nX-Percent 100%\nX-Echo ""',
  });
  add('denied.example', { 'deny-list': '192.0.2.1, 127.0.0.0/8', 'allow-list': '127.0.0.1' }, { tls: true });
  add('allowed.example', { 'allow-list': '2001:db8::/32, 127.0.0.1' });
  add('others.example', { 'allow-list': '2001:db8::/32, 192.0.2.0/24' });
  add('closed.example', { 'allow-list': 'patterns/office' }, { tls: true });
  add('login.example', { 'auth-type': 'basic-auth' });
  await scene.serve();
});

afterAll(async () => {
  silent.closeAllConnections();
  silent.close();
  await Promise.all([scene[Symbol.asyncDispose](), app.close()]);
});

const get = (host: string, more: Partial<RequestOptions> = {}): Promise<Answer> => scene.haproxy.request({ host, ...more });

describe('the redirect to HTTPS', () => {
  it.each([
    ['tls.example', '/', 'tls.example'],
    ['tls.example:8080', '/a/b%20c?d=%2F&e', 'tls.example'],
    ['tls.example.', '/a//b', 'tls.example.'],
    ['[::1]', '/', '[::1]'],
    ['[2001:db8::1]:8080', '/x?y', '[2001:db8::1]'],
    ['other.example:80', '/?q', 'other.example'],
  ])('of %s%s keeps host, path and query', async (host, path, to) => {
    const { status, headers } = await get(host, { path });
    expect([status, headers.location]).toEqual([307, `https://${to}:${scene.haproxy.listen.httpsPort}${path}`]);
  });

  it('leaves 443 out, and has the code of the Ingress before that of the ConfigMap', async () => {
    const { status, headers } = await get('port.example:80', { path: '/x?y' });
    expect([status, headers.location]).toEqual([301, 'https://port.example/x?y']);
  });

  it('is not for what came over TLS, for hosts without TLS, and where it is off', async () => {
    const answers = await Promise.all([get('tls.example', { tls: true }), get('plain.example'), get('off.example')]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
  });
});

describe('X-Forwarded-For', () => {
  const spoofed = { headers: { 'X-Forwarded-For': '198.51.100.7' } };

  it('is what HAProxy saw, not what the client says', async () => {
    expect((await get('plain.example', spoofed)).echo?.headers['x-forwarded-for']).toBe('127.0.0.1');
    expect((await get('plain.example')).echo?.headers['x-forwarded-for']).toBe('127.0.0.1');
  });

  it('is not there where it is switched off, whatever the client says', async () => {
    expect((await get('untold.example', spoofed)).echo?.headers).not.toHaveProperty('x-forwarded-for');
  });
});

describe('headers', () => {
  it('of requests arrive to the letter', async () => {
    const { echo } = await get('headers.example', { headers: { 'X-H0': 'from the client' } });
    const bytes = hostile.map((value) => Buffer.from(value, 'utf8').toString('latin1'));
    expect(hostile.map((_value, index) => echo?.headers[['x-h', index].join('')])).toEqual(bytes);
  });

  it('of answers arrive to the letter, those of the Ingress in place of those of the ConfigMap', async () => {
    const { headers } = await get('headers.example');
    expect([headers['x-from'], headers['x-percent'], headers['x-echo']]).toEqual(['ingress', '100%', '']);
    expect((await get('plain.example')).headers['x-from']).toBe('configmap');
  });
});

describe('lists', () => {
  it.each([
    ['denied.example', 403],
    ['allowed.example', 200],
    ['others.example', 403],
  ])('%s is answered %d', async (host, status) => {
    expect((await get(host)).status).toBe(status);
  });

  it('that cannot be read close their route, over HTTP and HTTPS', async () => {
    const answers = await Promise.all([get('closed.example'), get('closed.example', { tls: true })]);
    expect(answers.map(({ status }) => status)).toEqual([503, 503]);
  });
});

it('closes a route whose guard is not yet supported', async () => {
  expect((await get('login.example')).status).toBe(503);
});

it('answers 504 where a server is silent for too long', async () => {
  expect((await get('silent.example')).status).toBe(504);
});

it('asks servers whether they are well, by the request that was set', async () => {
  await expect
    .poll(() => app.requests.find(({ path }) => path === '/ready'))
    .toMatchObject({ method: 'GET', headers: { host: 'localhost' } });
});
