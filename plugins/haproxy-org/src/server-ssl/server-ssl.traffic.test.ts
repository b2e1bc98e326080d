import {
  certificateFor,
  configMapOf,
  ingressOf,
  secretOf,
  serviceOf,
  sliceOf,
  type TestCertificate,
  tlsSecretOf,
} from '@signalbox/testing';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { annotated, Scene } from '../testing/scene.js';
import { type Seen, type TlsServer, tlsServer } from '../testing/tls-server.js';

let authority: TestCertificate;
let stranger: TestCertificate;
let ofServer: TestCertificate;
let ofStranger: TestCertificate;
let ofClient: TestCertificate;

beforeAll(async () => {
  [authority, stranger] = await Promise.all([
    certificateFor(['authority'], { isAuthority: true }),
    certificateFor(['stranger'], { isAuthority: true }),
  ]);
  [ofServer, ofStranger, ofClient] = await Promise.all([
    certificateFor(['any.name'], { signedBy: authority }),
    certificateFor(['any.name'], { signedBy: stranger }),
    certificateFor(['haproxy'], { signedBy: authority }),
  ]);
});

let cleanUp = new AsyncDisposableStack();
afterEach(async () => {
  await cleanUp.disposeAsync();
  cleanUp = new AsyncDisposableStack();
});

/** What routes to TLS servers rely on. */
async function sceneOf(): Promise<Scene> {
  const scene = cleanUp.use(await Scene.create());
  scene.add(
    tlsSecretOf({ name: 'ca', namespace: 'ops', ...authority }),
    secretOf({ name: 'ca', data: { 'ca.crt': authority.certificate } }),
    tlsSecretOf({ name: 'client', ...ofClient }),
  );
  return scene;
}

/** A Service of one server, and an Ingress that leads to it, at `NAME.example`. */
function route(scene: Scene, name: string, server: TlsServer, keys: Readonly<Record<string, string>> = {}, onService = false): void {
  const annotations = annotated(keys);
  scene.add(
    serviceOf({ name, ...(onService && { annotations }) }),
    sliceOf({ service: name, endpoints: [server.address], ports: server.port }),
    ingressOf({ name, ...(!onService && { annotations }), rules: { [`${name}.example`]: [{ service: name }] } }),
  );
}

async function get({ haproxy }: Scene, name: string): Promise<number | Partial<Seen>> {
  const { status, body } = await haproxy.request({ host: `${name}.example`, path: `/${name}` });
  return status === 200 ? (JSON.parse(body) as Seen) : status;
}

async function serverOf(...options: Parameters<typeof tlsServer>): Promise<TlsServer> {
  return cleanUp.use(await tlsServer(...options));
}

