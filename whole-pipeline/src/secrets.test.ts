import { type Controller, type ControllerEvents, createController, family, haproxy, type Plugin, secretRef } from '@signalbox/core';
import { haproxyOrg } from '@signalbox/haproxy-org';
import { ingress } from '@signalbox/ingress';
import { haproxyCfg } from '@signalbox/sink-haproxy-cfg';
import {
  certificateFor,
  freePorts,
  ingressOf,
  type MemorySource,
  memorySource,
  secretOf,
  sendRequest,
  serviceOf,
  sliceOf,
  tlsSecretOf,
} from '@signalbox/testing';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { canary, CanaryWatch } from './canary.js';

/** Keys that take a Secret: one that HAProxy is to read, one whose configuration HAProxy refuses, one whose family breaks. */
const plugin: Plugin = {
  name: 'canaries',
  annotations: [
    {
      prefixes: ['canary/'],
      families: [
        family({
          name: 'cookie-key',
          scopes: ['ingress'],
          on: 'pool',
          keys: { 'cookie-key': secretRef({ guard: true, doc: 'Secret with the key of dynamic cookies.' }) },
          apply({ 'cookie-key': secret }, { pool }) {
            const key = secret?.data['key'];
            if (key === undefined) return;
            pool.add(haproxy`cookie C insert dynamic`);
            pool.add(haproxy`dynamic-cookie-key ${key}`);
          },
        }),
        family({
          name: 'refused',
          scopes: ['ingress'],
          on: 'pool',
          keys: { refused: secretRef({ doc: 'Leads to something that HAProxy refuses.' }) },
          apply({ refused: secret }, { pool }) {
            const key = secret?.data['key'];
            if (key === undefined) return;
            pool.add(haproxy`dynamic-cookie-key ${key}`);
            pool.add(haproxy`hash-type consistent no-such-function`);
          },
        }),
        family({
          name: 'unfit',
          scopes: ['ingress'],
          on: 'pool',
          keys: { unfit: secretRef({ guard: true, doc: 'Holds what has no encoding.' }) },
          apply({ unfit: secret }, { pool }) {
            const key = secret?.data['key'];
            if (key !== undefined) pool.add(haproxy`dynamic-cookie-key ${key}`);
          },
        }),
      ],
    },
  ],
};

const good = await certificateFor(['good.example']);
const mixed = await certificateFor(['mixed.example']);
const keyLine = (pem: string): string => pem.split('\n')[2] ?? '';
const secrets = {
  'key of a certificate': keyLine(good.key),
  'key of a certificate that is not its own': keyLine(mixed.key),
  'key that is no PEM': canary(),
  'key with broken PEM': canary(),
  'cookie key': canary(),
  'key with a control character': canary(),
  'key beside what HAProxy refuses': canary(),
  users: canary(),
  'a Secret that nobody names': canary(),
  'an annotation of a Secret': canary(),
};
const watch = new CanaryWatch(secrets);

const route = (name: string, annotations: Readonly<Record<string, string>> = {}, secretName?: string) =>
  ingressOf({
    name,
    annotations,
    rules: { [`${name}.example`]: [{ service: 'web' }] },
    ...(secretName !== undefined && { tls: [{ hosts: [`${name}.example`], secretName }] }),
  });

const objects = [
  serviceOf({ name: 'web' }),
  sliceOf({ service: 'web', endpoints: ['127.0.0.1'], ports: 9 }),
  tlsSecretOf({
    name: 'good',
    ...good,
    annotations: { 'kubectl.kubernetes.io/last-applied-configuration': secrets['an annotation of a Secret'] },
  }),
  tlsSecretOf({ name: 'mixed', certificate: good.certificate, key: mixed.key }),
  tlsSecretOf({ name: 'no-pem', certificate: good.certificate, key: secrets['key that is no PEM'] }),
  tlsSecretOf({
    name: 'broken-pem',
    certificate: good.certificate,
    key: `-----BEGIN PRIVATE KEY-----\n${secrets['key with broken PEM']}\n-----END PRIVATE KEY-----\n`,
  }),
  secretOf({ name: 'cookie', data: { key: secrets['cookie key'] } }),
  secretOf({ name: 'control', data: { key: `${secrets['key with a control character']}\u0000x` } }),
  secretOf({ name: 'refused', data: { key: secrets['key beside what HAProxy refuses'] } }),
  secretOf({ name: 'users', data: { admin: `$5$${secrets.users}` } }),
  secretOf({ name: 'nobodys', data: { key: secrets['a Secret that nobody names'] } }),
  route('good', {}, 'good'),
  route('mixed', {}, 'mixed'),
  route('no-pem', {}, 'no-pem'),
  route('broken-pem', {}, 'broken-pem'),
  route('cookie', { 'canary/cookie-key': 'cookie' }),
  route('control', { 'canary/unfit': 'control' }),
  route('users', { 'canary/cookie-key': 'users', 'haproxy.org/auth-type': 'basic-auth', 'haproxy.org/auth-secret': 'users' }),
];

