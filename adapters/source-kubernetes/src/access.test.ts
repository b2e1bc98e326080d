import { secretKind, serviceKind } from '@signalbox/core';
import { certificateFor, serviceOf } from '@signalbox/testing';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ClusterAccess } from './cluster-access.js';
import { findKubeConfig } from './find-kubeconfig.js';
import { FakeApiServer } from './fixtures/fake-api-server.js';
import { ingressKind, isCaughtUp, routeKind, run, until } from './fixtures/running.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'signalbox-access-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** A kubeconfig as a file. */
const kubeconfig = (server: string, cluster: object, user: object): string =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'c', cluster: { server, ...cluster } }],
    users: [{ name: 'u', user }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
    'current-context': 'x',
  });

/** Lets in only who has the token of the moment. */
const guard = (server: FakeApiServer, token: () => string): void => {
  server.fault = ({ authorization }) => (authorization === `Bearer ${token()}` ? undefined : { status: 401, message: 'Unauthorized' });
};

describe('A kubeconfig that cannot be used', () => {
  it.each([
    ['YAML', 'users:\n- name: u\n  user:\n    token: hunter2\n   bad: indentation\n', /not valid YAML, .* in line \d+/],
    ['JSON', '{"users":[{"name":"u","user":{"token":"hunter2"}]}', /not valid (?:YAML|JSON)/],
  ])('as it is no %s, is told of without what it holds', async (_what, text, message) => {
    const path = join(folder, 'kubeconfig');
    await writeFile(path, text);
    const error = await findKubeConfig(path).catch((cause: unknown) => cause as Error);
    expect(error).toMatchObject({ message: expect.stringMatching(message) as string });
    expect(inspect(error, { depth: 9 })).not.toContain('hunter2');
  });
});

