import { createPrivateKey, hash, X509Certificate } from 'node:crypto';
import type { Collection } from '../resource/collection.js';
import { type Diagnostic, quote } from '../resource/diagnostic.js';
import { type Secret, secretKind } from '../resource/kinds.js';
import { refusedFields } from '../resource/refused-fields.js';
import { isLocated, type Located, type Resolver, type Unresolved } from '../resource/reference.js';
import { SecretText } from '../secret-text.js';
import type { DerivedTable, Group, Read, Table, Tables } from '../table/index.js';
import type { CertificateClaim } from './model.js';
import { decideClaims } from './claims.js';
import type { Translation } from './draft.js';

/** A certificate that HAProxy can serve, or why not. */
export type Certificate =
  | { readonly pem: SecretText; readonly names: readonly string[]; readonly notAfter: number }
  /** What is wrong with the Secret; without its content. */
  | { readonly problem: string };

/** What matters of a certificate to those who ask for it: a renewal leaves it as it is. */
type Summary =
  { readonly names: readonly string[]; /** Set from that time on. */ readonly expiredAt?: number } | { readonly problem: string };

/** The certificates that objects ask for. */
export interface CertificateTables {
  /** By namespace/name of the Secret; absent where there is none. */
  readonly certificates: DerivedTable<Certificate>;
  readonly summaries: DerivedTable<Summary>;
}

/** Reads the Secrets that objects name in their certificates: each once, however many name it. */
export function readCertificates(
  tables: Tables,
  collection: Collection,
  translations: Table<Group<Translation>>,
  resolver: Resolver,
): CertificateTables {
  const asked = tables.derive<Group<Translation>, true>(
    'certificates: asked',
    translations,
    (group) =>
      new Map(
        (group.first()?.certificates ?? [])
          .map((draft) => locate(draft, resolver))
          .filter(isLocated)
          .map(({ key }) => [key, true]),
      ),
  );
  const certificates = tables.derive<true, Certificate>('certificates', asked, (_row, read, key) => {
    const secret = read(collection.table(secretKind), key);
    return secret === undefined ? [] : [[key, certificateOf(secret)]];
  });
  const summaries = tables.derive<Certificate, Summary>('certificates: summaries', certificates, (certificate, read, key) => {
    if ('problem' in certificate) return [[key, certificate]];
    const { names, notAfter } = certificate;
    return [[key, read.now(notAfter) >= notAfter ? { names, expiredAt: notAfter } : { names }]];
  });
  return { certificates, summaries };
}

function locate({ secret, origin }: Translation['certificates'][number], resolver: Resolver): Located | Unresolved {
  return resolver.locate(secretKind, secret, { namespace: origin.object.namespace, isOperator: false });
}

/** The certificate in a Secret. */
export function certificateOf(secret: Secret): Certificate {
  const { data = {} } = secret;
  if (refusedFields(secret).length > 0 && secret.data === undefined) return { problem: 'HAProxy refuses it' };
  if (data['tls.crt'] === undefined && data['tls.key'] === undefined) return { problem: 'it has no tls.crt and tls.key' };
  return parseCertificate(decode(data['tls.crt']), decode(data['tls.key']));
}

/** The text of a value of a Secret. */
export function decode(base64 = ''): string {
  return Buffer.from(base64, 'base64').toString('utf8');
}

const parsed = new Map<string, Certificate>();

