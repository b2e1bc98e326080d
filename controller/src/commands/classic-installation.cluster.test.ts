import { once } from 'node:events';
import { createServer } from 'node:http';
import { join } from 'node:path';
import type { Resource } from '@signalbox/core';
import {
  type Answer,
  certificateFor,
  configMapOf,
  echoServer,
  ingressOf,
  RealCluster,
  sendRequest,
  serviceOf,
  sliceOf,
  tlsSecretOf,
} from '@signalbox/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Program, until } from '../fixtures/program.js';
import { Running } from '../fixtures/running.js';

/** As containers have been started for years. */
const args = [
  '--default-backend-service=haproxy-controller/ingress-default-backend',
  '--default-ssl-certificate=default/tls-secret',
  '--configmap=default/haproxy-configmap',
];
const namespace = 'haproxy-controller';
const podPort = 5678;

const ingressClass = {
  apiVersion: 'networking.k8s.io/v1',
  kind: 'IngressClass',
  metadata: { name: 'haproxy' },
  spec: { controller: 'haproxy.org/ingress-controller' },
} as Resource;

let cluster: RealCluster;
beforeAll(async () => {
  cluster = await RealCluster.start();
  const { certificate, key } = await certificateFor(['default.example']);
  await cluster.apply([
    ingressClass,
    serviceOf({ name: 'ingress-default-backend', namespace }),
    sliceOf({ service: 'ingress-default-backend', namespace, endpoints: ['10.244.9.9'], ports: podPort }),
    tlsSecretOf({ name: 'tls-secret', certificate, key }),
    configMapOf({ name: 'haproxy-configmap', data: {} }),
  ]);
}, 180_000);
afterAll(async () => {
  await cluster?.stop();
});

/** Answers what no route takes. */
async function defaultBackend(): Promise<AsyncDisposable> {
  const server = createServer((_request, response) => response.writeHead(404).end('default backend - 404'));
  await once(server.listen(podPort, '10.244.9.9'), 'listening');
  return {
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** A program with the classic arguments and nothing else, on the classic ports; what is particular to the test is in its environment. */
function start(running: Running): Program {
  return new Program(args, {
    env: {
      SIGNALBOX_KUBECONFIG: cluster.kubeconfig.path,
      SIGNALBOX_CONFIG_DIR: join(running.folder, 'config'),
      SIGNALBOX_RUNTIME_DIR: running.runtimeDir,
      POD_NAMESPACE: namespace,
    },
  });
}

const get = (port: number, path: string, host: string = 'shop.example'): Promise<Answer> => sendRequest({ port, path, host });

describe('the classic installation', { timeout: 180_000 }, () => {
  it('serves a sample application as it always did', async () => {
    await using _default = await defaultBackend();
    await using _one = await echoServer({ name: 'one', address: '10.244.1.1', port: podPort });
    await using _two = await echoServer({ name: 'two', address: '10.244.1.2', port: podPort });
    await using running = await Running.make();
    await using program = start(running);
    await until(async () => (await get(6060, '/readyz').catch(() => undefined))?.status === 200, 60_000);
    expect(await get(8080, '/')).toMatchObject({ status: 404, body: 'default backend - 404' });
    const secure = await sendRequest({ port: 8443, host: 'shop.example', tls: true });
    expect(secure).toMatchObject({ status: 404, tls: { subject: 'default.example' } });

    const { certificate, key } = await certificateFor(['shop.example']);
    await cluster.apply([
      serviceOf({ name: 'app' }),
      sliceOf({ service: 'app', endpoints: ['10.244.1.1', '10.244.1.2'], ports: podPort }),
      tlsSecretOf({ name: 'shop', certificate, key }),
      ingressOf({
        name: 'web',
        className: 'haproxy',
        rules: { 'shop.example': [{ path: '/', service: 'app' }] },
        tls: [{ hosts: ['shop.example'], secretName: 'shop' }],
      }),
    ]);
    await until(async () => (await get(8080, '/')).status === 302);
    expect(await sendRequest({ port: 8443, host: 'shop.example', tls: true })).toMatchObject({
      status: 200,
      tls: { subject: 'shop.example' },
    });

    await cluster.apply([configMapOf({ name: 'haproxy-configmap', data: { 'servers-increment': '42', 'ssl-redirect': 'OFF' } })]);
    await until(async () => (await get(8080, '/')).status === 200);
    const names: (string | undefined)[] = [];
    for (let each = 0; each < 10; each += 1) names.push((await get(8080, '/')).echo?.name);
    expect(names.filter((name) => name === 'one')).toHaveLength(5);
    expect(names.filter((name) => name === 'two')).toHaveLength(5);
    expect(await get(8080, '/', 'nobody.example')).toMatchObject({ status: 404, body: 'default backend - 404' });

    expect((await get(1042, '/healthz')).status).toBe(200);
    expect((await get(1024, '/')).body).toContain('default_svc_app_80');
    expect((await get(1024, '/metrics')).body).toMatch(
      /^haproxy_backend_http_responses_total\{proxy="default_svc_app_80",code="2xx"\} \d/m,
    );
    expect((await get(6060, '/metrics')).body).toMatch(/^haproxy_reloads_total\{/m);
    expect(program.said).not.toMatch(/WARN|ERROR/);

    program.kill('SIGTERM');
    expect(await program.ended()).toBe(0);
    expect(await running.haproxies()).toEqual([]);
  });
});