describe('KubernetesSource and a server that is away', () => {
  it('keeps what is known, says once that it is away and once that it is back', async () => {
    await using server = await FakeApiServer.start(serviceKind, ingressKind, secretKind);
    server.store.set(serviceOf({ name: 'web' }));
    await using running = run(server, [serviceKind, ingressKind, secretKind]);
    await until(() => server.watches.size === 3);
    await server.close();
    await until(() => running.log.length === 1);
    await sleep(300);
    expect(running.log).toEqual([expect.stringMatching(/^warn The API server "http.*" cannot be asked: the connection is refused\./)]);
    expect(running.seen.diagnostics).toMatchObject([{ severity: 'warning', code: 'API_SERVER_UNREACHABLE' }]);
    expect(running.seen.names).toEqual(['Service default/web']);
    server.store.set(serviceOf({ name: 'new' }));
    await server.listen();
    await until(() => isCaughtUp(running.seen, server, serviceKind) && running.log.length === 2);
    expect(running.log[1]).toMatch(/^info The API server "http.*" answers again, after \d+ s\./);
    expect(running.seen.diagnostics).toEqual([]);
    expect(running.source.requests.list).toBe(3);
  });

  it('keeps what is known where what stands before it says that nothing is there', async () => {
    await using server = await FakeApiServer.start(serviceKind, routeKind);
    server.store.set(serviceOf({ name: 'web' }));
    server.store.set({ apiVersion: 'gateway.networking.k8s.io/v1', kind: 'HTTPRoute', metadata: { name: 'web', namespace: 'default' } });
    await using running = run(server, [serviceKind, routeKind]);
    await until(() => running.seen.isSynced && server.watches.size === 2);
    server.fault = () => ({ status: 404, message: 'default backend - 404' });
    server.dropConnections();
    await until(() => server.count('discover') > 8);
    expect(running.seen.names).toHaveLength(2);
    server.fault = () => undefined;
    server.store.set(serviceOf({ name: 'new' }));
    await until(() => running.seen.names.length === 3 && server.watches.size === 2);
  });

  it('lists again where it says no more than that the kind is not there', async () => {
    await using server = await FakeApiServer.start(serviceKind);
    server.store.set(serviceOf({ name: 'web' }));
    let lists = 0;
    const isFirstList = (verb: string): boolean => verb === 'list' && (lists += 1) === 1;
    server.fault = ({ verb }) => (verb === 'discover' ? { status: 403 } : isFirstList(verb) ? { status: 404 } : undefined);
    await using running = run(server, [serviceKind]);
    await until(() => running.seen.isSynced);
    expect(running.seen.names).toEqual(['Service default/web']);
  });

  it('waits for one that is away at the start', async () => {
    await using server = await FakeApiServer.start(serviceKind);
    server.store.set(serviceOf({ name: 'web' }));
    await server.close();
    await using running = run(server, [serviceKind]);
    await until(() => running.log.length === 1);
    expect(running.seen.isSynced).toBe(false);
    await server.listen();
    await until(() => running.seen.isSynced);
    expect(running.seen.names).toEqual(['Service default/web']);
  });

  it.each([
    ['answers 500', { status: 500, message: 'etcdserver: leader changed' }, /answers 500, "etcdserver: leader changed"/],
    ['drops connections', 'drop', /the connection broke/],
    ['answers with a page', 'html', /no JSON/],
    ['says nothing', 'hang', /does not answer/],
  ] as const)('goes on where it %s', async (_, fault, words) => {
    await using server = await FakeApiServer.start(serviceKind);
    server.store.set(serviceOf({ name: 'web' }));
    server.fault = () => fault;
    await using running = run(server, [serviceKind], { timing: { answerMs: 100 } });
    await until(() => running.log.length === 1);
    expect(running.log[0]).toMatch(words);
    server.fault = () => undefined;
    await until(() => running.seen.isSynced);
  });

  it('leaves it alone for as long as it asks', async () => {
    await using server = await FakeApiServer.start(serviceKind);
    server.fault = () => ({ status: 429, headers: { 'retry-after': '2' } });
    await using running = run(server, [serviceKind]);
    await until(() => server.seen.length === 1);
    server.fault = () => undefined;
    await sleep(500);
    expect(server.seen).toHaveLength(1);
    await until(() => running.seen.isSynced);
  });

  it('tells of what is forbidden, once, and tries it again slowly', async () => {
    await using server = await FakeApiServer.start(serviceKind, ingressKind);
    server.store.set(serviceOf({ name: 'web' }));
    server.fault = ({ plural, verb }) =>
      plural === 'ingresses' && verb === 'list' ? { status: 403, message: 'User "signalbox" cannot list it' } : undefined;
    await using running = run(server, [serviceKind, ingressKind]);
    await until(() => server.count('list', 'ingresses') > 3);
    expect(running.log).toEqual([
      expect.stringMatching(/^warn Signalbox may not list ingresses\.networking\.k8s\.io in all namespaces: .*User \\"signalbox\\"/),
    ]);
    expect(running.seen.diagnostics).toMatchObject([{ severity: 'error', code: 'API_ACCESS_FORBIDDEN' }]);
    expect(running.seen.isSynced).toBe(false);
    expect(running.seen.names).toEqual(['Service default/web']);
    server.fault = ({ plural, verb }) => (plural === 'ingresses' && verb === 'watch' ? { status: 403 } : undefined);
    await until(() => running.log.length === 3);
    expect(running.log.slice(1).sort()).toEqual([expect.stringContaining('may list'), expect.stringContaining('may not watch')]);
    server.fault = () => undefined;
    await until(() => server.watches.size === 2);
    await until(() => running.seen.diagnostics.length === 0);
    expect(running.seen.isSynced).toBe(true);
  });
});

