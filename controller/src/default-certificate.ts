import { SecretText } from '@signalbox/core';
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createPrivateKey, randomUUID, X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import { CommandError } from './command-error.js';
import { messageOf } from './logging/printable.js';

const fileName = 'default-certificate.pem';
const lifeYears = 10;

/**
 * The self-signed certificate that is served for names that no other is for: made once and kept in `configDir`, readable by its owner only.
 * Two that start at the same time get the same one.
 * @throws Error if it can be neither read nor written.
 * @public
 */
export async function keptCertificate(configDir: string): Promise<{ readonly pem: SecretText; readonly isNew: boolean }> {
  const path = join(configDir, fileName);
  const kept = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw unreadableError(path, messageOf(error), error);
  });
  if (kept !== undefined) return { pem: usable(path, kept), isNew: false };
  const made = await madeCertificate();
  // In containers all have the same pid.
  const draft = `${path}.${randomUUID()}.new`;
  try {
    await mkdir(configDir, { recursive: true, mode: 0o700 });
    await writeFile(draft, made, { mode: 0o600, flush: true });
    // Fails where somebody else was quicker; theirs is whole then.
    await link(draft, path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
    return { pem: usable(path, await readFile(path, 'utf8')), isNew: true };
  } catch (error) {
    if (error instanceof CommandError) throw error;
    throw new CommandError(
      `The default certificate could not be written to ${path}: ${messageOf(error)}. Choose a folder that may be written with --config-dir.`,
      { cause: error },
    );
  } finally {
    await rm(draft, { force: true });
  }
}

/** HAProxy would refuse the whole configuration for a certificate that it cannot read. */
function usable(path: string, pem: string): SecretText {
  try {
    if (!new X509Certificate(pem).checkPrivateKey(createPrivateKey(pem))) throw new Error('the key is not that of the certificate');
    return new SecretText(pem);
  } catch (error) {
    throw unreadableError(path, messageOf(error), error);
  }
}

function unreadableError(path: string, why: string, cause: unknown): CommandError {
  return new CommandError(`Expected a certificate and its key in ${path}: ${why}. Remove the file, and another is made.`, { cause });
}

/** Certificate and key as PEM. */
export async function madeCertificate(): Promise<string> {
  const { generate } = await import('selfsigned');
  const from = new Date();
  const until = new Date(from);
  until.setFullYear(until.getFullYear() + lifeYears);
  const made = await generate([{ name: 'commonName', value: 'signalbox default certificate' }], {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    notBeforeDate: from,
    notAfterDate: until,
    // No name: it is for no host in particular, and nobody shall take it for one's own.
    extensions: [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
    ],
  });
  return `${made.cert.trim()}\n${made.private.trim()}\n`;
}
