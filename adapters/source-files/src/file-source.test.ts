import { chmod, mkdir, rename, rm, symlink, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { hostAddressesKind } from '@signalbox/core';
import { describe, expect, it } from 'vitest';
import { FixedInterests, kinds } from './fixtures/recorder.js';
import { Running, temporaryFolder } from './fixtures/running.js';

const service = (name: string, port = 80): string => `apiVersion: v1
kind: Service
metadata:
  name: ${name}
spec:
  ports:
  - port: ${String(port)}
`;
const portOf = (running: Running, name: string): unknown =>
  (running.seen.objects.get(`Service default/${name}`) as { spec?: { ports?: { port?: number }[] } } | undefined)?.spec?.ports?.[0]?.port;
const broken = 'apiVersion: v1\nkind: Service\nmetadata: {name: "a\n';

describe('the first list', () => {
  it('holds YAML, JSON, lists and nested folders, and passes hidden names and other kinds over', async () => {
    await using folder = await temporaryFolder();
    await mkdir(join(folder.path, 'deep/er'), { recursive: true });
    await mkdir(join(folder.path, '.git'));
    await writeFile(join(folder.path, 'a.yaml'), `# first\n${service('a')}---\n---\n${service('b')}...\n`);
    await writeFile(join(folder.path, 'deep/er/c.yml'), service('c').replaceAll('\n', '\r\n'));
    await writeFile(
      join(folder.path, 'd.json'),
      JSON.stringify({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'd' }, spec: { ports: [{ port: 1 }] } }),
    );
    await writeFile(
      join(folder.path, 'e.yaml'),
      `apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: Namespace, metadata: {name: e}}\n- {apiVersion: v1, kind: Secret, metadata: {name: e}}\n`,
    );
    await writeFile(join(folder.path, 'f.yaml'), 'apiVersion: apps/v1\nkind: Deployment\nmetadata: {}\n');
    await writeFile(join(folder.path, '.git/g.yaml'), service('g'));
    await writeFile(join(folder.path, 'h.txt'), service('h'));
    await using running = await Running.start({ paths: folder.path, follow: false });
    expect(running.seen.names).toEqual([
      'Namespace e',
      'Secret default/e',
      'Service default/a',
      'Service default/b',
      'Service default/c',
      'Service default/d',
    ]);
    expect(running.seen.diagnostics).toEqual([]);
    expect(running.seen.calls).toEqual(['replaceAll', 'report', 'synced']);
    expect(running.seen.locations.get('Service default/b')).toEqual({ file: join(folder.path, 'a.yaml'), line: 11, column: 1 });
  });

  it('refuses a path at which nothing is, and says what to do', async () => {
    await using folder = await temporaryFolder();
    await using running = new Running({ paths: join(folder.path, 'missing') });
    await expect(running.ended).rejects.toMatchObject({
      code: 'SOURCE_UNREADABLE',
      message: expect.stringContaining('Create this directory') as string,
    });
  });

  it('takes the first of two objects with one name, and names both places', async () => {
    await using folder = await temporaryFolder();
    await writeFile(join(folder.path, 'b.yaml'), service('x', 2));
    await writeFile(join(folder.path, 'a.yaml'), `${service('y')}---\n${service('x', 1)}`);
    await using running = await Running.start({ paths: [folder.path, join(folder.path, 'b.yaml')], follow: false });
    expect(portOf(running, 'x')).toBe(1);
    expect(running.seen.diagnostics).toMatchObject([
      { severity: 'warning', code: 'DUPLICATE_OBJECT', source: { file: join(folder.path, 'b.yaml'), line: 1 } },
    ]);
    expect(running.seen.diagnostics[0]?.message).toContain(`${join(folder.path, 'a.yaml')}:9`);
  });

  it('leaves a broken document out and serves those around it', async () => {
    await using folder = await temporaryFolder();
    await writeFile(
      join(folder.path, 'a.yaml'),
      `${service('a')}---\nkind: [\n---\n${service('b')}---\njust text\n---\napiVersion: v1\nkind: Service\nmetadata: {}\n`,
    );
    await using running = await Running.start({ paths: folder.path, follow: false });
    expect(running.seen.names).toEqual(['Service default/a', 'Service default/b']);
    expect(running.seen.diagnostics.map(({ code, source }) => [code, source?.line])).toEqual([
      ['DOCUMENT_INVALID', 10],
      ['DOCUMENT_INVALID', 19],
      ['DOCUMENT_INVALID', 21],
    ]);
  });

  it.skipIf(process.getuid?.() === 0)('tells of a file that may not be read', async () => {
    await using folder = await temporaryFolder();
    await writeFile(join(folder.path, 'a.yaml'), service('a'));
    await chmod(join(folder.path, 'a.yaml'), 0);
    await using running = await Running.start({ paths: folder.path, follow: false });
    expect(running.seen.codes).toEqual(['FILE_UNREADABLE']);
  });

  it('tells of links that lead nowhere and of files that are no text', async () => {
    await using folder = await temporaryFolder();
    await symlink('nowhere.yaml', join(folder.path, 'a.yaml'));
    await writeFile(join(folder.path, 'b.yaml'), Buffer.from([0xc3, 0x28, 0xff]));
    await writeFile(join(folder.path, 'c.yaml'), service('c'));
    await using running = await Running.start({ paths: folder.path, follow: false });
    expect(running.seen.diagnostics.map(({ code, source }) => [code, source?.file])).toEqual([
      ['FILE_UNREADABLE', join(folder.path, 'a.yaml')],
      ['FILE_UNREADABLE', join(folder.path, 'b.yaml')],
    ]);
    expect(running.seen.names).toEqual(['Service default/c']);
  });

  it('takes no addresses of host names from files', async () => {
    await using folder = await temporaryFolder();
    await writeFile(
      join(folder.path, 'a.yaml'),
      '{apiVersion: signalbox/v1, kind: HostAddresses, metadata: {name: a.example}, addresses: 5}',
    );
    await using running = await Running.start({ paths: folder.path, follow: false }, new FixedInterests([...kinds, hostAddressesKind]));
    expect(running.seen.objects.size).toBe(0);
  });

  it('reads again when other kinds are asked for', async () => {
    await using folder = await temporaryFolder();
    await writeFile(join(folder.path, 'a.yaml'), `${service('a')}---\n{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}`);
    const interests = new FixedInterests(kinds.filter(({ kind }) => kind !== 'ConfigMap'));
    await using running = await Running.start({ paths: folder.path, follow: false }, interests);
    expect(running.seen.names).toEqual(['Service default/a']);
    interests.change(kinds);
    await running.seen.until(() => running.seen.objects.size === 2);
    interests.change([]);
    await running.seen.until(() => running.seen.objects.size === 0);
  });
});