describe('KubernetesSource is let in', () => {
  it('with a token of a file that is rotated', async () => {
    let token = 'first';
    const tokenFile = join(folder, 'token');
    await writeFile(tokenFile, `${token}\n`);
    await using server = await FakeApiServer.start(serviceKind);
    guard(server, () => token);
    const user = { authProvider: { name: 'tokenFile', config: { tokenFile } } };
    await using running = run(server, [serviceKind], { kubeconfig: server.kubeconfig(user) });
    await until(() => server.watches.size === 1);
    token = 'second';
    await writeFile(tokenFile, token);
    server.dropConnections();
    server.store.set(serviceOf({ name: 'new' }));
    await until(() => isCaughtUp(running.seen, server, serviceKind));
    expect(running.log).toEqual([]);
  });

  it('with a kubeconfig that is written anew, and says so once while it is not', async () => {
    const path = join(folder, 'kubeconfig');
    await using server = await FakeApiServer.start(serviceKind);
    const write = (token: string): Promise<void> =>
      writeFile(path, kubeconfig(server.url, { 'insecure-skip-tls-verify': true }, { token }));
    await write('old');
    guard(server, () => 'valid');
    await using running = run(server, [serviceKind], { kubeconfig: path });
    await until(() => running.log.length === 1);
    expect(running.log[0]).toMatch(/does not accept the credentials/);
    await writeFile(path, 'half-writ');
    await sleep(60);
    await write('valid');
    await until(() => running.seen.isSynced);
    expect(running.log).toHaveLength(2);
  });

  it('by a program that gives tokens, which runs once for all who ask', async () => {
    const runs = join(folder, 'runs');
    const program = join(folder, 'login');
    const credential = { apiVersion: 'client.authentication.k8s.io/v1', kind: 'ExecCredential', status: { token: 'TOKEN' } };
    const write = (token: string): Promise<void> =>
      writeFile(program, `#!/bin/sh\necho run >> ${runs}\ncat <<END\n${JSON.stringify(credential).replace('TOKEN', token)}\nEND\n`, {
        mode: 0o755,
      });
    await write('first');
    let token = 'first';
    await using server = await FakeApiServer.start(serviceKind, ingressKind, secretKind);
    guard(server, () => token);
    const user = { exec: { apiVersion: 'client.authentication.k8s.io/v1', command: program, args: [], env: null } };
    const path = join(folder, 'kubeconfig');
    await writeFile(path, kubeconfig(server.url, { 'insecure-skip-tls-verify': true }, user));
    await using running = run(server, [serviceKind, ingressKind, secretKind], { kubeconfig: path });
    await until(() => running.seen.isSynced);
    await write('second');
    token = 'second';
    server.dropConnections();
    await until(() => server.watches.size === 3);
    expect(await readFile(runs, 'utf8')).toBe('run\nrun\n');
  });

  it('without waiting for ever for a program that hangs', async () => {
    const program = join(folder, 'login');
    const pid = join(folder, 'pid');
    await writeFile(program, `#!/bin/sh\necho $$ > ${pid}.new\nmv ${pid}.new ${pid}\nexec sleep 600\n`, { mode: 0o755 });
    const user = { exec: { apiVersion: 'client.authentication.k8s.io/v1', command: program, args: [], env: null } };
    const path = join(folder, 'kubeconfig');
    await writeFile(path, kubeconfig('https://api.example', {}, user));
    const access = new ClusterAccess(await findKubeConfig(path));
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      const entered = access.enter();
      const refused = expect(entered).rejects.toThrow('no credentials were to be had in 30000 ms');
      await vi.advanceTimersByTimeAsync(29_999);
      const last = await Promise.race([entered.catch(() => 'refused'), Promise.resolve('waits')]);
      expect(last).toBe('waits');
      await vi.advanceTimersByTimeAsync(1);
      await refused;
    } finally {
      vi.useRealTimers();
      process.kill(Number(await vi.waitUntil(() => readFile(pid, 'utf8').catch(() => undefined))));
    }
    const credential = { apiVersion: 'client.authentication.k8s.io/v1', kind: 'ExecCredential', status: { token: 'late' } };
    await writeFile(program, `#!/bin/sh\ncat <<END\n${JSON.stringify(credential)}\nEND\n`);
    expect(await access.enter()).toMatchObject({ headers: { Authorization: 'Bearer late' } });
    await access.close();
  });

  it('over one pool of connections, and over another when the authority of the server is replaced', async () => {
    const [first, second] = await Promise.all([certificateFor(['api.example']), certificateFor(['api.example'])]);
    const caFile = join(folder, 'ca.crt');
    await writeFile(caFile, first.certificate);
    await using server = new FakeApiServer([serviceKind, ingressKind]);
    await server.listen({ cert: first.certificate, key: first.key });
    const path = join(folder, 'kubeconfig');
    await writeFile(path, kubeconfig(server.url, { 'certificate-authority': caFile, 'tls-server-name': 'api.example' }, { token: 't' }));
    await using running = run(server, [serviceKind, ingressKind], { kubeconfig: path });
    await until(() => server.watches.size === 2);
    expect(server.connections).toBeLessThanOrEqual(2);
    await server.close();
    await server.listen({ cert: second.certificate, key: second.key });
    await until(() => running.log.length === 1 && /cannot be asked: /.test(running.log[0] ?? ''));
    await writeFile(caFile, second.certificate);
    server.store.set(serviceOf({ name: 'new' }));
    await until(() => isCaughtUp(running.seen, server, serviceKind));
  });

  it('at a server behind a path', async () => {
    await using server = await FakeApiServer.start(serviceKind);
    const path = join(folder, 'kubeconfig');
    await writeFile(
      path,
      kubeconfig(`${server.url}/k8s/clusters/c-1/`, { 'insecure-skip-tls-verify': true }, { username: 'u', password: 'p' }),
    );
    await using _running = run(server, [serviceKind], { kubeconfig: path });
    await until(() => server.seen.length > 0);
    expect(server.seen[0]).toMatchObject({
      path: '/k8s/clusters/c-1/api/v1/services',
      authorization: `Basic ${Buffer.from('u:p').toString('base64')}`,
    });
  });
});

