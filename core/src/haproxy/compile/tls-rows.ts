import type { CertificateClaim } from '../../routing/model.js';
import { certificateOf, type CertificateTables } from '../../routing/certificates.js';
import type { SecretText } from '../../secret-text.js';
import type { DerivedTable, InputTable, Table, Tables } from '../../table/index.js';
import { fileName } from '../emitter/index.js';
import { type CertificateRow, type CrtListRow, keyed } from '../rows.js';
import type { Resolver } from '../../resource/reference.js';
import { isResolved } from '../../resource/reference.js';
import { secretKind } from '../../resource/kinds.js';
import type { Diagnostic } from '../../resource/diagnostic.js';
import type { ObjectRef } from '../../resource/resource.js';

/** The certificate for names that no other is for. */
export interface DefaultCertificate {
  /** `NAMESPACE/NAME` of a Secret. */
  readonly secret?: string;
  /** Served where there is no Secret, or it cannot be used. */
  readonly otherwise: SecretText;
}

/** File name of the certificate of a Secret, by its namespace/name. */
function certificateFile(secret: string): string {
  return `certs/${fileName(secret.split('/'), 'pem')}`;
}

/** The crt-list and the certificates in it. */
export function tlsRows(
  tables: Tables,
  once: InputTable<DefaultCertificate>,
  chosen: Table<CertificateClaim>,
  { certificates, summaries }: CertificateTables,
  resolver: Resolver,
): { readonly crtList: DerivedTable<CrtListRow>[]; readonly certificates: DerivedTable<CertificateRow>[] } {
  const crtList = tables.derive<CertificateClaim, CrtListRow>('haproxy: crt-list', chosen, ({ name, secret, origin }, read) => {
    const summary = read(summaries, secret);
    if (summary === undefined || 'problem' in summary) return [];
    return keyed({ type: 'crt', certificate: certificateFile(secret), name, origin });
  });
  const inUse = tables.derive<CertificateClaim, true>('certificates: in use', chosen, ({ secret }) => [[secret, true]]);
  const files = tables.derive<true, CertificateRow>('haproxy: certificates', inUse, (_row, read, secret) => {
    const certificate = read(certificates, secret);
    if (certificate === undefined || 'problem' in certificate) return [];
    const origin = { object: secretRef(secret), field: 'data[tls.crt]' };
    return keyed({ type: 'certificate', file: certificateFile(secret), pem: certificate.pem, origin });
  });
  const fallback = tables.derive<DefaultCertificate, CertificateRow>(
    'haproxy: default certificate',
    once,
    ({ secret, otherwise }, read) => {
      let pem = otherwise;
      if (secret !== undefined) {
        const resolution = resolver.resolve(read, secretKind, secret, { namespace: '', isOperator: true });
        const certificate = isResolved(resolution) ? certificateOf(resolution.object) : { problem: resolution.message };
        if ('pem' in certificate) ({ pem } = certificate);
        else {
          const why = certificate.problem.replace(/\.$/, '');
          const message = `The default certificate cannot be served: ${why}. A self-signed one is served until it is mended.`;
          read.note({ severity: 'error', code: 'CERTIFICATE_INVALID', object: secretRef(secret), message } satisfies Diagnostic);
        }
      }
      return keyed({ type: 'certificate', file: 'certs/default.pem', pem });
    },
  );
  const first = tables.derive<DefaultCertificate, CrtListRow>('haproxy: default of the crt-list', once, () =>
    keyed({ type: 'crt', certificate: 'certs/default.pem' }),
  );
  return { crtList: [crtList, first], certificates: [files, fallback] };
}

/** @param secret - `NAMESPACE/NAME`. */
function secretRef(secret: string): ObjectRef {
  const [namespace = '', name = ''] = secret.split('/');
  return { group: '', kind: 'Secret', namespace, name };
}
