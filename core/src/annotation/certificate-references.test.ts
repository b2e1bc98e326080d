import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { secretKind } from '../resource/kinds.js';
import type { Resolved } from '../resource/reference.js';
import type { SecretText } from '../secret-text.js';
import { authoritiesRef, certificateRef } from './certificate-references.js';
import type { Key } from './key.js';
import { referredValue } from './referred-value.js';
import type { FamilyEntry } from './vocabulary.js';

/** A self-signed certificate by OpenSSL, and its key. */
function issue(name: string, ...key: readonly string[]): { readonly crt: string; readonly key: string } {
  const folder = mkdtempSync(join(tmpdir(), 'signalbox-authority-'));
  try {
    const [keyFile, crtFile] = [join(folder, 'key'), join(folder, 'crt')];
    const options = ['-nodes', '-days', '30', '-subj', `/CN=${name}`, '-keyout', keyFile, '-out', crtFile];
    execFileSync('openssl', ['req', '-x509', '-newkey', ...key, ...options], { stdio: 'ignore' });
    return { crt: readFileSync(crtFile, 'utf8'), key: readFileSync(keyFile, 'utf8') };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What `apply` would receive, or what the owner is told. */
function given(key: Key<SecretText | undefined>, data: Readonly<Record<string, string>>): string {
  const encoded = Object.entries(data).map(([name, text]) => [name, Buffer.from(text).toString('base64')]);
  const object = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'pki', namespace: 'a' },
    data: Object.fromEntries(encoded) as object,
  };
  const ref = { group: '', kind: 'Secret', namespace: 'a', name: 'pki' };
  if (key.refersTo === undefined) throw new TypeError('It refers to nothing.');
  const referred = referredValue(
    key.refersTo,
    { object, ref } as unknown as Resolved,
    { plugin: 'test', family: { name: 'test' } } as unknown as FamilyEntry,
  );
  return 'value' in referred ? (referred.value as SecretText).reveal() : referred.message;
}

const one = issue('one', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1');
const two = issue('two', 'rsa:2048');
const weak = issue('weak', 'rsa:1024');
const doc = 'A Secret.';
const expected = { authorities: 'expected PEM certificates of authorities in tls.crt or ca.crt.' };

describe('authorities', () => {
  const authorities = authoritiesRef({ doc });

  it('are written anew, all of them, and nothing else that stands beside', () => {
    const text = `canary\n${one.crt}\n${one.key}\n# canary\n${two.crt.replaceAll('\n', '\r\n')}`;
    expect(given(authorities, { 'tls.crt': text })).toBe(`${one.crt.trim()}\n${two.crt.trim()}\n`);
  });

  it('stand in ca.crt where there is no tls.crt', () => {
    expect(given(authorities, { 'ca.crt': one.crt })).toBe(one.crt);
    expect(given(authorities, { 'ca.crt': one.crt, 'tls.crt': two.crt })).toBe(two.crt);
    expect(given(authorities, { 'ca.crt': one.crt, 'tls.crt': '' })).toContain('its tls.crt holds no PEM certificate');
  });

  it.each([
    ['nothing', {}, 'it has no tls.crt and no ca.crt'],
    ['no certificate', { 'ca.crt': 'canary' }, 'its ca.crt holds no PEM certificate'],
    ['a key alone', { 'tls.crt': one.key }, 'its tls.crt holds no PEM certificate'],
    [
      'what cannot be read',
      { 'tls.crt': `${one.crt}-----BEGIN CERTIFICATE-----\ncanary\n-----END CERTIFICATE-----` },
      'certificate 2 of its tls.crt cannot be read as X.509',
    ],
    ['half a certificate', { 'tls.crt': `${one.crt}${two.crt.slice(0, 300)}` }, 'certificate 2 of its tls.crt cannot be read as X.509'],
    ['a weak one', { 'ca.crt': `${one.crt}${weak.crt}` }, 'certificate 2 of its ca.crt has a key of 1024 bits; 2048 are the least'],
  ])('with %s are refused, without a word of the content', (_what, data, why) => {
    expect(given(authorities, data as Readonly<Record<string, string>>)).toBe(
      `Secret "a/pki" cannot be used: found that ${why}; ${expected.authorities}`,
    );
  });
});

describe('a certificate', () => {
  const certificate = certificateRef({ doc });

  it('comes with its key, both written anew', () => {
    const pem = given(certificate, { 'tls.crt': `canary ${two.crt}`, 'tls.key': two.key });
    expect(pem).toBe(`${two.crt.trim()}\n${two.key.trim()}\n`);
  });

  it.each([
    ['nothing', {}, 'it has no tls.crt and tls.key'],
    ['the key of another', { 'tls.crt': one.crt, 'tls.key': two.key }, 'its tls.key does not belong to its tls.crt'],
    ['a weak key', { 'tls.crt': weak.crt, 'tls.key': weak.key }, 'it holds a certificate that has a key of 1024 bits; 2048 are the least'],
  ])('with %s is refused', (_what, data, why) => {
    expect(given(certificate, data as Readonly<Record<string, string>>)).toBe(
      `Secret "a/pki" cannot be used: found that ${why}; expected a PEM certificate in tls.crt and its unencrypted private key in tls.key.`,
    );
  });

  it('refers to a Secret', () => {
    expect(certificate.refersTo?.kind).toBe(secretKind);
  });
});