describe('findKubeConfig', () => {
  const serverOf = async (...args: Parameters<typeof findKubeConfig>): Promise<string | undefined> =>
    (await findKubeConfig(...args))().getCurrentCluster()?.server;

  it('prefers what is named, then the service account, then $KUBECONFIG, then the home folder', async () => {
    const at = async (name: string): Promise<string> => {
      const path = join(folder, name);
      await mkdir(join(path, '..'), { recursive: true });
      await writeFile(path, kubeconfig(`https://${name.replaceAll(/\W/g, '')}.example`, {}, {}));
      return path;
    };
    const named = await at('named');
    const KUBECONFIG = await at('variable');
    await at('.kube/config');
    const account = 'var/run/secrets/kubernetes.io/serviceaccount';
    await mkdir(join(folder, account), { recursive: true });
    await writeFile(join(folder, account, 'token'), 't');
    const pod = { KUBERNETES_SERVICE_HOST: '10.96.0.1', KUBERNETES_SERVICE_PORT: '443' };
    process.env['KUBERNETES_SERVICE_HOST'] = '10.96.0.1';
    process.env['KUBERNETES_SERVICE_PORT'] = '443';
    process.env['KUBECONFIG'] = KUBECONFIG;
    try {
      const home = folder;
      expect(await serverOf(named, { env: { ...pod, KUBECONFIG }, root: folder, home })).toBe('https://named.example');
      expect(await serverOf(undefined, { env: { ...pod, KUBECONFIG }, root: folder, home })).toBe('https://10.96.0.1:443');
      expect(await serverOf(undefined, { env: { ...pod, KUBECONFIG }, root: join(folder, 'none'), home })).toBe('https://variable.example');
      expect(await serverOf(undefined, { env: {}, root: join(folder, 'none'), home })).toBe('https://kubeconfig.example');
    } finally {
      for (const name of ['KUBERNETES_SERVICE_HOST', 'KUBERNETES_SERVICE_PORT', 'KUBECONFIG']) delete process.env[name];
    }
  });

  it.each([
    ['there is none', undefined, /no.*Name a kubeconfig|There are none/],
    ['the context leads nowhere', 'empty', /leads to no server/],
    ['it is no YAML', 'broken', /cannot be used/],
    ['it is plain HTTP to anywhere', 'http', /https:/],
  ])('refuses where %s', async (_, name, words) => {
    await writeFile(join(folder, 'empty'), '{}');
    await writeFile(join(folder, 'broken'), '{{{');
    await writeFile(join(folder, 'http'), kubeconfig('http://example', {}, {}));
    const named = name === undefined ? undefined : join(folder, name);
    await expect(findKubeConfig(named, { env: {}, home: folder, root: folder })).rejects.toMatchObject({
      code: 'SOURCE_UNREADABLE',
      message: expect.stringMatching(words) as string,
    });
  });
});
