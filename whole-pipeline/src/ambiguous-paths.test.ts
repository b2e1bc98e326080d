import type { ListenOptions, Resource } from '@signalbox/core';
import { haproxyOrg } from '@signalbox/haproxy-org';
import { ingress } from '@signalbox/ingress';
import { configMapOf, ingressOf } from '@signalbox/testing';
import { connect, constants } from 'node:http2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rawRequest } from './raw-request.js';
import { Scene } from './scene.js';

const guard = { 'haproxy.org/deny-list': '127.0.0.1' };

/** An Ingress of one path, open or guarded against all who test here. */
function route(host: string, path: string, annotations: Record<string, string> = {}, service = 'open'): Resource {
  const name = [host.replace('*', 'any'), path === '/' ? 'root' : path.slice(1)].join('-').replace(/^-/, 'no-host-');
  return ingressOf({ name, annotations, rules: { [host]: [{ path, service }] } });
}

async function sceneOf(listen: Partial<ListenOptions>, ...objects: readonly Resource[]): Promise<Scene> {
  const scene = await Scene.create({ plugins: [ingress(), haproxyOrg({ configMap: 'ops/settings' })], listen });
  for (const name of ['open', 'fallback']) await scene.backend(name);
  const settings = configMapOf({ name: 'settings', namespace: 'ops', data: { 'ssl-redirect': 'false' } });
  await scene.serve(settings, ...objects);
  return scene;
}

/** The status, or what the server saw of the path. */
async function answer(scene: Scene, target: string, host: string): Promise<string | number> {
  const { status, echo } = await rawRequest({ port: scene.haproxy.listen.httpPort }, `GET ${target} HTTP/1.1`, [`Host: ${host}`]);
  return echo?.path ?? status;
}

const walkArounds = [
  '//admin',
  '/.//admin',
  '/./admin',
  '/x/../admin',
  '/x/..',
  '/x/.',
  '/adm%69n',
  '/%61dmin',
  '/%61DMIN',
  '/admin;x',
  '/x;/../admin',
  '/admin%3Bx',
  '/admin%2fx',
  '/admin%2Fx',
  '/%2e%2e/admin',
  '/%2E/admin',
  '/\\admin',
  '/%5cadmin',
  '/%5Cadmin',
  '/%00admin',
  '/admin%00',
  '/%2561dmin',
  '/%252561dmin',
  '/%252fadmin',
  '/%25%32%66admin',
  '/%c0%afadmin',
  '/%C1%A1dmin',
  '/%zzadmin',
  '/admin%',
  '/admin%6',
  '/%7e',
  '/%2D%5f',
];

const plain = [
  '/',
  '/x',
  '/x/',
  '/x.y',
  '/.well-known/x',
  '/..x/...',
  '/x..',
  '/100%25',
  '/100%25x',
  '/%2520',
  '/a%20b',
  '/%C3%A9',
  "/!$&'()*+,=:@~_-.",
  '/x%3Fy%23z',
  '/x?//../%2f;\\%zz%61',
  '/x?/admin/../%00',
];

