import { X509Certificate } from 'node:crypto';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { keptCertificate } from './default-certificate.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'signalbox-certificate-'));
});
afterEach(async () => rm(folder, { recursive: true, force: true }));

describe('keptCertificate', () => {
  it('makes one for ten years, and gives it again', async () => {
    const made = await keptCertificate(folder);
    expect(made.isNew).toBe(true);
    const certificate = new X509Certificate(made.pem.reveal());
    expect(certificate.subject).toBe('CN=signalbox default certificate');
    expect((certificate.validToDate.getTime() - Date.now()) / 86_400_000 / 365).toBeCloseTo(10, 1);
    const kept = await keptCertificate(folder);
    expect(kept.isNew).toBe(false);
    expect(kept.pem.hash).toBe(made.pem.hash);
    expect(await readdir(folder)).toEqual(['default-certificate.pem']);
  });

  it('gives two that start at the same time the same one', async () => {
    const [a, b] = await Promise.all([keptCertificate(folder), keptCertificate(folder)]);
    expect(a.pem.hash).toBe(b.pem.hash);
  });

  it('does not hand over what HAProxy could not read', async () => {
    await writeFile(join(folder, 'default-certificate.pem'), 'half of it');
    await expect(keptCertificate(folder)).rejects.toThrow(/Remove the file/);
  });
});