/** Reads a certificate with its chain and key, and checks that they belong together. Cached: parsing costs more than all the rest. */
function parseCertificate(chain: string, key: string): Certificate {
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
    const weak = certificates.map((each) => weakness(each)).find((each) => each !== undefined);
    if (weak !== undefined) return { problem: ['it holds a certificate that', weak].join(' ') };
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

/**
 * What makes a certificate weaker than HAProxy's TLS library takes at its usual security level (112 bits): it would refuse the whole
 * configuration for it.
 */
export function weakness({ publicKey }: X509Certificate): string | undefined {
  const { modulusLength, namedCurve } = publicKey.asymmetricKeyDetails ?? {};
  if (modulusLength !== undefined && modulusLength < 2048) return `has a key of ${modulusLength} bits; 2048 are the least`;
  const curveBits = Number(/\d{3}/.exec(namedCurve ?? '')?.[0] ?? 256);
  return curveBits < 224 ? `has a key on the curve ${namedCurve ?? ''}; curves of 224 bits are the least` : undefined;
}

/** The DNS names that a certificate is for, in lower case. */
function namesOf(leaf: X509Certificate): string[] {
  const names = [...(leaf.subjectAltName ?? '').matchAll(/DNS:([^,\s"]+)/g)].map(([, name = '']) => name.toLowerCase());
  return [...new Set(names)].filter((name) => /^(\*\.)?[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/.test(name)).sort();
}

/** The certificate for each host name, by name. */
export function chooseCertificates(
  tables: Tables,
  translations: Table<Group<Translation>>,
  { summaries }: CertificateTables,
  resolver: Resolver,
): DerivedTable<CertificateClaim> {
  const claims = tables.derive<Group<Translation>, CertificateClaim>('certificates: claims', translations, (group, read) => {
    const translation = group.first();
    return translation === undefined ? [] : claimsOf(translation, read, summaries, resolver);
  });
  const { winners, standing } = decideClaims(tables, 'certificates: chosen', claims, (claim) => [claim], {
    of: (claim) => claim.name,
    words: (claim) => `The certificate for ${quote(claim.name)}`,
    isSame: (a, b) => a.secret === b.secret,
  });
  tables.derive<CertificateClaim, never>('certificates: not chosen', claims, (claim, read) => {
    standing(read, [claim]);
    return [];
  });
  return winners;
}

/** By age of the owner and name. */
function claimsOf(
  { owner, certificates, routes }: Translation,
  read: Read,
  summaries: Table<Summary>,
  resolver: Resolver,
): Map<string, CertificateClaim> {
  const claims = new Map<string, CertificateClaim>();
  for (const draft of certificates) {
    const { names, origin } = draft;
    const { object, field } = origin;
    const tell = (severity: Diagnostic['severity'], code: string, message: string): void => {
      read.note({ severity, code, object, ...(field !== undefined && { field }), message } satisfies Diagnostic);
    };
    const location = locate(draft, resolver);
    const summary = isLocated(location) ? read(summaries, location.key) : undefined;
    if (!isLocated(location) || summary === undefined) {
      const { code, message } = isLocated(location) ? resolver.missing(secretKind, location) : location;
      tell('error', code, `${message} Until then the default certificate is served.`);
      continue;
    }
    const secret = location.key;
    if ('problem' in summary) {
      tell(
        'error',
        'CERTIFICATE_INVALID',
        `Secret ${quote(secret)} cannot be served: ${summary.problem}. Until it is mended it counts for no name.`,
      );
      continue;
    }
    if (summary.expiredAt !== undefined) {
      tell(
        'warning',
        'CERTIFICATE_EXPIRED',
        `The certificate in Secret ${quote(secret)} expired on ${new Date(summary.expiredAt).toISOString()}; it is served all the same. Renew it.`,
      );
    }
    for (const name of withHostsBelow(names.length > 0 ? names : summary.names, routes)) {
      // A name for which the owner has a route comes before one for which it has none, whatever their age.
      const key = [...(routes.some((route) => isFor(name, route.host)) ? [] : ['~~']), owner.age, name].join(' ');
      if (!claims.has(key)) claims.set(key, { name, secret, owner, origin });
    }
  }
  return claims;
}

/** A wildcard is asked for by the name of each host below it that the owner serves too, so that no newer certificate for that name goes first. */
function withHostsBelow(names: readonly string[], routes: Translation['routes']): Iterable<string> {
  const wildcards = new Set(names.filter((name) => name.startsWith('*.')));
  if (wildcards.size === 0) return names;
  return new Set([...names, ...routes.map(({ host }) => host).filter((host) => wildcards.has(host.replace(/^[^.]+/, '*')))]);
}

/** Whether a certificate for a name is of use for a host of routes. */
function isFor(name: string, host: string): boolean {
  const parent = (of: string): string => of.slice(of.indexOf('.') + 1);
  return (
    name === host || (name.startsWith('*.') && parent(name) === parent(host)) || (host.startsWith('*.') && parent(host) === parent(name))
  );
}
