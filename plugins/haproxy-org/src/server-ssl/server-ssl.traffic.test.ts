import { createPipeline, type Pipeline, type Resource } from '@signalbox/core';
// eslint-disable-next-line no-restricted-imports -- annotations need routes to act on
import { ingress } from '@signalbox/ingress';
import {
  certificateFor,
  configMapOf,
  ingressOf,
  type MemorySource,
  memorySource,
  RealHaproxy,
  secretOf,
  serviceOf,
  sliceOf,
  type TestCertificate,
  tlsSecretOf,
} from '@signalbox/testing';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { haproxyOrg } from '../haproxy-org.js';
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

/** Routes to TLS servers, one for each host; `NAME.example` leads to the Service NAME. */
class Scene {
  readonly source: MemorySource = memorySource();
  readonly haproxy: RealHaproxy;
  readonly pipeline: Pipeline;

  constructor(haproxy: RealHaproxy, pipeline: Pipeline) {
    this.haproxy = haproxy;
    this.pipeline = pipeline;
    this.source.writeTo(pipeline.collection.writer(this.source.name, true, true));
    this.add(tlsSecretOf({ name: 'ca', namespace: 'ops', ...authority }));
    this.add(secretOf({ name: 'ca', data: { 'ca.crt': authority.certificate } }));
    this.add(tlsSecretOf({ name: 'client', ...ofClient }));
  }

  add(...objects: readonly Resource[]): void {
    for (const object of objects) this.source.set(object);
  }

  /** A Service of one server, and an Ingress that leads to it. */
  route(name: string, server: TlsServer, annotations: Readonly<Record<string, string>> = {}, onService = false): void {
    const prefixed = Object.fromEntries(Object.entries(annotations).map(([key, value]) => [`haproxy.org/${key}`, value]));
    this.add(
      serviceOf({ name, ...(onService && { annotations: prefixed }) }),
      sliceOf({ service: name, endpoints: [server.address], ports: server.port }),
      ingressOf({ name, ...(!onService && { annotations: prefixed }), rules: { [`${name}.example`]: [{ service: name }] } }),
    );
  }

  async serve(): Promise<void> {
    await this.haproxy.serve(this.pipeline);
  }

  async get(name: string): Promise<number | Partial<Seen>> {
    const { status, body } = await this.haproxy.request({ host: `${name}.example`, path: `/${name}` });
    return status === 200 ? (JSON.parse(body) as Seen) : status;
  }
}

async function sceneOf(): Promise<Scene> {
  const haproxy = cleanUp.use(await RealHaproxy.create());
  const { pem } = await certificateFor(['default.example']);
  const plugins = [ingress(), haproxyOrg({ configMap: 'ops/haproxy' })];
  return new Scene(haproxy, createPipeline({ plugins, listen: haproxy.listen, defaultCertificate: { otherwise: pem } }));
}

async function serverOf(...options: Parameters<typeof tlsServer>): Promise<TlsServer> {
  return cleanUp.use(await tlsServer(...options));
}

