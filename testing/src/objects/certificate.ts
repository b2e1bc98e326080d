import { SecretText } from '@signalbox/core';
import { generate } from 'selfsigned';

/** A certificate and its key, both PEM. @public */
export interface TestCertificate {
  readonly certificate: string;
  readonly key: string;
  /** Both in one, as a default certificate. */
  readonly pem: SecretText;
}

/** Makes a certificate for DNS names; the first is its common name too. @public */
export async function certificateFor(
  names: readonly string[],
  options: {
    /** Default: ten years from now. */
    readonly notAfter?: Date;
    /** An authority; without one the certificate signs itself. */
    readonly signedBy?: TestCertificate;
    /** It may sign others. */
    readonly isAuthority?: boolean;
  } = {},
): Promise<TestCertificate> {
  const { notAfter = new Date(Date.now() + 3650 * 86_400_000), signedBy, isAuthority = false } = options;
  const { cert, private: key } = await generate([{ name: 'commonName', value: names[0] ?? 'test' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    notBeforeDate: new Date(Math.min(Date.now(), notAfter.getTime()) - 86_400_000),
    notAfterDate: notAfter,
    extensions: [
      { name: 'subjectAltName', altNames: names.map((value) => ({ type: 2, value })) },
      ...(isAuthority ? [{ name: 'basicConstraints' as const, cA: true }] : []),
    ],
    ...(signedBy && { ca: { cert: signedBy.certificate, key: signedBy.key } }),
  });
  return { certificate: cert, key, pem: new SecretText(`${cert.trim()}\n${key.trim()}\n`) };
}
