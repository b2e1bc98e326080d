import type { Resource } from '@signalbox/core';
import { echoServer, ingressOf, RealCluster, secretOf, serviceOf, sliceOf } from '@signalbox/testing';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { Running } from '../fixtures/running.js';

const patient = { timeout: 90_000, interval: 100 };
const hosts = Array.from({ length: 334 }, (_, index) => `app-${String(index)}`);

let cluster: RealCluster;
beforeAll(async () => {
  cluster = await RealCluster.start();
  await cluster.apply(hosts.flatMap(app));
}, 180_000);
afterAll(async () => {
  await cluster?.stop();
});

/** An application, of which there are three hundred: Service, endpoints and Ingress. */
function app(name: string): readonly Resource[] {
  return [
    serviceOf({ name }),
    sliceOf({ service: name, endpoints: ['10.244.0.1'], ports: 8080 }),
    ingressOf({ name, rules: { [`${name}.example`]: [{ path: '/', service: name }] } }),
  ];
}

/** Of one of them each, what users get wrong. */
const broken: readonly Resource[] = [
  secretOf({ name: 'broken', type: 'kubernetes.io/tls', data: { 'tls.crt': 'no certificate', 'tls.key': 'hidden-words' } }),
  ingressOf({
    name: 'with-secret',
    rules: { 'with-secret.example': [{ path: '/', service: 'app-0' }] },
    tls: [{ hosts: ['with-secret.example'], secretName: 'broken' }],
  }),
  ingressOf({
    name: 'with-annotation',
    annotations: { 'haproxy.org/load-balance': 'the-best' },
    rules: { 'with-annotation.example': [{ path: '/', service: 'app-1' }] },
  }),
  ingressOf({
    name: 'with-snippet',
    annotations: { 'haproxy.org/backend-config-snippet': 'frobnicate the-backend' },
    rules: { 'with-snippet.example': [{ path: '/', service: 'app-2' }] },
  }),
];

interface Event extends Resource {
  readonly involvedObject: { readonly kind: string; readonly name: string };
  readonly type: string;
  readonly reason: string;
  readonly message: string;
}

/** What was told of an object, in one text. */
async function toldOf(kind: string, name: string): Promise<string> {
  const fieldSelector = `involvedObject.kind=${kind},involvedObject.name=${name},type=Warning`;
  const events = await cluster.list<Event>('v1', 'Event', { namespace: 'default', fieldSelector });
  return events.map(({ reason, message }) => `${reason} ${message}`).join('\n');
}

async function eachIsTold(): Promise<void> {
  await vi.waitFor(async () => {
    const secret = (await toldOf('Secret', 'broken')) + (await toldOf('Ingress', 'with-secret'));
    expect(secret).toMatch(/"default\/broken" cannot be served: .* Until it is mended/);
    expect(await toldOf('Ingress', 'with-annotation')).toMatch(/Found "the-best"; expected roundrobin, /);
    expect(await toldOf('Ingress', 'with-snippet')).toMatch(/knows no keyword "frobnicate" .* until it is mended/);
  }, patient);
}

async function allServe(running: Running): Promise<void> {
  const unserved: string[] = [];
  for (const name of hosts) if ((await running.get(`${name}.example`)).status !== 200) unserved.push(name);
  expect(unserved).toEqual([]);
}

describe('of a thousand objects three that are broken', { timeout: 300_000 }, () => {
  it('are told to their owners, and all others serve: while it runs, and at a cold start', async () => {
    await using _server = await echoServer({ name: 'app', address: '10.244.0.1', port: 8080 });
    {
      await using running = await Running.make();
      running.startPlain(['--kubeconfig', cluster.kubeconfig.path, '--enable-config-snippets=ingress'], {});
      await running.ready(60_000);
      await cluster.apply(broken);
      await eachIsTold();
      await allServe(running);
    }
    await cluster.request({ method: 'DELETE', path: '/api/v1/namespaces/default/events' });
    await using running = await Running.make();
    const program = running.startPlain(['--kubeconfig', cluster.kubeconfig.path, '--enable-config-snippets=ingress'], {});
    await running.ready(120_000);
    await allServe(running);
    await eachIsTold();
    expect((await running.get('with-annotation.example')).status).toBe(200);
    expect((await running.get('with-snippet.example')).status).toBe(503);
    expect(program.said).not.toContain('hidden-words');
  });
});
