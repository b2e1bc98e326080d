/** The data of a Secret of type kubernetes.io/tls. */
export type CertificateData = Readonly<Record<'tls.crt' | 'tls.key', string>>;

/** Makes certificates for one name, each issued anew. */
export async function issueCertificates(count: number): Promise<readonly CertificateData[]> {
  // Only now: it is large, and most benches measure memory without it.
  const { generate } = await import('selfsigned');
  const notBeforeDate = new Date(Date.now() - 86_400_000);
  const notAfterDate = new Date(Date.now() + 86_400_000);
  const issue = async (): Promise<CertificateData> => {
    const attributes = [{ name: 'commonName', value: 'shop.example' }];
    const { cert, private: key } = await generate(attributes, { keyType: 'ec', algorithm: 'sha256', notBeforeDate, notAfterDate });
    return { 'tls.crt': base64(cert), 'tls.key': base64(key) };
  };
  return Promise.all(Array.from({ length: count }, issue));
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
