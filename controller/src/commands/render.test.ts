import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { promisify } from 'node:util';
import { findHaproxy } from '@signalbox/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runProgram } from '../fixtures/program.js';
import { appManifests } from '../fixtures/running.js';

const quickstart = resolve(import.meta.dirname, '..', '..', '..', 'examples', 'quickstart');

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'signalbox-render-'));
});
afterEach(async () => rm(folder, { recursive: true, force: true }));

/** Every file below a folder with its content. */
async function contents(of: string): Promise<Record<string, string>> {
  const entries = (await readdir(of, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  const read = await Promise.all(
    entries.map(async ({ parentPath, name }): Promise<[string, string]> => [
      relative(of, join(parentPath, name)),
      await readFile(join(parentPath, name), 'latin1'),
    ]),
  );
  return Object.fromEntries(read.sort(([a], [b]) => (a < b ? -1 : 1)));
}

describe('render', { timeout: 60_000 }, () => {
  it('writes a configuration that HAProxy takes without a warning, from any folder', async () => {
    const out = join(folder, 'new', 'out');
    const { exitCode, stdout, stderr } = await runProgram(
      'render',
      '--files',
      quickstart,
      '--out',
      out,
      '--configmap',
      'default/haproxy-configmap',
    );
    expect({ exitCode, stdout, stderr }).toEqual({ exitCode: 0, stdout: '', stderr: '' });
    await promisify(execFile)(findHaproxy(), ['-c', '-dW', '-f', join(out, 'haproxy.cfg')], { cwd: '/' });
    expect(Object.keys(await contents(out))).toEqual(
      expect.arrayContaining(['haproxy.cfg', 'crt-list.txt', join('maps', 'host.map'), join('certs', 'default.pem')]),
    );
    expect((await stat(join(out, 'certs', 'default.pem'))).mode & 0o777).toBe(0o600);
  });

  it('writes the same bytes each time, wherever to', async () => {
    const [a, b] = [join(folder, 'a'), join(folder, 'b')];
    await runProgram('render', '--files', quickstart, '--out', a);
    await runProgram('render', '--files', quickstart, '--out', b);
    await runProgram('render', '--files', quickstart, '--out', b);
    expect(await contents(b)).toEqual(await contents(a));
  });

  it('writes the networks of trusted sources, in their normal form, into a file', async () => {
    const out = join(folder, 'out');
    await runProgram('render', '--files', quickstart, '--out', out, '--trusted-sources', '10.1.2.3/8,2001:DB8::1');
    expect((await contents(out))[join('patterns', 'trusted-sources.lst')]).toBe('10.0.0.0/8\n2001:db8::1\n');
  });

  it('removes the files of an earlier render, and no others', async () => {
    const out = join(folder, 'out');
    const manifests = join(folder, 'app.yaml');
    await mkdir(join(out, 'maps'), { recursive: true });
    await writeFile(join(out, 'notes.txt'), 'mine');
    await writeFile(join(out, 'maps', 'mine.map'), 'mine');
    const listed = appManifests({ host: 'a.example', port: 8000 }).replace(
      'metadata: { name: app }',
      'metadata: { name: app, annotations: { haproxy.org/allow-list: 10.0.0.0/8 } }',
    );
    await writeFile(manifests, listed);
    await runProgram('render', '--files', manifests, '--out', out);
    const before = Object.keys(await contents(out));
    await writeFile(manifests, '');
    await runProgram('render', '--files', manifests, '--out', out);
    const after = Object.keys(await contents(out));
    expect(before.length).toBeGreaterThan(after.length);
    expect(after).toEqual(expect.arrayContaining(['notes.txt', join('maps', 'mine.map'), 'haproxy.cfg']));
    expect((await readFile(join(out, 'maps', 'host.map'), 'utf8')).trim()).toBe('');
  });

  it('does not write over a file of somebody else', async () => {
    await writeFile(join(folder, 'haproxy.cfg'), 'mine');
    const { exitCode, stderr } = await runProgram('render', '--files', quickstart, '--out', folder);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('not from an earlier render');
    expect(await contents(folder)).toEqual({ 'haproxy.cfg': 'mine' });
  });

  it('writes what it can and says what is wrong on stderr', async () => {
    const manifests = join(folder, 'app.yaml');
    await writeFile(manifests, appManifests({ host: 'a.example', port: 8000 }).replace('number: 80', 'number: 81'));
    const { exitCode, stdout, stderr } = await runProgram('render', '--files', manifests, '--out', join(folder, 'out'));
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: '' });
    expect(stderr).toMatch(/app\.yaml:1:1 error \w+ Ingress default\/app spec\.rules\[0\]/);
    expect(await readFile(join(folder, 'out', 'maps', 'host.map'), 'utf8')).toContain('a.example');
  });

  it('listens where it is told to', async () => {
    await runProgram(
      'render',
      '--files',
      quickstart,
      '--out',
      folder,
      '--disable-ipv6',
      '--disable-https',
      '--http-bind-port',
      '80',
      '--ipv4-bind-address',
      '192.0.2.1',
      '--runtime-dir',
      '/run/mine',
    );
    const text = await readFile(join(folder, 'haproxy.cfg'), 'utf8');
    expect(text.match(/^ {2}bind .*$/gm)).toEqual(['  bind 0.0.0.0:1042', '  bind 192.0.2.1:80', '  bind 0.0.0.0:1024']);
    expect(text).toContain('stats socket /run/mine/haproxy.sock');
  });
});