describe('TLS to servers', () => {
  it('is spoken with any certificate unless an authority is asked for, in the version of HTTP that the server chooses', async () => {
    const scene = await sceneOf();
    const [unknown, old] = await Promise.all([serverOf(ofStranger), serverOf(ofStranger, { http2: false })]);
    route(scene, 'tls', unknown, { 'server-ssl': 'true' });
    route(scene, 'old', old, { 'server-ssl': 'true' });
    await scene.serve();
    expect(await get(scene, 'tls')).toEqual({ path: '/tls', version: '2.0', sni: false });
    expect(await get(scene, 'old')).toMatchObject({ version: '1.1' });
    expect(scene.told).toEqual([]);
  });

  it('goes to servers whose certificate the authority signed, and to no others', async () => {
    const scene = await sceneOf();
    const [good, bad] = await Promise.all([serverOf(ofServer), serverOf(ofStranger)]);
    route(scene, 'good', good, { 'server-ca': 'ca' });
    route(scene, 'bad', bad, { 'server-ca': 'ca' });
    route(scene, 'unchecked', bad, { 'server-ca': 'ca', check: 'off' });
    await scene.serve();
    expect(await get(scene, 'good')).toMatchObject({ path: '/good' });
    expect([await get(scene, 'bad'), await get(scene, 'unchecked')]).toEqual([503, 503]);
    expect(bad.requests).toEqual([]);
  });

  it('shows a certificate of its own, in health checks too', async () => {
    const scene = await sceneOf();
    const strict = await serverOf(ofServer, { authorities: authority });
    const asked = { 'check-http': '/ready', 'check-interval': '50ms' };
    route(scene, 'shown', strict, { ...asked, 'server-crt': 'client' });
    route(scene, 'both', strict, { ...asked, 'server-crt': 'client', 'server-ca': 'ca' }, true);
    route(scene, 'none', strict, { 'server-ca': 'ca', 'check-interval': '50ms', 'check-http': '/never' });
    await scene.serve();
    expect(await get(scene, 'shown')).toMatchObject({ client: 'haproxy' });
    expect(await get(scene, 'both')).toMatchObject({ client: 'haproxy' });
    await expect.poll(() => strict.requests.filter(({ path }) => path === '/ready').length).toBeGreaterThan(2);
    await expect.poll(() => get(scene, 'none')).toBe(503);
    expect(strict.requests.find(({ path }) => path === '/never')).toBeUndefined();
  });

  it.each([true, false])('is checked over TLS, whether the server takes HTTP/2 (%s) or not', async (http2) => {
    const scene = await sceneOf();
    const server = await serverOf(ofServer, { http2 });
    route(scene, 'app', server, { 'server-ca': 'ca', 'check-http': 'GET /ready', 'check-interval': '50ms' });
    await scene.serve();
    await expect.poll(() => server.requests.filter(({ path }) => path === '/ready').length).toBeGreaterThan(5);
    expect(await get(scene, 'app')).toMatchObject({ path: '/app' });
  });

  it('that the operator asks for holds for all, but for a Service that says otherwise', async () => {
    const scene = await sceneOf();
    const [good, bad] = await Promise.all([serverOf(ofServer), serverOf(ofStranger)]);
    scene.add(configMapOf({ name: 'haproxy', namespace: 'ops', data: { 'server-ca': 'ops/ca', 'server-crt': 'default/client' } }));
    route(scene, 'good', good);
    route(scene, 'bad', bad);
    scene.add(tlsSecretOf({ name: 'own', ...stranger }));
    route(scene, 'own', bad, { 'server-ca': 'own' }, true);
    await scene.serve();
    expect(await get(scene, 'good')).toMatchObject({ path: '/good' });
    expect(await get(scene, 'bad')).toBe(503);
    expect(await get(scene, 'own')).toMatchObject({ path: '/own' });
  });

  it('follows the content of a Secret', async () => {
    const scene = await sceneOf();
    const server = await serverOf(ofStranger);
    route(scene, 'app', server, { 'server-ca': 'ca', check: 'off' });
    await scene.serve();
    expect(await get(scene, 'app')).toBe(503);
    scene.add(secretOf({ name: 'ca', data: { 'ca.crt': stranger.certificate } }));
    await scene.serve();
    expect(await get(scene, 'app')).toMatchObject({ path: '/app' });
  });
});

describe('a Secret that cannot be used', () => {
  it.each([
    ['missing', 'server-ca'],
    ['ops/ca', 'server-ca'],
    ['empty', 'server-ca'],
    ['text', 'server-ca'],
    ['missing', 'server-crt'],
    ['ca', 'server-crt'],
    ['text', 'server-crt'],
  ])('%s, in %s, closes what it is for: nothing is sent unverified', async (secret, key) => {
    const scene = await sceneOf();
    const server = await serverOf(ofServer);
    scene.add(secretOf({ name: 'empty', data: {} }), secretOf({ name: 'text', data: { 'tls.crt': 'canary', 'tls.key': 'canary' } }));
    route(scene, 'app', server, { [key]: secret, 'server-ssl': 'true', check: 'off' });
    route(scene, 'service', server, { [key]: secret, 'server-ssl': 'true', check: 'off' }, true);
    route(scene, 'other', server, { 'server-ssl': 'true' });
    await scene.serve();
    expect([await get(scene, 'app'), await get(scene, 'service')]).toEqual([503, 503]);
    expect(await get(scene, 'other')).toMatchObject({ path: '/other' });
    expect(server.requests.map(({ path }) => path)).toEqual(['/other']);
    const told = scene.told;
    expect(told.map(({ severity, field }) => [severity, field])).toEqual(
      Array.from({ length: 2 }, () => ['error', `metadata.annotations[haproxy.org/${key}]`]),
    );
    expect(JSON.stringify(told)).not.toContain('canary');
  });

  it('in the operator’s ConfigMap closes all that have none of their own', async () => {
    const scene = await sceneOf();
    const server = await serverOf(ofServer);
    scene.add(configMapOf({ name: 'haproxy', namespace: 'ops', data: { 'server-ca': 'ops/missing', 'server-ssl': 'true' } }));
    route(scene, 'app', server);
    route(scene, 'own', server, { 'server-ca': 'ca' });
    await scene.serve();
    expect(await get(scene, 'app')).toBe(503);
    expect(await get(scene, 'own')).toMatchObject({ path: '/own' });
  });
});
