import type { Resource } from '@signalbox/core';
import { clusterConnection } from '@signalbox/source-kubernetes';
import { certificateFor, echoServer, freePorts, ingressOf, RealCluster, sendRequest, serviceOf, sliceOf } from '@signalbox/testing';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { edge } from './edge.js';

const edgeClass = {
  apiVersion: 'networking.k8s.io/v1',
  kind: 'IngressClass',
  metadata: { name: 'edge' },
  spec: { controller: 'haproxy.org/ingress-controller/edge' },
} as Resource;

const shop = (annotations: Readonly<Record<string, string>> = {}): Resource =>
  ingressOf({ name: 'shop', className: 'edge', annotations, rules: { 'shop.example': [{ path: '/', service: 'shop' }] } });

it('serves a cluster with no more rights than it says that it needs, and closes what is to be closed', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'edge-'));
  await using cluster = await RealCluster.start();
  await using _app = await echoServer({ name: 'shop', address: '10.244.0.1', port: 8080 });
  await cluster.apply([
    edgeClass,
    serviceOf({ name: 'shop' }),
    sliceOf({ service: 'shop', endpoints: ['10.244.0.1'], ports: 8080 }),
    shop(),
  ]);
  const kubeconfig = join(directory, 'kubeconfig');
  await writeFile(kubeconfig, cluster.kubeconfigFor(await cluster.serviceAccountToken('edge', 'edge')));
  const [httpPort = 0, httpsPort = 0, statsPort = 0, healthzPort = 0] = await freePorts(4);
  const connection = await clusterConnection({ kubeconfig });
  const { controller, roles } = edge({
    connection,
    addresses: ['203.0.113.7'],
    directory,
    certificate: (await certificateFor(['default.example'])).pem,
    listen: { httpPort, httpsPort, statsPort, healthzPort, addresses: ['127.0.0.1'], adminAddresses: ['127.0.0.1'] },
  });
  await cluster.apply(roles);
  const told: string[] = [];
  controller.events.on('diagnostics', ({ added }) => told.push(...added.map(({ code, message }) => `${code} ${message}`)));
  const ended = new AbortController();
  const running = controller.run(ended.signal);

  const patient = { timeout: 60_000, interval: 50 };
  const ask = async () => sendRequest({ port: httpPort, host: 'shop.example' });
  await vi.waitFor(async () => expect(await ask()).toMatchObject({ status: 200, echo: { name: 'shop' } }), patient);
  await cluster.apply([shop({ 'edge.example.org/closed': 'We are back at nine.' })]);
  await vi.waitFor(async () => expect(await ask()).toMatchObject({ status: 503, body: 'We are back at nine.' }), patient);
  const id = { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', metadata: { namespace: 'default', name: 'shop' } };
  await vi.waitFor(
    async () => expect(await cluster.get(id)).toMatchObject({ status: { loadBalancer: { ingress: [{ ip: '203.0.113.7' }] } } }),
    patient,
  );
  expect(told).toEqual([]);

  ended.abort();
  await running;
  await connection.close();
  await rm(directory, { recursive: true });
}, 240_000);
