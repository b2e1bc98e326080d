import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { configMapOf, freePorts, ingressOf, serviceOf, sliceOf } from '@signalbox/testing';
import { describe, expect, it } from 'vitest';
import { runProgram } from '../fixtures/program.js';
import { appManifests, Running } from '../fixtures/running.js';
import { TinyApiServer } from '../fixtures/tiny-api-server.js';

/** An application whose endpoint is on loopback, which a cluster may not lead to: its host is answered 503, others are answered 404. */
function app(namespace: string, host: string): readonly object[] {
  return [
    ingressOf({ name: 'app', namespace, rules: { [host]: [{ path: '/', service: 'app' }] } }),
    serviceOf({ name: 'app', namespace }),
    sliceOf({ service: 'app', namespace, endpoints: ['127.0.0.1'], ports: 80 }),
  ];
}

const objects = [
  ...app('shop', 'shop.example'),
  ...app('other', 'other.example'),
  ...app('own', 'own.example'),
  configMapOf({ name: 'settings', namespace: 'own', data: { maxconn: '1234' } }),
  configMapOf({ name: 'more', namespace: 'own', data: { maxconn: '4321' } }),
];

/** A program on a cluster that holds {@link objects}. */
async function start(running: Running, api: TinyApiServer, ...flags: readonly string[]): Promise<{ readonly config: string }> {
  const kubeconfig = join(running.folder, 'kubeconfig');
  await writeFile(kubeconfig, api.kubeconfig);
  running.startPlain(['--kubeconfig', kubeconfig, '--configmap=own/settings', ...flags], {});
  await running.ready(60_000);
  return { config: await readFile(join(running.folder, 'config', 'current', 'haproxy.cfg'), 'utf8') };
}

async function statuses(running: Running, ...hosts: readonly string[]): Promise<readonly number[]> {
  return Promise.all(hosts.map(async (host) => (await running.get(host)).status));
}

describe('run on a cluster', { timeout: 120_000 }, () => {
  it('serves all of it', async () => {
    const [port = 0] = await freePorts(1);
    const tcp = configMapOf({ name: 'tcp', namespace: 'own', data: { [String(port)]: 'shop/app:80' } });
    await using api = await TinyApiServer.start([...objects, tcp]);
    await using running = await Running.make();
    const { config } = await start(running, api, '--configmap-tcp-services=own/tcp');
    expect(config).toContain('maxconn 1234');
    expect(config).toContain(`bind 127.0.0.1:${String(port)}`);
    expect(await statuses(running, 'shop.example', 'other.example', 'own.example', 'nowhere.example')).toEqual([503, 503, 503, 404]);
  });

  it('serves the namespaces that are allowed, and reads of others what the flags name', async () => {
    await using api = await TinyApiServer.start(objects);
    await using running = await Running.make();
    const { config } = await start(running, api, '--namespace-whitelist=shop');
    expect(config).toContain('maxconn 1234');
    expect(await statuses(running, 'shop.example', 'other.example', 'own.example')).toEqual([503, 404, 404]);
  });

  it('does not serve the namespaces that are denied, though they may hold what the flags name', async () => {
    await using api = await TinyApiServer.start(objects);
    await using running = await Running.make();
    const { config } = await start(running, api, '--namespace-blacklist', 'own,other');
    expect(config).toContain('maxconn 1234');
    expect(await statuses(running, 'shop.example', 'other.example', 'own.example')).toEqual([503, 404, 404]);
  });

  it('takes files too, whose objects count before those of the cluster', async () => {
    await using api = await TinyApiServer.start(app('default', 'cluster.example'));
    await using running = await Running.make();
    await running.write(appManifests({ host: 'file.example', port: 1 }));
    await start(running, api, '--files', running.manifests);
    expect(await statuses(running, 'file.example', 'cluster.example')).toEqual([503, 404]);
  });

  it('tells with -t what is wrong in the cluster', async () => {
    await using api = await TinyApiServer.start(objects);
    await using running = await Running.make();
    const kubeconfig = join(running.folder, 'kubeconfig');
    await writeFile(kubeconfig, api.kubeconfig);
    const { exitCode, stdout } = await runProgram('-t', '--kubeconfig', kubeconfig, '--namespace-whitelist', 'shop');
    expect(stdout).toContain('ENDPOINT_FORBIDDEN EndpointSlice shop/app');
    expect(stdout).not.toContain('other/app');
    expect(exitCode).toBe(1);
  });

  it('says what to do where there is no cluster', async () => {
    await using running = await Running.make();
    const program = running.startPlain(['--configmap=own/settings'], { HOME: running.folder, KUBECONFIG: '', KUBERNETES_SERVICE_HOST: '' });
    expect(await program.ended()).toBe(1);
    expect(program.stderr).toContain('Expected credentials for an API server');
    expect(program.stderr).toContain('--kubeconfig; --files serves manifests without a cluster');
    expect(await running.haproxies()).toEqual([]);
  });
});
