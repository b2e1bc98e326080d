import { haproxyOrg } from '@signalbox/haproxy-org';
import { ingress } from '@signalbox/ingress';
import { configMapOf, freePorts, ingressOf } from '@signalbox/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rawRequest, type RawTarget } from './raw-request.js';
import { Scene } from './scene.js';

const proxy = '127.0.0.2';
const spoofed = [
  'X-Forwarded-For: 198.51.100.7',
  'x-forwarded-for: 198.51.100.8',
  'X-FORWARDED-PROTO: gopher',
  'X-Forwarded-Host: evil.example',
  'X-Forwarded-Host: worse.example',
  'X-forwarded-Port: 1',
];
const variants = ['for', 'host', 'port', 'proto'].flatMap((name) => [
  `X_Forwarded_${name}: 1`,
  `x-forwarded_${name}: 1`,
  `X_FORWARDED-${name.toUpperCase()}: 1`,
]);
const near = ['X-Forwarded-Hosts: 1', 'X_Forwarded: 1', 'XX_Forwarded_For: 1', 'XxForwardedxFor: 1', 'X_Real_IP: 1'];

async function sceneWith(trustedSources: readonly string[], data: Record<string, string> = {}): Promise<Scene> {
  const [httpPort = 0, httpsPort = 0] = await freePorts(2);
  const scene = await Scene.create({
    plugins: [ingress(), haproxyOrg({ configMap: 'ops/settings' })],
    listen: { trustedSources, addresses: ['127.0.0.1', '::1'], httpPort, httpsPort },
  });
  await scene.backend('web');
  await scene.serve(
    configMapOf({ name: 'settings', namespace: 'ops', data: { 'ssl-redirect': 'false', ...data } }),
    ingressOf({ name: 'web', rules: { 'a.example': [{ service: 'web' }] } }),
  );
  return scene;
}

/** The headers about the way of a request that reach a server. */
async function reached(scene: Scene, target: Partial<RawTarget>, headers: readonly string[]): Promise<Record<string, unknown>> {
  const { echo } = await rawRequest({ port: scene.haproxy.listen.httpPort, ...target }, 'GET / HTTP/1.1', headers);
  const about = Object.entries(echo?.headers ?? {}).filter(([name]) => /^x.?.forwarded|^x.real/.test(name));
  return Object.fromEntries(about);
}

const host = 'Host: A.example:81';

/** What servers are told of a client that nobody believes. */
function truth(scene: Scene, address = '127.0.0.1'): Record<string, string> {
  return {
    'x-forwarded-for': address,
    'x-forwarded-host': 'A.example:81',
    'x-forwarded-port': String(scene.haproxy.listen.httpPort),
    'x-forwarded-proto': 'http',
  };
}

describe('without trusted sources', () => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await sceneWith([]);
  });
  afterAll(() => scene[Symbol.asyncDispose]());

  it('what clients say of the way of a request is replaced, however often and in whatever case', async () => {
    expect(await reached(scene, {}, [host, ...spoofed])).toEqual(truth(scene));
    expect(await reached(scene, {}, [host])).toEqual(truth(scene));
  });

  it('other spellings of those headers go, and other headers stay', async () => {
    expect(await reached(scene, {}, [host, ...variants])).toEqual(truth(scene));
    const kept = Object.fromEntries(near.map((line) => [line.split(':')[0]?.toLowerCase(), '1']));
    expect(await reached(scene, {}, [host, ...near])).toEqual({ ...truth(scene), ...kept });
  });

  it('servers are told of HTTPS and its port over TLS', async () => {
    const headers = { 'X-Forwarded-Proto': 'http', 'X-Forwarded-Port': '80', X_Forwarded_Host: 'evil.example' };
    const { echo } = await scene.request({ host: 'a.example', tls: true, headers });
    expect(echo?.headers).toMatchObject({ 'x-forwarded-proto': 'https', 'x-forwarded-port': String(scene.haproxy.listen.httpsPort) });
    expect(echo?.headers['x-forwarded-host']).toBe('a.example');
    expect(echo?.headers).not.toHaveProperty('x_forwarded_host');
  });

  it('an old client that names no host leaves servers without X-Forwarded-Host', async () => {
    await scene.serve(ingressOf({ name: 'any', rules: { '': [{ service: 'web' }] } }));
    const { echo } = await rawRequest({ port: scene.haproxy.listen.httpPort }, 'GET / HTTP/1.0', ['X-Forwarded-Host: evil.example']);
    expect(echo?.headers['x-forwarded-proto']).toBe('http');
    expect(echo?.headers).not.toHaveProperty('x-forwarded-host');
  });
});

describe('trusted sources', () => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await sceneWith([`${proxy}/32`, '::1/128']);
  });
  afterAll(() => scene[Symbol.asyncDispose]());

  it('are believed, and what they do not say is added', async () => {
    expect(await reached(scene, { from: proxy }, [host, ...spoofed])).toEqual({
      'x-forwarded-for': `198.51.100.7, 198.51.100.8, ${proxy}`,
      'x-forwarded-host': 'evil.example, worse.example',
      'x-forwarded-port': '1',
      'x-forwarded-proto': 'gopher',
    });
    expect(await reached(scene, { from: proxy }, [host])).toEqual(truth(scene, proxy));
    expect(await reached(scene, { from: proxy }, [host, 'X_Forwarded_Port: 1', 'X-Forwarded-Proto: https'])).toEqual({
      ...truth(scene, proxy),
      x_forwarded_port: '1',
      'x-forwarded-proto': 'https',
    });
  });

  it('may be IPv6', async () => {
    expect(await reached(scene, { address: '::1' }, [host, 'X-Forwarded-Proto: https'])).toEqual({
      ...truth(scene, '::1'),
      'x-forwarded-proto': 'https',
    });
  });

  it('are no others', async () => {
    expect(await reached(scene, {}, [host, ...spoofed, ...variants])).toEqual(truth(scene));
  });
});

describe('the key trusted-sources of the ConfigMap', () => {
  const say = ['X-Forwarded-Proto: https'];
  const proto = async (scene: Scene, from: string): Promise<unknown> =>
    (await reached(scene, { from }, [host, ...say]))['x-forwarded-proto'];

  it('counts in place of the flag', async () => {
    await using scene = await sceneWith([proxy], { 'trusted-sources': '127.0.0.3, 2001:db8::/32' });
    expect([await proto(scene, proxy), await proto(scene, '127.0.0.3')]).toEqual(['http', 'https']);
    expect(scene.codes()).toEqual([]);
  });

  it('that cannot be read is told, and the flag counts', async () => {
    await using scene = await sceneWith([proxy], { 'trusted-sources': 'everybody' });
    expect([await proto(scene, proxy), await proto(scene, '127.0.0.3')]).toEqual(['https', 'http']);
    expect(scene.codes()).toEqual(['VALUE_INVALID']);
  });
});
