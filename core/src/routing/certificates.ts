import { createPrivateKey, hash, X509Certificate } from 'node:crypto';
import type { Collection } from '../resource/collection.js';
import { type Diagnostic, quote } from '../resource/diagnostic.js';
import { type Secret, secretKind } from '../resource/kinds.js';
import { isResolved, type Resolver } from '../resource/reference.js';
import { objectKey } from '../resource/resource.js';
import { SecretText } from '../secret-text.js';
import type { DerivedTable, Read, Table, Tables } from '../table/index.js';
import type { CertificateClaim } from './model.js';
import { decideClaims } from './claims.js';
import type { Translation } from './translate.js';

/** A certificate that HAProxy can serve, or why not. */
export type Certificate =
  | { readonly pem: SecretText; readonly names: readonly string[]; readonly notAfter: number }
  /** What is wrong with the Secret; without its content. */
  | { readonly problem: string };

/** The certificates in Secrets, by namespace/name. */
export function readCertificates(tables: Tables, collection: Collection): DerivedTable<Certificate> {
  const material = tables.derive<Secret, { readonly data: Readonly<Record<string, string>> }>('secrets: certificate data', collection.table(secretKind), ({ data = {} }, _read, key) =>
    'tls.crt' in data || 'tls.key' in data ? [[key, { data: { crt: data['tls.crt'] ?? '', key: data['tls.key'] ?? '' } }]] : [],
  );
  return tables.derive('certificates', material, ({ data }, _read, key) => [[key, parseCertificate(decode(data['crt']), decode(data['key']))]]);
}

function decode(base64 = ''): string {
  return Buffer.from(base64, 'base64').toString('utf8');
}

const parsed = new Map<string, Certificate>();

/** Reads a certificate with its chain and key, and checks that they belong together. Cached: parsing costs more than all the rest. */
export function parseCertificate(chain: string, key: string): Certificate {
  const id = hash('sha256', JSON.stringify([chain, key]));
  let certificate = parsed.get(id);
  if (certificate === undefined) {
    if (parsed.size >= 20_000) parsed.clear();
    parsed.set(id, (certificate = parse(chain, key)));
  }
  return certificate;
}

function parse(chain: string, key: string): Certificate {
  const blocks = chain.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  const [leafPem] = blocks;
  if (leafPem === undefined) return { problem: 'its tls.crt holds no PEM certificate' };
  try {
    const certificates = blocks.map((block) => new X509Certificate(block));
    const [leaf] = certificates;
    if (leaf === undefined) return { problem: 'its tls.crt holds no PEM certificate' };
    const privateKey = readKey(key);
    if (typeof privateKey === 'string') return { problem: privateKey };
    if (!leaf.checkPrivateKey(privateKey)) return { problem: 'its tls.key does not belong to its tls.crt' };
    const keyPem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    // Written anew from what was parsed: nothing else that stood in the Secret reaches HAProxy.
    const pem = [...certificates.map((each) => each.toString().trim()), keyPem.trim(), ''].join('\n');
    return { pem: new SecretText(pem), names: namesOf(leaf), notAfter: Date.parse(leaf.validTo) };
  } catch {
    return { problem: 'its tls.crt cannot be read as X.509' };
  }
}

function readKey(pem: string): ReturnType<typeof createPrivateKey> | string {
  if (!pem.includes('PRIVATE KEY-----')) return 'its tls.key holds no PEM private key';
  try {
    return createPrivateKey(pem);
  } catch {
    return 'its tls.key cannot be read; an unencrypted PEM private key is expected';
  }
}

/** The DNS names that a certificate is for, in lower case. */
function namesOf(leaf: X509Certificate): string[] {
  const names = [...(leaf.subjectAltName ?? '').matchAll(/DNS:([^,\s"]+)/g)].map(([, name = '']) => name.toLowerCase());
  return [...new Set(names)].filter((name) => /^(\*\.)?[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/.test(name)).sort();
}

/** The certificate for each host name, by name. */
export function chooseCertificates(
  tables: Tables,
  translations: readonly Table<Translation>[],
  certificates: Table<Certificate>,
  resolver: Resolver,
): DerivedTable<CertificateClaim> {
  const claims = translations.map((table, at) =>
    tables.derive<Translation, CertificateClaim>(`certificates: claims ${at}`, table, (translation, read) => claimsOf(translation, read, certificates, resolver)),
  );
  return decideClaims(tables, 'certificates', claims, {
    of: (claim) => claim.name,
    words: (claim) => `The certificate for ${quote(claim.name)}`,
    isSame: (a, b) => a.secret === b.secret,
  });
}

function claimsOf({ owner, certificates: drafts }: Translation, read: Read, certificates: Table<Certificate>, resolver: Resolver): Iterable<[string, CertificateClaim]> {
  const claims = new Map<string, CertificateClaim>();
  for (const { secret, names, origin } of drafts) {
    const { object, field } = origin;
    const tell = (severity: Diagnostic['severity'], code: string, message: string): void => {
      read.note({ severity, code, object, ...(field !== undefined && { field }), message } satisfies Diagnostic);
    };
    const resolution = resolver.resolve(read, secretKind, secret, { namespace: object.namespace, isOperator: false });
    if (!isResolved(resolution)) {
      tell('error', resolution.code, `${resolution.message} Until then the default certificate is served.`);
      continue;
    }
    const key = objectKey(resolution.ref);
    const certificate = read(certificates, key) ?? { problem: 'it has no tls.crt and tls.key' };
    if ('problem' in certificate) {
      tell('error', 'CERTIFICATE_INVALID', `Secret ${quote(key)} cannot be served: ${certificate.problem}. Until it is mended the default certificate is served.`);
    } else if (read.now(certificate.notAfter) >= certificate.notAfter) {
      tell('warning', 'CERTIFICATE_EXPIRED', `The certificate in Secret ${quote(key)} expired on ${new Date(certificate.notAfter).toISOString()}; it is served all the same. Renew it.`);
    }
    const own = 'problem' in certificate ? [] : certificate.names;
    for (const name of names.length > 0 ? names : own) {
      const claimKey = `${owner.key} ${name}`;
      if (!claims.has(claimKey)) claims.set(claimKey, { name, secret: key, owner, origin });
    }
  }
  return claims;
}