describe('following', () => {
  it('sees writes in place, rename-saves, new files and folders, and removed ones, and hands over what changed only', async () => {
    await using folder = await temporaryFolder();
    const at = (name: string): string => join(folder.path, name);
    await writeFile(at('a.yaml'), `${service('a')}---\n${service('b')}`);
    await using running = await Running.start({ paths: folder.path });
    const { seen } = running;
    await writeFile(at('a.yaml'), `${service('a')}---\n${service('b', 81)}`);
    await seen.until(() => portOf(running, 'b') === 81);
    await writeFile(at('.a.yaml.swp'), `${service('a')}---\n${service('b', 82)}`);
    await rename(at('.a.yaml.swp'), at('a.yaml'));
    await seen.until(() => portOf(running, 'b') === 82);
    await mkdir(at('new/folder'), { recursive: true });
    await writeFile(at('new/folder/c.yaml'), service('c'));
    await seen.until(() => portOf(running, 'c') === 80);
    await writeFile(at('new/folder/c.yaml'), service('c', 81));
    await seen.until(() => portOf(running, 'c') === 81, 1500);
    await rm(at('new'), { recursive: true });
    await seen.until(() => !seen.names.includes('Service default/c'));
    await unlink(at('a.yaml'));
    await seen.until(() => seen.objects.size === 0);
    expect(seen.calls.filter((call) => !['replaceAll', 'report', 'synced'].includes(call))).toEqual([
      'set Service default/b',
      'set Service default/b',
      'set Service default/c',
      'set Service default/c',
      'delete Service default/c',
      'delete Service default/a',
      'delete Service default/b',
    ]);
  });

  it('sees each swap of a ConfigMap volume, and each object once', async () => {
    await using folder = await temporaryFolder();
    const at = (name: string): string => join(folder.path, name);
    const swap = async (round: number): Promise<void> => {
      await mkdir(at(`..2026_${String(round)}`));
      await writeFile(at(`..2026_${String(round)}/app.yaml`), service('app', round));
      await symlink(`..2026_${String(round)}`, at('..data_tmp'));
      await rename(at('..data_tmp'), at('..data'));
      await rm(at(`..2026_${String(round - 1)}`), { recursive: true, force: true });
    };
    await swap(1);
    await symlink('..data/app.yaml', at('app.yaml'));
    await using running = await Running.start({ paths: folder.path, pollMs: 60_000 });
    await using file = await Running.start({ paths: at('app.yaml'), pollMs: 60_000 });
    for (const round of [2, 3, 4]) {
      await swap(round);
      await running.seen.until(() => portOf(running, 'app') === round, 2000);
      await file.seen.until(() => portOf(file, 'app') === round, 2000);
    }
    expect(running.seen.names).toEqual(['Service default/app']);
    expect(running.seen.diagnostics).toEqual([]);
    expect(running.seen.calls).not.toContain('delete Service default/app');
  });

  it('follows a directory that is replaced, and keeps its objects while there is none', async () => {
    await using folder = await temporaryFolder();
    const at = (name: string): string => join(folder.path, name);
    await mkdir(at('m'));
    await writeFile(at('m/a.yaml'), service('a'));
    await using running = await Running.start({ paths: at('m'), pollMs: 60_000 });
    await rename(at('m'), at('old'));
    await running.seen.until(() => running.seen.codes.includes('FILE_UNREADABLE'));
    await sleep(400);
    expect(running.seen.names).toEqual(['Service default/a']);
    await mkdir(at('m'));
    await writeFile(at('m/a.yaml'), service('a', 81));
    await running.seen.until(() => portOf(running, 'a') === 81 && running.seen.diagnostics.length === 0);
    await writeFile(at('m/a.yaml'), service('a', 82));
    await running.seen.until(() => portOf(running, 'a') === 82);
    expect(running.seen.calls).not.toContain('delete Service default/a');
  });

  it('keeps the objects of a document that breaks, tells where, and goes on with the rest of the file', async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'a.yaml');
    await writeFile(path, `${service('a')}---\n${service('b')}---\n${service('c')}`);
    await using running = await Running.start({ paths: path });
    await writeFile(path, `${service('a', 81)}---\n${broken}---\n${service('c', 83)}`);
    await running.seen.until(() => portOf(running, 'c') === 83);
    expect(running.seen.names).toEqual(['Service default/a', 'Service default/b', 'Service default/c']);
    expect(running.seen.diagnostics).toMatchObject([{ severity: 'error', code: 'DOCUMENT_INVALID', source: { file: path, line: 12 } }]);
    await writeFile(path, service('a', 82));
    await running.seen.until(() => running.seen.objects.size === 1 && portOf(running, 'a') === 82);
    expect(running.seen.diagnostics).toEqual([]);
  });

  it('lets a document go while another one is broken, where the broken one says which object it is', async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'a.yaml');
    await writeFile(path, `${service('a')}---\n${service('b')}`);
    await using running = await Running.start({ paths: path });
    await writeFile(path, service('b').replace('80', '80\n -'));
    await running.seen.until(() => running.seen.objects.size === 1);
    expect(running.seen.names).toEqual(['Service default/b']);
    expect(running.seen.diagnostics).toMatchObject([
      { object: { kind: 'Service', name: 'b' }, message: expect.stringContaining('stays as it was') as string },
    ]);
  });

  it('keeps both objects of two documents that ran into each other', async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'a.yaml');
    await writeFile(path, `${service('a')}---\n${service('b')}`);
    await using running = await Running.start({ paths: path });
    await writeFile(path, `${service('a')}${service('b')}`);
    await running.seen.until(() => running.seen.codes.includes('DOCUMENT_INVALID'));
    expect(running.seen.objects.size).toBe(2);
  });

  it('holds an invalid object at its last good state', async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'a.yaml');
    await writeFile(path, `${service('a')}---\n${service('b')}`);
    await using running = await Running.start({ paths: path });
    await writeFile(path, `${service('a', 123456)}---\n${service('b', 81)}---\n${service('c', 0)}`);
    await running.seen.until(() => portOf(running, 'b') === 81);
    expect(portOf(running, 'a')).toBe(80);
    expect(running.seen.diagnostics).toMatchObject([
      {
        code: 'OBJECT_INVALID',
        field: 'spec.ports[0].port',
        source: { line: 7, column: 11 },
        message: expect.stringMatching(/123456.*1 to 65535.*stays as it was/) as string,
      },
      { code: 'OBJECT_INVALID', object: { name: 'c' }, message: expect.stringContaining('left out') as string },
    ]);
  });

  it('moves an object from one file to another without a gap or a warning', async () => {
    await using folder = await temporaryFolder();
    const at = (name: string): string => join(folder.path, name);
    await writeFile(at('a.yaml'), service('a'));
    await using running = await Running.start({ paths: folder.path });
    await writeFile(at('b.yaml'), service('a', 81));
    await unlink(at('a.yaml'));
    await running.seen.until(() => portOf(running, 'a') === 81);
    await sleep(400);
    expect(running.seen.calls.filter((call) => call !== 'report')).toEqual(['replaceAll', 'synced', 'set Service default/a']);
    expect(running.seen.diagnostics).toEqual([]);
  });

  it('deletes nothing while a file is empty or cut for a moment', async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'a.yaml');
    const whole = `${service('a')}---\n${service('b')}`;
    await writeFile(path, whole);
    await using running = await Running.start({ paths: path, debounceMs: 100 });
    for (let round = 0; round < 6; round += 1) {
      await writeFile(path, round % 2 ? '' : service('a'));
      await sleep(115 + round * 8);
      await writeFile(path, `${whole}# ${String(round)}\n`);
      await sleep(115);
    }
    expect(running.seen.calls).toEqual(['replaceAll', 'report', 'synced']);
    await writeFile(path, '');
    await running.seen.until(() => running.seen.objects.size === 0, 2000);
  });

  it('is not starved by constant writing', async () => {
    await using folder = await temporaryFolder();
    await writeFile(join(folder.path, 'a.yaml'), service('a'));
    await using running = await Running.start({ paths: folder.path });
    let round = 0;
    const writing = setInterval(() => void writeFile(join(folder.path, 'noise.yaml'), service('noise', 1 + (round += 1))), 10);
    try {
      await sleep(100);
      await writeFile(join(folder.path, 'a.yaml'), service('a', 81));
      await running.seen.until(() => portOf(running, 'a') === 81, 1500);
    } finally {
      clearInterval(writing);
    }
  });

  it('looks again where the system tells nothing', async () => {
    await using folder = await temporaryFolder();
    await using elsewhere = await temporaryFolder();
    await writeFile(join(elsewhere.path, 'real.yaml'), service('a'));
    await symlink(join(elsewhere.path, 'real.yaml'), join(folder.path, 'a.yaml'));
    await using running = await Running.start({ paths: folder.path, pollMs: 300 });
    await sleep(500);
    await writeFile(join(elsewhere.path, 'real.yaml'), service('a', 81));
    await running.seen.until(() => portOf(running, 'a') === 81, 1500);
  });

  it('ends when it is told to', async () => {
    await using folder = await temporaryFolder();
    const running = await Running.start({ paths: folder.path });
    await running[Symbol.asyncDispose]();
    await expect(running.ended).resolves.toBeUndefined();
  });
});