describe('secrets', { timeout: 60_000 }, () => {
  let folder: string;
  let source: MemorySource;
  let controller: Controller;
  let running: Promise<void>;
  const stop = new AbortController();
  const logged: string[] = [];
  const events: unknown[] = [];
  let ports: { readonly stats: number; readonly healthz: number };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'signalbox-secrets-'));
    const [httpPort = 0, httpsPort = 0, statsPort = 0, healthzPort = 0] = await freePorts(4);
    ports = { stats: statsPort, healthz: healthzPort };
    source = memorySource(objects);
    const log = (message: string): void => void logged.push(message);
    const runtimeDir = join(folder, 'run');
    controller = createController({
      sources: [source],
      plugins: [ingress(), haproxyOrg(), plugin],
      sinks: [haproxyCfg({ configDir: join(folder, 'config'), runtimeDir, logger: { debug: log, info: log, warn: log, error: log } })],
      reporters: [{ name: 'test', report: (change) => void events.push(change) }],
      listen: {
        ...{ httpPort, httpsPort, statsPort, healthzPort, addresses: ['127.0.0.1'], adminAddresses: ['127.0.0.1'] },
        ...{ statsSocket: join(runtimeDir, 'admin.sock'), serverStateFile: join(runtimeDir, 'server-state') },
      },
      defaultCertificate: { otherwise: good.pem },
      reloadIntervalMs: 10,
    });
    for (const name of ['changed', 'diagnostics', 'applied', 'rejected', 'reloaded', 'haproxy', 'failed'] as const)
      controller.events.on(name, (event: unknown) => void events.push(event));
    running = controller.run(stop.signal);
    await once('applied');
  });
  afterAll(async () => {
    stop.abort();
    await running;
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  });

  async function once(name: keyof ControllerEvents): Promise<void> {
    await new Promise<void>((resolve) => void controller.events.once(name, () => resolve()));
  }

  /** Files below the folder, with what of them is secret. */
  async function shown(): Promise<{ readonly path: string; readonly mode: number; readonly seen: string[] }[]> {
    const entries = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
    const files = await Promise.all(
      entries.map(async ({ parentPath, name }) => {
        const path = join(parentPath, name);
        return { path: relative(folder, path), mode: (await stat(path)).mode & 0o777, seen: watch.seenIn(await readFile(path, 'utf8')) };
      }),
    );
    return files.filter(({ seen }) => seen.length > 0);
  }

  it('are what the test takes them for: HAProxy reads those that it should', async () => {
    const seen = new Set((await shown()).flatMap((file) => file.seen));
    expect([...seen].sort()).toEqual(['cookie key', 'key of a certificate']);
    const codes = controller.pipeline.diagnostics().map(({ code }) => code);
    expect(new Set(codes)).toEqual(new Set(['CERTIFICATE_INVALID', 'FAMILY_FAILED', 'VALUE_INVALID']));
  });

  it('stand in files of their owner only', async () => {
    for (const { path, mode } of await shown()) expect([path, mode.toString(8)]).toEqual([path, '600']);
  });

  it('are in no report, event or log, even when HAProxy refuses the configuration that they are in', async () => {
    const refused = once('quarantined');
    source.set(route('refused', { 'canary/refused': 'refused' }));
    await refused;
    expect(events.flatMap((event) => watch.seenInValue(event))).toEqual([]);
    expect(watch.seenIn(logged.join('\n'))).toEqual([]);
    expect(watch.seenInValue(controller.pipeline.diagnostics())).toEqual([]);
    expect(JSON.stringify(events)).toContain('HAPROXY_REFUSED');
    // What HAProxy refused is kept to be looked at, without files that hold secrets.
    expect(await readdir(join(folder, 'config', 'failed', 'maps'))).toContain('host.map');
    expect((await shown()).filter(({ path }) => path.includes('failed'))).toEqual([]);
    const mended = once('applied');
    source.delete(route('refused'));
    await mended;
  });

  it('do not show when anything of ours is printed', () => {
    const { pipeline } = controller;
    expect(watch.seenInValue(controller)).toEqual([]);
    expect(watch.seenInValue(pipeline)).toEqual([]);
    for (const table of [...pipeline.model.tables, ...pipeline.collection.kinds.map((kind) => pipeline.collection.table(kind))])
      expect([table.name, ...watch.seenInValue([...table.rows])]).toEqual([table.name]);
  });

  it('are in no argument and no environment of a process', async () => {
    const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
    const read = async (path: string): Promise<string> => readFile(path, 'latin1').catch(() => '');
    const ours = (await Promise.all(pids.map(async (pid) => ({ pid, line: await read(`/proc/${pid}/cmdline`) })))).filter(({ line }) =>
      line.includes(folder),
    );
    expect(ours.length).toBeGreaterThan(0);
    for (const { pid, line } of ours) expect(watch.seenIn(`${line} ${await read(`/proc/${pid}/environ`)}`)).toEqual([]);
  });

  it('are on no page', async () => {
    for (const [port, path] of [
      [ports.stats, '/'],
      [ports.stats, '/metrics'],
      [ports.healthz, '/healthz'],
    ] as const) {
      const { status, body } = await sendRequest({ port, host: 'probe', path });
      expect(status).toBe(200);
      expect(watch.seenIn(body)).toEqual([]);
    }
  });
});
