import type { Diagnostic, Resource } from '@signalbox/core';
import {
  certificateFor,
  configMapOf,
  echoServer,
  type EchoServer,
  ingressOf,
  type RealHaproxy,
  secretOf,
  serviceOf,
  sliceOf,
  type TestCertificate,
  tlsSecretOf,
} from '@signalbox/testing';
import { connect } from 'node:tls';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Scene } from '../testing/scene.js';

let authority: TestCertificate;
let right: TestCertificate;
let other: TestCertificate;
let expired: TestCertificate;

beforeAll(async () => {
  const stranger = await certificateFor(['stranger'], { isAuthority: true });
  authority = await certificateFor(['authority'], { isAuthority: true });
  [right, other, expired] = await Promise.all([
    certificateFor(['right'], { signedBy: authority }),
    certificateFor(['other'], { signedBy: stranger }),
    certificateFor(['expired'], { signedBy: authority, notAfter: new Date('2020-01-01T00:00:00Z') }),
  ]);
});

let cleanUp = new AsyncDisposableStack();
afterEach(async () => {
  await cleanUp.disposeAsync();
  cleanUp = new AsyncDisposableStack();
});

interface Served {
  readonly haproxy: RealHaproxy;
  readonly app: EchoServer;
  readonly told: readonly Diagnostic[];
  /** Status of an answer over HTTPS, or `refused` where there is none. */
  readonly secure: (shows?: TestCertificate) => Promise<number | 'refused'>;
}

/** Serves one route, with what the operator's ConfigMap says. */
async function serve(data: Readonly<Record<string, string>>, ...objects: readonly Resource[]): Promise<Served> {
  const scene = cleanUp.use(await Scene.create());
  const app = cleanUp.use(await echoServer({ name: 'app' }));
  scene.add(
    configMapOf({ name: 'haproxy', namespace: 'ops', data }),
    tlsSecretOf({ name: 'authority', namespace: 'ops', ...authority }),
    serviceOf({ name: 'app' }),
    sliceOf({ service: 'app', endpoints: [app.address], ports: app.port }),
    ingressOf({ name: 'app', rules: { 'app.example': [{ service: 'app' }] } }),
    ...objects,
  );
  await scene.serve();
  const { haproxy, told } = scene;
  const secure = async (shows?: TestCertificate): Promise<number | 'refused'> =>
    haproxy.request({ host: 'app.example', tls: shows === undefined ? true : { shows } }).then(
      ({ status }) => status,
      () => 'refused' as const,
    );
  return { haproxy, app, told, secure };
}

describe('client-ca', () => {
  it('lets in who shows a certificate of the authority, and nobody else; plain HTTP is as it was', async () => {
    const { haproxy, app, told, secure } = await serve({ 'client-ca': 'ops/authority' });
    expect([await secure(right), await secure(), await secure(other), await secure(expired)]).toEqual([
      200,
      'refused',
      'refused',
      'refused',
    ]);
    expect(app.requests).toHaveLength(1);
    expect((await haproxy.request({ host: 'app.example' })).status).toBe(200);
    expect(told).toEqual([]);
  });

  it('is enforced with TLS 1.3, where a client without a certificate finds its handshake complete', async () => {
    const { haproxy, app } = await serve({ 'client-ca': 'ops/authority' });
    const heard = await new Promise<string>((resolve) => {
      const events: string[] = [];
      const socket = connect({ port: haproxy.listen.httpsPort, host: '127.0.0.1', rejectUnauthorized: false, minVersion: 'TLSv1.3' });
      socket.once('secureConnect', () => {
        events.push('complete');
        socket.write('GET / HTTP/1.1\r\nHost: app.example\r\n\r\n');
      });
      socket.on('data', () => events.push('answered'));
      socket.on('error', () => events.push('refused'));
      socket.on('close', () => {
        resolve(events.join());
      });
    });
    expect(heard).toBe('complete,refused');
    expect(app.requests).toEqual([]);
  });

  it('may be optional: then who shows none is let in, and who shows a wrong one is not', async () => {
    const { secure } = await serve({ 'client-ca': 'ops/authority', 'client-crt-optional': 'true' });
    expect([await secure(right), await secure(), await secure(other)]).toEqual([200, 200, 'refused']);
  });

  it('is not optional where that is said badly', async () => {
    const { secure, told } = await serve({ 'client-ca': 'ops/authority', 'client-crt-optional': 'perhaps' });
    expect([await secure(right), await secure()]).toEqual([200, 'refused']);
    expect(told).toMatchObject([{ code: 'VALUE_INVALID', field: 'data[client-crt-optional]' }]);
  });

  it.each([
    ['a missing Secret', 'ops/missing', 'REFERENCE_NOT_FOUND'],
    ['an empty Secret', 'ops/empty', 'VALUE_INVALID'],
    ['a Secret without certificates', 'ops/text', 'VALUE_INVALID'],
  ])('with %s refuses everything over TLS, and plain HTTP is as it was', async (_what, secret, code) => {
    const empty = secretOf({ name: 'empty', namespace: 'ops', data: {} });
    const text = secretOf({ name: 'text', namespace: 'ops', data: { 'ca.crt': 'canary' } });
    const { haproxy, app, told, secure } = await serve({ 'client-ca': secret, 'client-crt-optional': 'true' }, empty, text);
    expect([await secure(right), await secure()]).toEqual([503, 503]);
    expect(app.requests).toEqual([]);
    expect((await haproxy.request({ host: 'app.example' })).status).toBe(200);
    expect(told).toMatchObject([{ severity: 'error', code, field: 'data[client-ca]' }]);
    expect(JSON.stringify(told)).not.toContain('canary');
  });
});
