import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runProgram } from '../fixtures/program.js';
import { appManifests } from '../fixtures/running.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'signalbox-snippets-'));
  await writeFile(
    join(folder, 'app.yaml'),
    appManifests({ host: 'a.example', port: 8000 }).replace(
      'metadata: { name: app }\nspec:\n  rules',
      'metadata: { name: app, annotations: { haproxy.org/backend-config-snippet: "retries 7" } }\nspec:\n  rules',
    ),
  );
  await writeFile(
    join(folder, 'configmap.yaml'),
    'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: settings }\ndata: { backend-config-snippet: "retries 5", global-config-snippet: "node n1" }\n',
  );
});
afterEach(async () => rm(folder, { recursive: true, force: true }));

/** The configuration that flags lead to, and what is told. */
async function render(...flags: readonly string[]): Promise<{ readonly config: string; readonly stderr: string }> {
  const out = join(folder, 'out');
  const { stderr } = await runProgram('render', '--files', folder, '--configmap', 'default/settings', '--out', out, ...flags);
  return { config: await readFile(join(out, 'haproxy.cfg'), 'utf8').catch(() => ''), stderr };
}

describe('snippets', { timeout: 60_000 }, () => {
  it('of the ConfigMap work, with their origin above them; that of an Ingress is told to be forbidden', async () => {
    const { config, stderr } = await render();
    expect(config).toContain('  # ConfigMap default/settings data[backend-config-snippet]\n  retries 5\n');
    expect(config).toContain('  # ConfigMap default/settings data[global-config-snippet]\n  node n1\n');
    expect(config).not.toContain('retries 7');
    expect(stderr).toMatch(/error .*Ingresses \(--enable-config-snippets=ingress would\)/);
  });

  it('of Ingresses work where they are enabled', async () => {
    const { config, stderr } = await render('--enable-config-snippets', 'ingress,service');
    expect(config).toContain('  # Ingress default/app metadata.annotations[haproxy.org/backend-config-snippet]\n  retries 7\n');
    expect(stderr).toBe('');
  });

  it('work nowhere where they are disabled', async () => {
    const { config } = await render('--enable-config-snippets=ingress', '--disable-config-snippets=backend');
    expect(config).not.toMatch(/retries [57]/);
    expect(config).toContain('node n1');
    expect((await render('--disable-config-snippets=all')).config).not.toMatch(/retries [57]|node n1/);
  });

  it('are not enabled by words that mean nothing', async () => {
    expect((await render('--enable-config-snippets=ingress,everything')).stderr).toContain('ingress, service');
  });
});
