import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findHaproxy } from './haproxy.mjs';
import { containerOf, manifestsOf, nameOf } from './manifests.mjs';
import { root } from './workspaces.mjs';

const haproxy = findHaproxy(process.env);
if (haproxy === undefined) console.warn('Left out: what the manifests run, as there is no HAProxy in $HAPROXY or the PATH.');
const signalbox = [process.execPath, join(root, 'controller', 'bin', 'signalbox.mjs')];

const all = manifestsOf('manifests');
const found = (name) => all.find((each) => nameOf(each) === name) ?? expect.unreachable(`there is no ${name}`);
const deployment = found('Deployment haproxy-controller/signalbox');
const controller = containerOf(deployment, 'controller');
const haproxyContainer = containerOf(deployment, 'haproxy');

/** A port that is likely to be free for the length of a test. */
let nextPort = 21_000 + (process.pid % 400) * 20;
const port = () => (nextPort += 1);

async function until(isSo, words = () => '') {
  for (const deadline = performance.now() + 60_000; performance.now() < deadline; await sleep(50)) if (await isSo()) return;
  throw new Error(`Not within a minute. ${words()}`);
}

/** The answer to one request, on a connection of its own; no status where there is none. */
const answerOf = (port, path, host = '127.0.0.1') =>
  new Promise((done) => {
    const request = get({ port, path, host: '127.0.0.1', headers: { host }, agent: false, timeout: 5_000 }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (more) => (text += more));
      answer.on('close', () => done({ status: answer.statusCode, text }));
    });
    request.on('timeout', () => request.destroy());
    request.on('error', () => done({ status: undefined, text: '' }));
  });

describe.skipIf(haproxy === undefined)('what the manifests run', { timeout: 180_000 }, () => {
  let folder;
  let children;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'signalbox-pod-'));
    children = [];
  });
  afterEach(async () => {
    for (const { child, ended } of children) {
      child.kill('SIGKILL');
      await ended;
    }
    rmSync(folder, { recursive: true, force: true });
  });
  const start = ([command, ...args], env = {}) => {
    const child = spawn(command, args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } });
    const process_ = { child, said: '', ended: new Promise((done) => child.once('close', done)) };
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (process_.said += text));
    children.push(process_);
    return process_;
  };

  it('the default backend answers 404, and is well', async () => {
    const at = port();
    const config = join(folder, 'haproxy.cfg');
    const text = found('ConfigMap haproxy-controller/ingress-default-backend').data['haproxy.cfg'];
    writeFileSync(config, text.replace('bind :8080', `bind 127.0.0.1:${at}`));
    const [container] = found('Deployment haproxy-controller/ingress-default-backend').spec.template.spec.containers;
    const { said } = start([haproxy, ...container.command.slice(1, -1), config]);
    await until(
      async () => (await answerOf(at, '/healthz')).status === 200,
      () => said,
    );
    expect(await answerOf(at, '/shop')).toEqual({ status: 404, text: 'default backend - 404\n' });
  });

  it('the two containers work together, and each may be killed', async () => {
    const [http, https, stats, healthz, peers, own] = Array.from({ length: 6 }, port);
    const [volume, run] = ['config', 'run'].map((name) => join(folder, name));
    const manifests = join(folder, 'manifests');
    for (const path of [volume, run, manifests]) mkdirSync(path);
    const inFolder = (text) => text.replace('/var/lib/signalbox', volume).replace('/run/signalbox', run);
    // Nobody serves it, so its routes answer 503 and no others do.
    const backend = { service: { name: 'nobody', port: { number: 80 } } };
    const route = (name) =>
      writeFileSync(
        join(manifests, `${name}.yaml`),
        JSON.stringify({
          apiVersion: 'networking.k8s.io/v1',
          kind: 'Ingress',
          metadata: { name },
          spec: { rules: [{ host: `${name}.test`, http: { paths: [{ path: '/', pathType: 'Prefix', backend }] } }] },
        }),
      );
    const isRouted = (host) => async () => (await answerOf(http, '/', host)).status === 503;
    const isServed = async () => (await answerOf(healthz, '/healthz')).status === 200;
    const isReady = async () => (await answerOf(own, '/readyz')).status === 200;
    const flags = controller.args.filter((arg) => /^--(config-dir|runtime-dir|master-socket|log-format)=/.test(arg)).map(inFolder);
    const ports = {
      'http-bind': http,
      'https-bind': https,
      'stats-bind': stats,
      'healthz-bind': healthz,
      localpeer: peers,
      controller: own,
    };
    const startController = () =>
      start([
        ...[...signalbox, 'run', '--files', manifests, '--haproxy', haproxy, ...flags, '--disable-ipv6'],
        ...Object.entries(ports).map(([name, value]) => `--${name}-port=${value}`),
      ]);
    const environment = Object.fromEntries(haproxyContainer.env.map(({ name, value }) => [name, inFolder(value)]));
    // The image has it on its PATH.
    const [shell, option, script] = haproxyContainer.command;
    const startHaproxy = () => start([shell, option, script.replace('exec haproxy ', `exec '${haproxy}' `)], environment);

    const waiting = startHaproxy();
    await sleep(500);
    waiting.child.kill('SIGTERM');
    expect(await waiting.ended).toBe(0);

    route('one');
    let ours = startController();
    let theirs = startHaproxy();
    await until(
      async () => (await isReady()) && (await isServed()),
      () => ours.said + theirs.said,
    );
    expect(await isRouted('one.test')()).toBe(true);
    expect(await isRouted('two.test')()).toBe(false);

    // A restart of the controller is none of HAProxy's business.
    ours.child.kill('SIGKILL');
    await ours.ended;
    expect(await isServed()).toBe(true);
    route('two');
    ours = startController();
    await until(isReady, () => ours.said);
    await until(isRouted('two.test'), () => ours.said + theirs.said);

    // Nor the other way round: it comes back with what it had, and gets what was changed meanwhile.
    theirs.child.kill('SIGKILL');
    await theirs.ended;
    await until(async () => !(await isServed()));
    route('three');
    theirs = startHaproxy();
    await until(isRouted('three.test'), () => ours.said + theirs.said);

    // The controller ends at once and HAProxy serves on, until it is told to finish.
    ours.child.kill('SIGTERM');
    expect(await ours.ended).toBe(0);
    expect(await isServed()).toBe(true);
    theirs.child.kill('SIGUSR1');
    expect(await theirs.ended).toBe(0);
  });
});
