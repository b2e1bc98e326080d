import { spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundle } from './bundle.mjs';
import { findHaproxy } from './haproxy.mjs';
import { readJson, root } from './workspaces.mjs';

const haproxy = findHaproxy(process.env);
if (haproxy === undefined) console.warn('Left out: serving from the bundle, as there is no HAProxy in $HAPROXY or the PATH.');
const { version } = readJson(join(root, 'controller', 'package.json'));

/** No node_modules is here or above, and the name is short enough for sockets. */
const folder = mkdtempSync(join(tmpdir(), 'signalbox-bundle-'));
const program = join(folder, 'signalbox.mjs');
const manifests = join(folder, 'manifests');
let made;

beforeAll(async () => {
  if (!existsSync(join(root, 'controller', 'dist', 'main.js')))
    throw new Error('The bundle is made of the built program: "npm run build" first.');
  made = await bundle({ file: program });
  cpSync(join(root, 'examples', 'quickstart'), manifests, { recursive: true });
}, 300_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function run(args, { command = [process.execPath, program], env = {} } = {}) {
  const [first, ...more] = command;
  return spawnSync(first, [...more, ...args], { cwd: folder, encoding: 'utf8', timeout: 60_000, env: { ...process.env, ...env } });
}

describe('the bundle', { timeout: 60_000 }, () => {
  it('is one file that runs where no package is', () => {
    expect(run(['--version'])).toMatchObject({ status: 0, stdout: `${version}\n`, stderr: '' });
    expect(run(['--help']).stdout).toContain('Flags without a command are those of run.');
    expect(run(['check', '--files', manifests])).toMatchObject({ status: 0, stdout: expect.stringContaining('All is well.') });
  });

  it('can be started by its name', () => {
    expect(statSync(program).mode & 0o777).toBe(0o755);
    const path = [dirname(process.execPath), process.env.PATH].join(delimiter);
    expect(run(['--version'], { command: [program], env: { PATH: path } })).toMatchObject({ status: 0, stdout: `${version}\n` });
  });

  it('tells an old Node what is wrong', () => {
    const older = "Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '22.18.0' } })";
    const told = run(['--version'], {
      command: [process.execPath, '--import', `data:text/javascript,${encodeURIComponent(older)}`, program],
    });
    expect(told).toMatchObject({ status: 1, stdout: '' });
    expect(told.stderr).toBe('signalbox: Node 22.19 or newer is needed, this is 22.18.0; see https://nodejs.org.\n');
  });

  it('holds what is used, and not all of the Kubernetes client', () => {
    expect(made.bytes).toBeLessThan(4e6);
    expect(readFileSync(program, 'utf8')).toContain('serviceaccount/token');
  });

  it('asks an API server', async () => {
    const server = createHttpServer();
    const asked = new Promise((done) => server.on('request', ({ url }, answer) => (answer.writeHead(401).end(), done(url))));
    await new Promise((done) => server.listen(0, '127.0.0.1', done));
    const config = {
      ...{ apiVersion: 'v1', kind: 'Config', 'current-context': 'test' },
      clusters: [{ name: 'test', cluster: { server: `http://127.0.0.1:${server.address().port}`, 'insecure-skip-tls-verify': true } }],
      contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
      users: [{ name: 'test', user: { token: 'token' } }],
    };
    writeFileSync(join(folder, 'kubeconfig'), JSON.stringify(config));
    const child = spawn(
      process.execPath,
      [program, '--kubeconfig', 'kubeconfig', '--config-dir', 'c', '--runtime-dir', 'r', '--controller-port', '0'],
      {
        cwd: folder,
        stdio: 'ignore',
      },
    );
    expect(await asked).toMatch(/^\/apis?/);
    child.kill('SIGKILL');
    server.closeAllConnections();
    server.close();
  });

  it('comes with the licences of all that is in it, which are free ones', () => {
    const text = readFileSync(made.licences, 'utf8');
    const titles = [...text.matchAll(/^-{100}\n(.+)\n-{100}\n\n(.{10})/gm)].map(([, title]) => title);
    const of = (name) => titles.filter((title) => title.startsWith(`${name} `));
    for (const name of ['Signalbox', '@kubernetes/client-node', 'commander', 'inversify', 'pino', 'rolldown', 'undici', 'yaml'])
      expect(of(name), name).toHaveLength(1);
    const free = /\((MIT|ISC|0BSD|BSD-[23]-Clause|Apache-2\.0|Unlicense|BlueOak-1\.0\.0)\)$/;
    expect(titles.filter((title) => !free.test(title))).toEqual([]);
    expect(text).not.toContain(root);
  });
});

/** Ports that nobody listens on, as of now. */
async function freePorts(count) {
  const servers = await Promise.all(
    Array.from(
      { length: count },
      () =>
        new Promise((done) => {
          const server = createServer().listen(0, () => done(server));
        }),
    ),
  );
  const ports = servers.map((server) => server.address().port);
  await Promise.all(servers.map((server) => new Promise((done) => server.close(done))));
  return ports;
}

async function until(isSo, words) {
  for (const deadline = performance.now() + 60_000; performance.now() < deadline; await sleep(50)) if (await isSo()) return;
  throw new Error(`Not within a minute: ${words()}`);
}

describe.skipIf(haproxy === undefined)('serving from the bundle', { timeout: 120_000 }, () => {
  it.each(['text', 'json'])('works, and the log is %s', async (format) => {
    const [http, https, stats, healthz, peers, controller] = await freePorts(6);
    const place = join(folder, format);
    mkdirSync(place);
    const ports = { 'http-bind': http, 'https-bind': https, 'stats-bind': stats, 'healthz-bind': healthz, localpeer: peers, controller };
    const child = spawn(
      process.execPath,
      [
        ...[program, '--files', manifests, '--haproxy', haproxy, '--log-format', format, '--config-dir', join(place, 'config')],
        ...['--runtime-dir', join(place, 'run'), '--ipv4-bind-address', '127.0.0.1', '--disable-ipv6'],
        ...Object.entries(ports).flatMap(([name, port]) => [`--${name}-port`, String(port)]),
      ],
      { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, NO_COLOR: '1' } },
    );
    const said = { stdout: '', stderr: '' };
    for (const stream of ['stdout', 'stderr']) child[stream].setEncoding('utf8').on('data', (text) => (said[stream] += text));
    const ended = new Promise((done) => child.once('close', done));
    try {
      const status = (path) =>
        fetch(`http://127.0.0.1:${path}`).then(
          (answer) => answer.status,
          () => undefined,
        );
      await until(
        async () => (await status(`${controller}/readyz`)) === 200,
        () => JSON.stringify(said),
      );
      expect(await status(`${healthz}/healthz`)).toBe(200);
      // No route takes it.
      expect(await status(`${http}/`)).toBe(404);
      child.kill('SIGTERM');
      expect(await ended).toBe(0);
    } finally {
      child.kill('SIGKILL');
    }
    const [words, silent] = format === 'json' ? [said.stdout, said.stderr] : [said.stderr, said.stdout];
    expect(silent).toBe('');
    const lines = words.trim().split('\n');
    const messages = format === 'json' ? lines.map((line) => JSON.parse(line).msg ?? '') : lines;
    expect(messages.join('\n')).toMatch(/HAProxy runs as process \d+\.[^]*SIGTERM: stopping\.[^]*HAProxy stopped\./);
  });
});
