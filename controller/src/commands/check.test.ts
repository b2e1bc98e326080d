import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runProgram } from '../fixtures/program.js';
import { appManifests } from '../fixtures/running.js';

const quickstart = resolve(import.meta.dirname, '..', '..', '..', 'examples', 'quickstart');

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'signalbox-check-'));
});
afterEach(async () => rm(folder, { recursive: true, force: true }));

const service = (annotations: string): string =>
  `apiVersion: v1\nkind: Service\nmetadata: { name: app, annotations: { ${annotations} } }\nspec: { ports: [{ port: 80 }] }\n`;

describe('check', { timeout: 60_000 }, () => {
  it('has nothing against the quickstart', async () => {
    expect(await runProgram('check', '--files', quickstart, '--configmap', 'default/haproxy-configmap')).toEqual({
      exitCode: 0,
      stdout: 'All is well.\n',
      stderr: '',
    });
    expect((await runProgram('check', '--files', quickstart, '--json')).stdout).toBe('[]\n');
  });

  it('says which ConfigMap that a flag names is not there', async () => {
    const { exitCode, stdout, stderr } = await runProgram('check', '--files', quickstart, '--configmap', 'default/haproxy-confgmap');
    expect([exitCode, stdout]).toEqual([0, 'All is well.\n']);
    expect(stderr).toBe(
      'There is no ConfigMap "default/haproxy-confgmap", which --configmap names: it counts as empty until it is there.\n',
    );
  });

  it('prints one JSON array of all that is wrong, and fails for an error', async () => {
    await writeFile(join(folder, 'app.yaml'), `# a comment\n${service('haproxy.org/chekc: "true", haproxy.org/check-interval: soon')}`);
    await writeFile(join(folder, 'broken.yaml'), 'kind: [\n');
    const { exitCode, stdout, stderr } = await runProgram('check', '--files', folder, '--json');
    expect(exitCode).toBe(1);
    expect(stderr).toBe('');
    const found = JSON.parse(stdout) as Record<string, unknown>[];
    const path = join(folder, 'app.yaml');
    expect(found).toContainEqual({
      severity: 'error',
      code: 'VALUE_INVALID',
      object: 'Service default/app',
      field: 'metadata.annotations[haproxy.org/check-interval]',
      message: expect.stringContaining('"soon"') as string,
      source: expect.objectContaining({ file: path }) as object,
    });
    expect(found.find(({ field }) => field === 'metadata.annotations[haproxy.org/chekc]')).toMatchObject({
      object: 'Service default/app',
      message: expect.stringContaining('check') as string,
    });
    expect(found.find(({ code }) => code === 'DOCUMENT_INVALID')).toMatchObject({
      object: null,
      field: null,
      source: { file: join(folder, 'broken.yaml') },
    });
  });

  it('does not fail for what only looks odd', async () => {
    await writeFile(
      join(folder, 'web.yaml'),
      appManifests({ host: 'a.example', port: 8000 }).replace(
        'metadata: { name: app }\nspec:\n  rules',
        'metadata: { name: app, annotations: { kubernetes.io/ingress.class: nginx } }\nspec:\n  rules',
      ),
    );
    const { exitCode, stdout } = await runProgram('check', '--files', folder, '--json');
    expect((JSON.parse(stdout) as { severity: string }[]).map(({ severity }) => severity)).toEqual(['warning']);
    expect(exitCode).toBe(0);
  });

  it('tells people the place, the object and the field, a line for each, and a sum', async () => {
    await writeFile(join(folder, 'app.yaml'), service('haproxy.org/check-interval: "\\e[31mred\\u202e"'));
    const { stdout } = await runProgram('check', '--files', folder);
    const [line = '', , sum = ''] = stdout.split('\n');
    expect(line).toMatch(
      /app\.yaml:\d+:\d+ error VALUE_INVALID Service default\/app metadata\.annotations\[haproxy\.org\/check-interval\]: /,
    );
    expect(line).not.toMatch(/[\u001b\u202e]/);
    expect(sum).toBe('1 error, 0 warnings, 0 for information');
  });

  it('reads the global keys of the ConfigMap that is named, and of no other', async () => {
    await writeFile(
      join(folder, 'map.yaml'),
      'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: keys, namespace: ops }\ndata: { timeout-client: soon }\n',
    );
    expect((await runProgram('check', '--files', folder)).exitCode).toBe(0);
    const { exitCode, stdout } = await runProgram('check', '--files', folder, '--configmap', 'ops/keys', '--json');
    expect(exitCode).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject([{ code: 'VALUE_INVALID', object: 'ConfigMap ops/keys' }]);
  });

  it('looks names up only where it is asked to', async () => {
    await writeFile(
      join(folder, 'app.yaml'),
      `${appManifests({ host: 'a.example', port: 1 }).split('---')[0] ?? ''}---\napiVersion: v1\nkind: Service\nmetadata: { name: app }\nspec: { type: ExternalName, externalName: name.invalid, ports: [{ port: 80 }] }\n`,
    );
    expect((await runProgram('check', '--files', folder)).stdout).toBe('All is well.\n');
    const { stdout } = await runProgram('check', '--files', folder, '--resolve-names');
    expect(stdout).toContain('name.invalid');
  });

  it('takes what it cannot read for no finding', async () => {
    const { exitCode, stdout, stderr } = await runProgram('check', '--files', join(folder, 'nowhere'), '--json');
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toContain('nothing is there');
  });

  it('reads several folders', async () => {
    await mkdir(join(folder, 'a'));
    await mkdir(join(folder, 'b'));
    await writeFile(join(folder, 'a', 'app.yaml'), service('haproxy.org/check-interval: soon'));
    await writeFile(join(folder, 'b', 'app.yaml'), service('haproxy.org/check-interval: 1s'));
    const { stdout } = await runProgram('check', '--files', join(folder, 'b'), '--files', join(folder, 'a'), '--json');
    expect((JSON.parse(stdout) as { code: string }[]).map(({ code }) => code)).toEqual(['DUPLICATE_OBJECT']);
  });
});