describe('an ambiguous path', () => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await sceneOf(
      {},
      route('g.example', '/'),
      route('g.example', '/admin', guard),
      route('o.example', '/'),
      route('*.w.example', '/'),
      route('*.w.example', '/admin', guard),
      route('free.w.example', '/'),
      route('broken.example', '/admin', { 'haproxy.org/allow-list': 'everybody' }),
      route('broken.example', '/'),
    );
  });
  afterAll(() => scene[Symbol.asyncDispose]());

  it('is the only way around the guard: the plain one is closed', async () => {
    expect(await answer(scene, '/admin', 'g.example')).toBe(403);
    expect(await answer(scene, '/admin/x', 'g.example')).toBe(403);
  });

  it.each(walkArounds)('%s is answered 400 on a guarded host and goes on as it is on another', async (path) => {
    expect(await answer(scene, path, 'g.example')).toBe(400);
    expect(await answer(scene, path, 'o.example')).toBe(path);
  });

  it('is one that encodes NUL, a slash, dot, semicolon or unreserved character, or overlong UTF-8, once or twice', async () => {
    const bytes = Array.from({ length: 256 }, (_byte, at) => at.toString(16).padStart(2, '0'));
    for (const percent of ['%', '%25', '%2525']) {
      const answers = await Promise.all(bytes.map(async (each) => [each, await answer(scene, ['/', percent, each].join(''), 'g.example')]));
      const refused = answers.filter(([, found]) => found === 400).map(([each]) => String.fromCharCode(parseInt(String(each), 16)));
      expect(refused.join('')).toMatch(/^\0[-./0-9;A-Z\\_a-z~]{69}\xc0\xc1$/);
    }
  });

  it.each(['25', '%25', 'a', '/x', '/.a', '%2'])('is found however much of "%s" stands before it', async (much) => {
    for (const end of ['zz/../admin', '%61']) {
      const path = ['/', much.startsWith('2') ? '%' : '', much.repeat(14_000 / much.length), end].join('');
      expect(await answer(scene, path, 'g.example')).toBe(400);
    }
  });

  it.each(plain)('is not %s', async (path) => {
    expect(await answer(scene, path, 'g.example')).toBe(path);
  });

  it.each(['G.Example', 'g.example:81', 'g.example.', 'G.EXAMPLE.:81', 'x.w.example', 'X.w.example.:1', 'broken.example'])(
    'is refused whatever way the host is written: %s',
    async (host) => {
      expect(await answer(scene, '//admin', host)).toBe(400);
    },
  );

  it('is for the nearest host pattern to refuse', async () => {
    expect(await answer(scene, '//admin', 'free.w.example')).toBe('//admin');
    expect(await answer(scene, '//admin', 'x.y.w.example')).toBe(404);
    expect(await answer(scene, '//admin', '.w.example')).toBe(404);
  });

  it('is refused in a target with a host, and where there is no path at all', async () => {
    expect(await answer(scene, 'http://g.example//admin', 'g.example')).toBe(400);
    expect(await answer(scene, 'HTTP://G.EXAMPLE/x/../admin', 'g.example')).toBe(400);
    expect(await answer(scene, 'http://o.example//admin', 'o.example')).toBe('http://o.example//admin');
    expect(await answer(scene, 'g.example/admin', 'g.example')).toBe(400);
    expect(await answer(scene, 'http://g.example/x?//', 'g.example')).toBe('http://g.example/x?//');
  });

  it('is refused over TLS and HTTP/2', async () => {
    const session = connect(`https://127.0.0.1:${scene.haproxy.listen.httpsPort}`, { rejectUnauthorized: false, servername: 'g.example' });
    const status = (authority: string, path: string): Promise<number> =>
      new Promise((resolve, reject) => {
        const stream = session.request({ ':authority': authority, ':path': path });
        stream.once('error', reject).once('response', ({ [constants.HTTP2_HEADER_STATUS]: found }) => {
          resolve(Number(found));
        });
        stream.resume().end();
      });
    const paths = [...walkArounds, '/\u{c0}\u{af}admin'];
    expect(await Promise.all(paths.map((path) => status('g.example', path)))).toEqual(paths.map(() => 400));
    expect(await Promise.all([status('g.example', '/x'), status('o.example', '//x')])).toEqual([200, 200]);
    session.destroy();
  });
});

describe('guards of wider patterns', () => {
  it('of no host are for all hosts that nothing else takes, IPv6 literals too', async () => {
    await using scene = await sceneOf({}, route('', '/'), route('', '/admin', guard), route('o.example', '/'));
    for (const host of ['any.example', '[::1]', '[::1]:80', '', '127.0.0.1']) expect(await answer(scene, '//admin', host)).toBe(400);
    expect(await answer(scene, '//admin', 'o.example')).toBe('//admin');
  });

  it('of the default backend are for all hosts', async () => {
    const fallback = ingressOf({ name: 'fallback', annotations: guard, defaultBackend: { service: 'fallback' } });
    await using scene = await sceneOf({}, route('o.example', '/x'), fallback);
    expect(await answer(scene, '/y', 'o.example')).toBe(403);
    for (const host of ['o.example', 'other.example']) expect(await answer(scene, '//x', host)).toBe(400);
  });

  it('are for all hosts that may fall through to them', async () => {
    await using scene = await sceneOf(
      { fallThrough: true },
      route('a.w.example', '/a'),
      route('*.w.example', '/admin', guard),
      route('o.example', '/'),
      route('g.example', '/admin', guard),
    );
    expect(await answer(scene, '/admin', 'a.w.example')).toBe(403);
    for (const host of ['a.w.example', 'b.w.example', 'g.example']) expect(await answer(scene, '//admin', host)).toBe(400);
    expect(await answer(scene, '//admin', 'o.example')).toBe('//admin');
    await scene.serve(route('', '/admin', guard));
    expect(await answer(scene, '//admin', 'o.example')).toBe(400);
  });
});

describe('the path policy', () => {
  it('always refuses on every host, first of all', async () => {
    await using scene = await sceneOf({ pathPolicy: 'always' }, route('o.example', '/'));
    expect(await Promise.all(walkArounds.map((path) => answer(scene, path, 'o.example')))).toEqual(walkArounds.map(() => 400));
    expect(await Promise.all(plain.map((path) => answer(scene, path, 'o.example')))).toEqual(plain);
    expect(await answer(scene, '//', 'other.example')).toBe(400);
  });

  it('never refuses nowhere', async () => {
    await using scene = await sceneOf({ pathPolicy: 'never' }, route('g.example', '/'), route('g.example', '/admin', guard));
    expect(await answer(scene, '//admin', 'g.example')).toBe('//admin');
  });
});
