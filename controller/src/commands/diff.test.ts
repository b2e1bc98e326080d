import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { certificateFor } from '@signalbox/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DifferenceRecord } from '../diff/difference.js';
import { runProgram } from '../fixtures/program.js';
import { appManifests } from '../fixtures/running.js';

const quickstart = resolve(import.meta.dirname, '..', '..', '..', 'examples', 'quickstart');

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'signalbox-diff-'));
});
afterEach(async () => rm(folder, { recursive: true, force: true }));

interface Told {
  readonly exitCode: number | NodeJS.Signals;
  readonly stdout: string;
  readonly stderr: string;
}

async function told(from: string, to: string, ...more: readonly string[]): Promise<Told> {
  for (const [name, text] of Object.entries({ from, to })) {
    await mkdir(join(folder, name), { recursive: true });
    await writeFile(join(folder, name, 'app.yaml'), text);
  }
  return runProgram('diff', '--from', join(folder, 'from'), '--to', join(folder, 'to'), ...more);
}

async function record(from: string, to: string): Promise<DifferenceRecord> {
  const { exitCode, stdout, stderr } = await told(from, to, '--json');
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  return JSON.parse(stdout) as DifferenceRecord;
}

const app = appManifests({ host: 'a.example', port: 8000, address: '10.0.0.1' });
const annotated = (value: string): string =>
  app.replace(
    'metadata: { name: app }\nspec:\n  rules',
    `metadata: { name: app, annotations: { haproxy.org/response-set-header: ${value} } }\nspec:\n  rules`,
  );

async function tls(): Promise<{ readonly manifests: string; readonly key: string }> {
  const { certificate, key } = await certificateFor(['a.example']);
  const [crt, tlsKey] = [certificate, key].map((text) => Buffer.from(text).toString('base64'));
  const secret = `apiVersion: v1\nkind: Secret\nmetadata: { name: a }\ntype: kubernetes.io/tls\ndata: { tls.crt: ${crt ?? ''}, tls.key: ${tlsKey ?? ''} }\n`;
  return {
    manifests: `${app.replace('spec:\n  rules', 'spec:\n  tls: [{ hosts: [a.example], secretName: a }]\n  rules')}---\n${secret}`,
    key,
  };
}

