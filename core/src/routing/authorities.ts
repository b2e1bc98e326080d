import { X509Certificate } from 'node:crypto';
import type { Secret } from '../resource/kinds.js';
import { SecretText } from '../secret-text.js';
import { decode, weakness } from './certificates.js';

/** Certificates of authorities that HAProxy can read, or why not: without anything of what was read. */
export type Authorities = { readonly pem: SecretText } | { readonly problem: string };

/**
 * The authorities in a Secret: the certificates in its `tls.crt`, or in `ca.crt` where it has no `tls.crt`. Written anew from what was
 * parsed: nothing else that stood in the Secret reaches HAProxy.
 */
export function authoritiesOf({ data = {} }: Secret): Authorities {
  const key = ['tls.crt', 'ca.crt'].find((name) => data[name] !== undefined);
  if (key === undefined) return { problem: 'it has no tls.crt and no ca.crt' };
  const certificates: X509Certificate[] = [];
  for (const [index, block] of blocksOf(decode(data[key])).entries()) {
    const certificate = read(block);
    const problem = certificate === undefined ? 'cannot be read as X.509' : weakness(certificate);
    if (certificate === undefined || problem !== undefined) return { problem: `certificate ${index + 1} of its ${key} ${problem ?? ''}` };
    certificates.push(certificate);
  }
  if (certificates.length === 0) return { problem: `its ${key} holds no PEM certificate` };
  return { pem: new SecretText([...certificates.map((each) => each.toString().trim()), ''].join('\n')) };
}

/** From each beginning of a certificate on: one without an end must not be passed over. */
function blocksOf(text: string): readonly string[] {
  const begin = '-----BEGIN CERTIFICATE-----';
  return text
    .split(begin)
    .slice(1)
    .map((rest) => [begin, rest].join(''));
}

function read(block: string): X509Certificate | undefined {
  try {
    return new X509Certificate(block);
  } catch {
    return undefined;
  }
}
