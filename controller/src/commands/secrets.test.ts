import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { certificateFor } from '@signalbox/testing';
import { describe, expect, it } from 'vitest';
import { runProgram, until } from '../fixtures/program.js';
import { Running } from '../fixtures/running.js';

const secret = `Canary${randomBytes(15).toString('hex')}`;
const base64 = (text: string): string => Buffer.from(text).toString('base64');
const forms = [secret, secret.slice(0, 18), base64(secret).slice(0, 36), Buffer.from(secret).toString('hex')];

const expectSilence = (text: string): void => {
  for (const form of forms) expect(text).not.toContain(form);
};

const ingress = (name: string, secretName: string): string => `apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { name: ${name} }
spec:
  tls: [{ hosts: [${name}.example], secretName: ${secretName} }]
  rules: [{ host: ${name}.example, http: { paths: [{ path: /, pathType: Prefix, backend: { service: { name: web, port: { number: 80 } } } }] } }]
`;

/** Secrets that are good, and wrong in every way that is told of. */
async function manifests(): Promise<Record<string, string>> {
  const { certificate } = await certificateFor(['a.example']);
  const pem = `-----BEGIN PRIVATE KEY-----\n${secret}\n-----END PRIVATE KEY-----`;
  const head = (name: string, type = 'Opaque'): string => `apiVersion: v1\nkind: Secret\nmetadata: { name: ${name} }\ntype: ${type}\n`;
  const pair = (key: string): string => `data: { tls.crt: ${base64(certificate)}, tls.key: ${base64(key)} }\n`;
  return {
    'broken-pem.yaml': head('broken-pem', 'kubernetes.io/tls') + pair(pem),
    'no-pem.yaml': head('no-pem', 'kubernetes.io/tls') + pair(secret),
    'no-base64.yaml': `${head('no-base64')}data: { token: "${secret}!" }\n`,
    'text-for-data.yaml': `${head('text-for-data')}data: ${secret}\n`,
    'list-for-text.yaml': `${head('list-for-text')}stringData: { token: [${secret}] }\n`,
    'no-yaml.yaml': `${head('no-yaml')}stringData: { token: "${secret}\n`,
    'tabs.yaml': `${head('tabs')}stringData:\n\ttoken: ${secret}\n`,
    'alias.yaml': `${head('alias')}stringData: { token: *${secret} }\n`,
    'twice.yaml': `${head('twice')}stringData: { token: ${secret}, token: ${secret} }\n`,
    'two.yaml': `${head('same')}stringData: { token: ${secret} }\n---\n${head('same')}stringData: { token: x${secret} }\n`,
    'no-json.json': `{"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "no-json"}, "stringData": {"token": "${secret}" "x"}}`,
    'odd-type.yaml': `${head('odd-type', '7')}stringData: { token: ${secret} }\n`,
    'applied.yaml': `apiVersion: v1\nkind: Secret\nmetadata: { name: applied, annotations: { "bad key!": "${secret}" } }\nstringData: { token: ${secret} }\n`,
    'ingresses.yaml': ['broken-pem', 'no-pem', 'no-base64', 'text-for-data', 'no-yaml']
      .map((name) => ingress(`of-${name}`, name))
      .join('---\n'),
  };
}

describe('Secrets in files', { timeout: 90_000 }, () => {
  it('are never said: not by check, not by render, not by run, whatever is wrong with them', async () => {
    await using running = await Running.make();
    const folder = join(running.folder, 'secrets');
    await mkdir(folder);
    for (const [name, text] of Object.entries(await manifests())) await writeFile(join(folder, name), text);
    for (const args of [['check'], ['check', '--json'], ['render', '--out', join(running.folder, 'out')]]) {
      const { stdout, stderr } = await runProgram(args[0] ?? '', '--files', folder, ...args.slice(1));
      for (const code of ['CERTIFICATE_INVALID', 'DOCUMENT_INVALID', 'OBJECT_INVALID', 'DUPLICATE_OBJECT'])
        expect(stdout + stderr).toContain(code);
      expectSilence(stdout + stderr);
    }
    await running.write('');
    for (const format of ['text', 'json']) {
      const program = running.start('--files', folder, '--log', 'trace', '--log-format', format);
      await running.ready();
      await until(() => program.said.includes('Applied'));
      program.kill('SIGTERM');
      await program.ended();
      expect(program.said).toContain('CERTIFICATE_INVALID');
      expectSilence(program.said);
    }
  });
});