describe('diff', { timeout: 60_000 }, () => {
  it('finds nothing between a folder and itself', async () => {
    const flags = ['diff', '--from', quickstart, '--to', quickstart, '--configmap', 'default/haproxy-configmap'];
    expect(await runProgram(...flags)).toEqual({ exitCode: 0, stdout: 'Nothing differs: no reload.\n', stderr: '' });
    expect(JSON.parse((await runProgram(...flags, '--json')).stdout)).toEqual({ steps: [], reload: false, reasons: [], stands: [] });
  });

  it('finds nothing where objects stand in another order or in another file', async () => {
    const both = [app, appManifests({ host: 'b.example', port: 8000, service: 'other' })];
    const documents = both.flatMap((text) => text.split('---\n'));
    expect(await record(documents.join('---\n'), documents.toReversed().join('---\n'))).toMatchObject({ steps: [] });
    await writeFile(join(folder, 'from', 'app.yaml'), '');
    await writeFile(join(folder, 'from', 'a.yaml'), documents.slice(2).join('---\n'));
    await writeFile(join(folder, 'from', 'z.yaml'), documents.slice(0, 2).join('---\n'));
    const { stdout } = await runProgram('diff', '--from', join(folder, 'from'), '--to', join(folder, 'to'));
    expect(stdout).toBe('Nothing differs: no reload.\n');
  });

  it('takes an endpoint that comes for a live server', async () => {
    const more = app.replace('[{ addresses: ["10.0.0.1"] }]', '[{ addresses: ["10.0.0.2"] }, { addresses: ["10.0.0.1"] }]');
    expect(await record(app, more)).toEqual({
      steps: [
        {
          do: 'add',
          type: 'server',
          key: 'server default_svc_app_80 10.0.0.2:8000',
          lane: 'live',
          object: 'EndpointSlice default/app-1',
          field: null,
        },
      ],
      reload: false,
      reasons: [],
      stands: [],
    });
    expect((await told(app, more)).stdout).toBe(
      'live    add server 10.0.0.2:8000 of default_svc_app_80, for EndpointSlice default/app-1\n\n1 step: no reload.\n',
    );
  });

  it('takes a path that comes for a live row of a map, and the paths behind it for nothing', async () => {
    const more = app.replace(
      'paths: [',
      'paths: [{ path: /new, pathType: Exact, backend: { service: { name: app, port: { number: 80 } } } }, ',
    );
    expect((await told(app, more)).stdout).toBe(
      'live    add map row path-exact a.example/new: default_svc_app_80, for Ingress default/app spec.rules[0].http.paths[0].path\n\n1 step: no reload.\n',
    );
  });

  it('names the object and the field for which HAProxy is reloaded', async () => {
    const [from, to] = [annotated('X-Tier one'), annotated('X-Tier two')];
    const field = 'metadata.annotations[haproxy.org/response-set-header]';
    const difference = await record(from, to);
    const key = 'section backend default_svc_app_80';
    expect(difference).toMatchObject({ reload: true, reasons: [{ cause: 'backend', key, object: 'Ingress default/app', field }] });
    expect(difference.steps).toMatchObject([
      { do: 'change', type: 'section', key, lane: 'reload', cause: 'backend', object: 'Ingress default/app', field },
      { do: 'change', type: 'map', lane: 'reload' },
    ]);
    const { stdout } = await told(from, to);
    expect(stdout).toMatch(/^ {10}- http-response set-header X-Tier one .*\n {10}\+ http-response set-header X-Tier two /m);
    expect(stdout).toContain(`: a reload, because a backend is new or has other rules (Ingress default/app ${field}).\n`);
  });

  it('lets the backend of a new Service serve at once, and have its name later', async () => {
    const more = [app, appManifests({ host: 'b.example', port: 8000, service: 'other' })].join('---\n');
    const difference = await record(app, more);
    expect(difference).toMatchObject({ reload: false, reasons: [], stands: ['default_svc_other_80'] });
    expect(difference.steps.map(({ lane }) => lane)).not.toContain('reload');
    const { stdout } = await told(app, more);
    expect(stdout).toMatch(/\d steps: no reload at once; a reload some seconds later gives 1 new backend its own name\.\n$/);
    expect((await told(more, app)).stdout).toMatch(/\d steps: no reload\.\n$/);
  });

  it('replaces a certificate live, and says no more of it than its name', async () => {
    const [before, after] = [await tls(), await tls()];
    const difference = await record(before.manifests, after.manifests);
    expect(difference).toMatchObject({
      steps: [{ do: 'change', type: 'certificate', lane: 'live', object: 'Secret default/a' }],
      reload: false,
    });
    const outputs = [JSON.stringify(difference), (await told(before.manifests, after.manifests)).stdout];
    for (const output of outputs) {
      for (const { key } of [before, after]) expect(output).not.toContain(key.split('\n')[1]);
      expect(output).not.toContain('PRIVATE KEY');
    }
    expect(outputs[1]).toMatch(/^live {4}change certificate certs\/\S+\.pem, for Secret default\/a /);
  });

  it('does not show the users of a Secret', async () => {
    const users = (hash: string): string =>
      `${app.replace('metadata: { name: app }\nspec:\n  rules', 'metadata: { name: app, annotations: { haproxy.org/auth-type: basic-auth, haproxy.org/auth-secret: users } }\nspec:\n  rules')}---\napiVersion: v1\nkind: Secret\nmetadata: { name: users }\nstringData: { ann: "${hash}" }\n`;
    const hashes = ['$5$saltsalt$SecretOfBefore1234567890123456789012345678', '$5$saltsalt$SecretOfAfter12345678901234567890123456789'];
    const { stdout, stderr } = await told(users(hashes[0] ?? ''), users(hashes[1] ?? ''));
    expect(stdout + stderr).not.toMatch(/SecretOf|saltsalt/);
    expect((await told(app, users(hashes[0] ?? ''))).stdout).not.toMatch(/SecretOf|saltsalt/);
  });

  it('says on stderr what is an error in either, and compares the rest', async () => {
    await mkdir(join(folder, 'to'), { recursive: true });
    await writeFile(join(folder, 'to', 'broken.yaml'), 'kind: [\n');
    const { exitCode, stdout, stderr } = await told(annotated('odd'), app);
    expect(exitCode).toBe(0);
    expect(stderr).toMatch(/from\/app\.yaml:\d+:\d+ error VALUE_INVALID Ingress default\/app/);
    expect(stderr).toMatch(/to\/broken\.yaml:\d+:\d+ error DOCUMENT_INVALID/);
    expect(stdout).toBe('Nothing differs: no reload.\n');
  });

  it('reads both alike: options hold for either', async () => {
    const classed = app.replace(
      'metadata: { name: app }\nspec:\n  rules',
      'metadata: { name: app }\nspec:\n  ingressClassName: mine\n  rules',
    );
    const { stdout } = await told(classed, `${classed}---\n`, '--ingress.class', 'mine', '--http-bind-port', '80', '--disable-https');
    expect(stdout).toBe('Nothing differs: no reload.\n');
  });

  it('fails for what it cannot read, and for bad use', async () => {
    const unread = await runProgram('diff', '--from', quickstart, '--to', join(folder, 'nowhere'));
    expect(unread).toMatchObject({ exitCode: 1, stdout: '', stderr: expect.stringContaining('nothing is there') as string });
    const missing = await runProgram('diff', '--from', quickstart);
    expect(missing).toMatchObject({ exitCode: 2, stdout: '', stderr: expect.stringContaining("required option '--to <path>'") as string });
  });
});
