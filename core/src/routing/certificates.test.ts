import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { compose, service, site } from '../fixtures/composition.js';
import type { Resource } from '../resource/resource.js';

/** A self-signed certificate by OpenSSL. */
function issue(name: string, ...key: readonly string[]): { readonly crt: string; readonly key: string } {
  const folder = mkdtempSync(join(tmpdir(), 'signalbox-certificate-'));
  try {
    const [keyFile, crtFile] = [join(folder, 'key'), join(folder, 'crt')];
    const names = ['-subj', `/CN=${name}`, '-addext', `subjectAltName=DNS:${name}`];
    execFileSync('openssl', ['req', '-x509', '-nodes', '-days', '30', '-newkey', ...key, '-keyout', keyFile, '-out', crtFile, ...names], {
      stdio: 'ignore',
    });
    return { crt: readFileSync(crtFile, 'utf8'), key: readFileSync(keyFile, 'utf8') };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function tlsSecret(name: string, { crt, key }: { readonly crt: string; readonly key: string }): Resource {
  const base64 = (text: string): string => Buffer.from(text).toString('base64');
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace: 'a' },
    data: { 'tls.crt': base64(crt), 'tls.key': base64(key) },
  } as Resource;
}

const good = issue('a.example', 'rsa:2048');

describe('a certificate', () => {
  it('is served for its names', () => {
    const { writer, commit, rows, told } = compose();
    writer.set(service('web'));
    writer.set(site('one', { tls: 'pair' }));
    writer.set(tlsSecret('pair', good));
    commit();
    expect([...rows('crt').keys()].sort()).toEqual(['crt ', 'crt a.example']);
    expect(told()).toEqual([]);
  });

  it.each([
    ['an RSA key of 1024 bits', issue('a.example', 'rsa:1024')],
    ['a small curve', issue('a.example', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime192v1')],
    ['a weak certificate in its chain', { ...good, crt: good.crt + issue('ca.example', 'rsa:1024').crt }],
    ['a key of another certificate', { ...good, key: issue('a.example', 'rsa:2048').key }],
    ['no certificate', { ...good, crt: 'nothing' }],
  ])('with %s is refused before HAProxy sees it, and leaves the name to others', (_what, bad) => {
    const { writer, commit, rows, told } = compose();
    writer.set(service('web'));
    writer.set(site('bad', { tls: 'bad' }, {}, '01-01'));
    writer.set(site('other', { path: { type: 'prefix', value: '/x' }, tls: 'pair' }, {}, '01-02'));
    writer.set(tlsSecret('bad', bad));
    writer.set(tlsSecret('pair', good));
    commit();
    expect(told()).toEqual(['CERTIFICATE_INVALID Site a/bad tls']);
    expect(rows('crt').get('crt a.example')?.certificate).toMatch(/pair/);
  });

  it('for a name of which its owner has a route comes before an older one without', () => {
    const { writer, commit, rows, told } = compose();
    writer.set(service('web'));
    writer.set(site('old', { host: 'e.example', tls: 'other', names: ['a.example'] }, {}, '01-01'));
    writer.set(site('new', { tls: 'pair' }, {}, '01-02'));
    writer.set(tlsSecret('pair', good));
    writer.set(tlsSecret('other', good));
    commit();
    expect(rows('crt').get('crt a.example')?.certificate).toMatch(/pair/);
    expect(told()).toEqual(['CLAIM_LOST Site a/old tls']);
  });

  it('for a wildcard holds the names of its owner’s hosts too, so that a newer certificate for one of them does not go first', () => {
    const { writer, commit, rows, told } = compose();
    writer.set(service('web'));
    writer.set(site('old', { tls: 'other', names: ['*.example'] }, {}, '01-01'));
    writer.set(site('new', { path: { type: 'prefix', value: '/x' }, tls: 'pair' }, {}, '01-02'));
    writer.set(tlsSecret('pair', good));
    writer.set(tlsSecret('other', good));
    commit();
    expect([...rows('crt').keys()].sort()).toEqual(['crt ', 'crt *.example', 'crt a.example']);
    expect(rows('crt').get('crt a.example')?.certificate).toMatch(/other/);
    expect(told()).toEqual(['CLAIM_LOST Site a/new tls']);
  });
});
