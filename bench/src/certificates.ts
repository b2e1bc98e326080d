import { generate } from 'selfsigned';

/** The data of a Secret of type kubernetes.io/tls. */
export type CertificateData = Readonly<Record<'tls.crt' | 'tls.key', string>>;

/** Certificates for one name, each issued anew. */
export const issues: readonly CertificateData[] = await Promise.all([issue(), issue(), issue()]);

async function issue(): Promise<CertificateData> {
  const notBeforeDate = new Date(Date.now() - 86_400_000);
  const notAfterDate = new Date(Date.now() + 86_400_000);
  const { cert, private: key } = await generate([{ name: 'commonName', value: 'shop.example' }], { keyType: 'ec', algorithm: 'sha256', notBeforeDate, notAfterDate });
  return { 'tls.crt': base64(cert), 'tls.key': base64(key) };
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
