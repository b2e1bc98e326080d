import { certificateFor, ingressOf, tlsSecretOf, secretOf } from '@signalbox/testing';
import { connect } from 'node:http2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Scene } from './scene.js';

const root = (host: string, service = 'web') => ({ rules: { [host]: [{ path: '/', service }] } });

describe('certificates', () => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await Scene.create();
    await scene.backend('web');
    const [own, wild, sans, other] = await Promise.all([
      certificateFor(['own.test']),
      certificateFor(['*.wild.example']),
      certificateFor(['san-1.example', 'san-2.example']),
      certificateFor(['other.test']),
    ]);
    const expired = await certificateFor(['expired.test'], { notAfter: new Date('2020-01-01T00:00:00Z') });
    await scene.serve(
      tlsSecretOf({ name: 'own', ...own }),
      tlsSecretOf({ name: 'wild', ...wild }),
      tlsSecretOf({ name: 'sans', ...sans }),
      tlsSecretOf({ name: 'expired', ...expired }),
      tlsSecretOf({ name: 'stolen', namespace: 'elsewhere', ...other }),
      tlsSecretOf({ name: 'text', certificate: 'no PEM', key: 'at all' }),
      tlsSecretOf({ name: 'mixed', certificate: own.certificate, key: other.key }),
      tlsSecretOf({
        name: 'injected',
        certificate: `${own.certificate}\n-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----\n`,
        key: own.key,
      }),
      secretOf({ name: 'empty', data: {} }),
      ingressOf({
        name: 'own',
        created: '2024-01-01T00:00:00Z',
        ...root('own.example'),
        tls: [{ hosts: ['own.example'], secretName: 'own' }],
      }),
      ingressOf({ name: 'late', ...root('own.example'), tls: [{ hosts: ['own.example'], secretName: 'sans' }] }),
      ingressOf({ name: 'wild', ...root('*.wild.example'), tls: [{ hosts: ['*.wild.example'], secretName: 'wild' }] }),
      ingressOf({
        name: 'hosts',
        rules: { 'rule-1.example': [{ service: 'web' }], 'rule-2.example': [{ service: 'web' }] },
        tls: [{ secretName: 'sans' }],
      }),
      ingressOf({ name: 'any', ...root(''), tls: [{ secretName: 'sans' }] }),
      ingressOf({ name: 'expired', ...root('expired.example'), tls: [{ hosts: ['expired.example'], secretName: 'expired' }] }),
      ...['text', 'mixed', 'empty', 'missing', 'elsewhere/stolen', 'injected'].map((secretName) => {
        const host = `${secretName.replace('/', '-')}.example`;
        return ingressOf({ name: `bad-${host}`, ...root(host), tls: [{ hosts: [host], secretName }] });
      }),
    );
  });
  afterAll(() => scene[Symbol.asyncDispose]());

  it.each([
    ['own.example', 'own.test'],
    ['OWN.example', 'own.test'],
    ['x.wild.example', '*.wild.example'],
    ['x.y.wild.example', 'default.example'],
    ['wild.example', 'default.example'],
    ['rule-1.example', 'san-1.example'],
    ['rule-2.example', 'san-1.example'],
    ['san-2.example', 'san-1.example'],
    ['expired.example', 'expired.test'],
    ['unknown.test', 'default.example'],
    ['', 'default.example'],
    ['text.example', 'default.example'],
    ['mixed.example', 'default.example'],
    ['empty.example', 'default.example'],
    ['missing.example', 'default.example'],
    ['elsewhere-stolen.example', 'default.example'],
    ['injected.example', 'own.test'],
  ])('SNI "%s" is served %s', async (servername, subject) => {
    const { tls, status } = await scene.request({ host: 'own.example', tls: { servername } });
    expect({ subject: tls?.subject, status }).toEqual({ subject, status: 200 });
  });

  it('tells each owner what is wrong, and nobody else', () => {
    const told = scene.diagnostics().map(({ code, object, field }) => [object?.name, code, field]);
    expect(told.sort()).toEqual([
      ['bad-elsewhere-stolen.example', 'TLS_SECRET_INVALID', 'spec.tls[0].secretName'],
      ['bad-empty.example', 'CERTIFICATE_INVALID', 'spec.tls[0].secretName'],
      ['bad-missing.example', 'REFERENCE_NOT_FOUND', 'spec.tls[0].secretName'],
      ['bad-mixed.example', 'CERTIFICATE_INVALID', 'spec.tls[0].secretName'],
      ['bad-text.example', 'CERTIFICATE_INVALID', 'spec.tls[0].secretName'],
      ['expired', 'CERTIFICATE_EXPIRED', 'spec.tls[0].secretName'],
      ['late', 'CLAIM_LOST', 'spec.rules[0].http.paths[0].path'],
      ['late', 'CLAIM_LOST', 'spec.tls[0].secretName'],
    ]);
  });

  it('says in X-Forwarded-Proto how the request came, whatever the client says', async () => {
    const { echo } = await scene.request({ host: 'own.example', tls: true, headers: { 'X-Forwarded-Proto': 'gopher' } });
    expect(echo?.headers['x-forwarded-proto']).toBe('https');
    const plain = await scene.request({ host: 'own.example', headers: { 'X-Forwarded-Proto': 'https' } });
    expect(plain.echo?.headers['x-forwarded-proto']).toBe('http');
  });

  it.each([
    [['h2', 'http/1.1'], 'h2'],
    [['http/1.1'], 'http/1.1'],
    [[], false],
  ])('agrees with a client of %j on %s', async (alpn, agreed) => {
    const asked = scene.request({ host: 'own.example', tls: { alpn } });
    if (agreed !== 'h2') expect((await asked).tls?.alpn).toBe(agreed);
    // Node's HTTP/1 client cannot read what a server of HTTP/2 says.
    else await expect(asked).rejects.toThrow();
  });

  it('routes requests of HTTP/2', async () => {
    const session = connect(`https://127.0.0.1:${scene.haproxy.listen.httpsPort}`, {
      rejectUnauthorized: false,
      servername: 'own.example',
    });
    const stream = session.request({ ':path': '/two', ':authority': 'own.example' });
    let body = '';
    for await (const chunk of stream.setEncoding('utf8') as AsyncIterable<string>) body += chunk;
    await new Promise<void>((resolve) => {
      session.close(resolve);
    });
    expect(JSON.parse(body)).toMatchObject({ name: 'web', path: '/two' });
  });
});

describe('the default certificate', () => {
  it('comes from a Secret of any namespace; a bad one leaves the self-signed one', async () => {
    const chosen = await certificateFor(['chosen.example']);
    const otherwise = await certificateFor(['otherwise.example']);
    await using scene = await Scene.create({ defaultCertificate: { secret: 'ops/default', otherwise: otherwise.pem } });
    await scene.backend('web');
    await scene.serve(ingressOf({ name: 'web', ...root('a.example') }), tlsSecretOf({ name: 'default', namespace: 'ops', ...chosen }));
    const served = async (): Promise<string | undefined> => (await scene.request({ host: 'a.example', tls: true })).tls?.subject;
    expect(await served()).toBe('chosen.example');
    await scene.serve(tlsSecretOf({ name: 'default', namespace: 'ops', certificate: chosen.certificate, key: otherwise.key }));
    expect(await served()).toBe('otherwise.example');
    const object = { group: '', kind: 'Secret', namespace: 'ops', name: 'default' };
    const message =
      'The default certificate cannot be served: its tls.key does not belong to its tls.crt. A self-signed one is served until it is mended.';
    expect(scene.diagnostics()).toMatchObject([{ code: 'CERTIFICATE_INVALID', object, message }]);
  });
});
