import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runProgram } from '../fixtures/program.js';
import { appManifests } from '../fixtures/running.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'signalbox-test-mode-'));
});
afterEach(async () => rm(folder, { recursive: true, force: true }));

async function testMode(manifests: string, ...more: readonly string[]): ReturnType<typeof runProgram> {
  await writeFile(join(folder, 'app.yaml'), manifests);
  const folders = ['--config-dir', join(folder, 'config'), '--runtime-dir', join(folder, 'run')];
  return runProgram('-t', '--files', join(folder, 'app.yaml'), ...folders, ...more);
}

describe('run -t', { timeout: 60_000 }, () => {
  it('says that all is well, and neither runs HAProxy nor writes anything', async () => {
    const ended = await testMode(appManifests({ host: 'a.example', port: 8000, address: '10.0.0.1' }), '--haproxy', '/nowhere');
    expect(ended).toEqual({ exitCode: 0, stdout: 'All is well.\n', stderr: '' });
    expect(await readdir(folder)).toEqual(['app.yaml']);
  });

  it('says what is wrong, as check does', async () => {
    const { exitCode, stdout } = await testMode(
      'apiVersion: v1\nkind: Service\nmetadata: { name: app, annotations: { haproxy.org/check-interval: red } }\nspec: { ports: [{ port: 80 }] }\n',
    );
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/app\.yaml:\d+:\d+ error \S+ Service default\/app .*check-interval/);
    expect(stdout).toContain('1 error, 0 warnings, 0 for information');
  });

  it('says what is wrong with the flags', async () => {
    const { exitCode, stderr } = await testMode('', '--stats-bind-port', '8080');
    expect(exitCode).toBe(2);
    expect(stderr).toContain('--http-bind-port and --stats-bind-port are both 8080');
  });

  it('does not take what cannot be read for a finding', async () => {
    const { exitCode, stdout, stderr } = await runProgram('-t', '--files', join(folder, 'nowhere'));
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toContain('nowhere');
    const cluster = await runProgram('-t', '--kubeconfig', join(folder, 'nowhere'));
    expect({ exitCode: cluster.exitCode, stdout: cluster.stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(cluster.stderr).toContain('--kubeconfig');
  });

  it('looks up names', async () => {
    const { stdout } = await testMode(
      appManifests({ host: 'a.example', port: 80 }).replace(
        'spec: { ports: [{ port: 80 }] }',
        'spec: { type: ExternalName, externalName: nowhere.invalid, ports: [{ port: 80 }] }',
      ),
    );
    expect(stdout).toContain('nowhere.invalid');
  });
});