describe('TLS to servers', () => {
  it('is spoken with any certificate unless an authority is asked for, in the version of HTTP that the server chooses', async () => {
    const scene = await sceneOf();
    const [unknown, old] = await Promise.all([serverOf(ofStranger), serverOf(ofStranger, { http2: false })]);
    scene.route('tls', unknown, { 'server-ssl': 'true' });
    scene.route('old', old, { 'server-ssl': 'true' });
    await scene.serve();
    expect(await scene.get('tls')).toEqual({ path: '/tls', version: '2.0', sni: false });
    expect(await scene.get('old')).toMatchObject({ version: '1.1' });
    expect(scene.pipeline.diagnostics()).toEqual([]);
  });

  it('goes to servers whose certificate the authority signed, and to no others', async () => {
    const scene = await sceneOf();
    const [good, bad] = await Promise.all([serverOf(ofServer), serverOf(ofStranger)]);
    scene.route('good', good, { 'server-ca': 'ca' });
    scene.route('bad', bad, { 'server-ca': 'ca' });
    scene.route('unchecked', bad, { 'server-ca': 'ca', check: 'off' });
    await scene.serve();
    expect(await scene.get('good')).toMatchObject({ path: '/good' });
    expect([await scene.get('bad'), await scene.get('unchecked')]).toEqual([503, 503]);
    expect(bad.requests).toEqual([]);
  });

  it('shows a certificate of its own, in health checks too', async () => {
    const scene = await sceneOf();
    const strict = await serverOf(ofServer, { authorities: authority });
    const asked = { 'check-http': '/ready', 'check-interval': '50ms' };
    scene.route('shown', strict, { ...asked, 'server-crt': 'client' });
    scene.route('both', strict, { ...asked, 'server-crt': 'client', 'server-ca': 'ca' }, true);
    scene.route('none', strict, { 'server-ca': 'ca', 'check-interval': '50ms', 'check-http': '/never' });
    await scene.serve();
    expect(await scene.get('shown')).toMatchObject({ client: 'haproxy' });
    expect(await scene.get('both')).toMatchObject({ client: 'haproxy' });
    await expect.poll(() => strict.requests.filter(({ path }) => path === '/ready').length).toBeGreaterThan(2);
    await expect.poll(() => scene.get('none')).toBe(503);
    expect(strict.requests.find(({ path }) => path === '/never')).toBeUndefined();
  });

  it.each([true, false])('is checked over TLS, whether the server takes HTTP/2 (%s) or not', async (http2) => {
    const scene = await sceneOf();
    const server = await serverOf(ofServer, { http2 });
    scene.route('app', server, { 'server-ca': 'ca', 'check-http': 'GET /ready', 'check-interval': '50ms' });
    await scene.serve();
    await expect.poll(() => server.requests.filter(({ path }) => path === '/ready').length).toBeGreaterThan(5);
    expect(await scene.get('app')).toMatchObject({ path: '/app' });
  });

  it('that the operator asks for holds for all, but for a Service that says otherwise', async () => {
    const scene = await sceneOf();
    const [good, bad] = await Promise.all([serverOf(ofServer), serverOf(ofStranger)]);
    scene.add(configMapOf({ name: 'haproxy', namespace: 'ops', data: { 'server-ca': 'ops/ca', 'server-crt': 'default/client' } }));
    scene.route('good', good);
    scene.route('bad', bad);
    scene.add(tlsSecretOf({ name: 'own', ...stranger }));
    scene.route('own', bad, { 'server-ca': 'own' }, true);
    await scene.serve();
    expect(await scene.get('good')).toMatchObject({ path: '/good' });
    expect(await scene.get('bad')).toBe(503);
    expect(await scene.get('own')).toMatchObject({ path: '/own' });
  });

  it('follows the content of a Secret', async () => {
    const scene = await sceneOf();
    const server = await serverOf(ofStranger);
    scene.route('app', server, { 'server-ca': 'ca', check: 'off' });
    await scene.serve();
    expect(await scene.get('app')).toBe(503);
    scene.add(secretOf({ name: 'ca', data: { 'ca.crt': stranger.certificate } }));
    await scene.serve();
    expect(await scene.get('app')).toMatchObject({ path: '/app' });
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
    scene.route('app', server, { [key]: secret, 'server-ssl': 'true', check: 'off' });
    scene.route('service', server, { [key]: secret, 'server-ssl': 'true', check: 'off' }, true);
    scene.route('other', server, { 'server-ssl': 'true' });
    await scene.serve();
    expect([await scene.get('app'), await scene.get('service')]).toEqual([503, 503]);
    expect(await scene.get('other')).toMatchObject({ path: '/other' });
    expect(server.requests.map(({ path }) => path)).toEqual(['/other']);
    const told = scene.pipeline.diagnostics();
    expect(told.map(({ severity, field }) => [severity, field])).toEqual(
      Array.from({ length: 2 }, () => ['error', `metadata.annotations[haproxy.org/${key}]`]),
    );
    expect(JSON.stringify(told)).not.toContain('canary');
  });

  it('in the operator’s ConfigMap closes all that have none of their own', async () => {
    const scene = await sceneOf();
    const server = await serverOf(ofServer);
    scene.add(configMapOf({ name: 'haproxy', namespace: 'ops', data: { 'server-ca': 'ops/missing', 'server-ssl': 'true' } }));
    scene.route('app', server);
    scene.route('own', server, { 'server-ca': 'ca' });
    await scene.serve();
    expect(await scene.get('app')).toBe(503);
    expect(await scene.get('own')).toMatchObject({ path: '/own' });
  });
});
