import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { generate } from 'selfsigned';

/** The keys and certificates of one cluster, as files. */
export interface ClusterCredentials {
  /** Of the authority that has signed the certificate of the API server; PEM. */
  readonly ca: string;
  readonly caFile: string;
  readonly certificateFile: string;
  readonly keyFile: string;
  /** What tokens of service accounts are signed with. */
  readonly signingKeyFile: string;
  readonly tokensFile: string;
  /** Of a user in `system:masters`. */
  readonly adminToken: string;
}

/** Names and addresses that the API server may be called by: outside, and in the environment of a Pod. */
const names = ['localhost', 'kubernetes', 'kubernetes.default', 'kubernetes.default.svc', 'kubernetes.default.svc.cluster.local'];
const addresses = ['127.0.0.1', '::1', '10.96.0.1'];

/** Makes them all anew, in a folder that is there. */
export async function makeCredentials(folder: string): Promise<ClusterCredentials> {
  const notAfterDate = new Date(Date.now() + 3650 * 86_400_000);
  const common = { keyType: 'ec', algorithm: 'sha256', notBeforeDate: new Date(Date.now() - 86_400_000), notAfterDate } as const;
  const ca = await generate([{ name: 'commonName', value: 'signalbox-test-ca' }], {
    ...common,
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, digitalSignature: true, critical: true },
    ],
  });
  const altNames = [...names.map((value) => ({ type: 2, value }) as const), ...addresses.map((ip) => ({ type: 7, ip }) as const)];
  const server = await generate([{ name: 'commonName', value: 'kube-apiserver' }], {
    ...common,
    extensions: [
      { name: 'subjectAltName', altNames },
      { name: 'extKeyUsage', serverAuth: true },
    ],
    ca: { key: ca.private, cert: ca.cert },
  });
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const adminToken = randomBytes(24).toString('base64url');
  const write = async (name: string, text: string): Promise<string> => {
    const file = join(folder, name);
    await writeFile(file, text, { mode: 0o600 });
    return file;
  };
  return {
    ca: ca.cert,
    caFile: await write('ca.crt', ca.cert),
    certificateFile: await write('apiserver.crt', server.cert),
    keyFile: await write('apiserver.key', server.private),
    signingKeyFile: await write('service-accounts.key', privateKey.export({ type: 'sec1', format: 'pem' }).toString()),
    tokensFile: await write('tokens.csv', `${adminToken},admin,admin,"system:masters"\n`),
    adminToken,
  };
}
