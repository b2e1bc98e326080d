import { family, haproxy, type Plugin, secretRef, text } from '@signalbox/core';
import { ingress } from '@signalbox/ingress';
import { certificateFor, configMapOf, ingressOf, secretOf } from '@signalbox/testing';
import { expect, it } from 'vitest';
import { Scene } from './scene.js';

const marks = family({
  name: 'marks',
  scopes: ['global'],
  on: 'listener',
  keys: { mark: text({ guard: true, doc: 'Is set on all requests.' }) },
  apply({ mark }, { listener }) {
    if (mark !== undefined) listener.add(haproxy`http-request set-header X-Mark "${mark} %[var(txn.path_match)]"`);
    listener.statistics.add(haproxy`http-request deny deny_status 401 if { path /metrics }`);
  },
});
const authorities = family({
  name: 'authorities',
  scopes: ['global'],
  on: 'https',
  keys: { authorities: secretRef({ guard: true, doc: 'Secret of those who sign the certificates of clients.' }) },
  apply({ authorities: secret }, { https }) {
    const pem = secret?.data['ca.crt'];
    if (pem !== undefined) https.clientAuthorities(pem, 'required');
  },
});
const plugin: Plugin = { name: 'mine', annotations: [{ prefixes: ['mine/'], families: [marks, authorities], configMap: 'ops/settings' }] };

async function sceneWith(data: Record<string, string>): Promise<Scene> {
  const scene = await Scene.create({ plugins: [ingress(), plugin] });
  await scene.backend('web');
  const { certificate } = await certificateFor(['authority.test']);
  await scene.serve(
    configMapOf({ name: 'settings', namespace: 'ops', data }),
    secretOf({ name: 'clients', namespace: 'ops', data: { 'ca.crt': certificate } }),
    ingressOf({ name: 'web', rules: { 'a.example': [{ service: 'web' }] } }),
  );
  return scene;
}

it('what families add on listeners knows the route of a request, and is there on HTTP, HTTPS and the statistics', async () => {
  await using scene = await sceneWith({ mark: 'all' });
  for (const tls of [false, true]) {
    const { echo } = await scene.request({ host: 'a.example', tls });
    expect(echo?.headers['x-mark']).toBe('all default_svc_web_80');
  }
  const statistics = { host: 'statistics', port: scene.haproxy.listen.statsPort };
  expect((await scene.request({ ...statistics, path: '/metrics' })).status).toBe(401);
  expect((await scene.request(statistics)).status).toBe(200);
});

it('a guard on listeners that cannot be used closes HTTP, HTTPS and the statistics that it may be for, one on HTTPS closes HTTPS', async () => {
  const statuses = async (data: Record<string, string>): Promise<number[]> => {
    await using scene = await sceneWith(data);
    const requests = [false, true].map((tls) => scene.request({ host: 'a.example', tls }));
    requests.push(scene.request({ host: 'other.example' }), scene.request({ host: 'statistics', port: scene.haproxy.listen.statsPort }));
    return (await Promise.all(requests)).map(({ status }) => status);
  };
  expect(await statuses({})).toEqual([200, 200, 404, 200]);
  expect(await statuses({ mark: 'two\u0000words' })).toEqual([503, 503, 503, 503]);
  expect(await statuses({ authorities: 'ops/missing' })).toEqual([200, 503, 404, 200]);
});

it('clients without a certificate of the authorities do not get through HTTPS', async () => {
  await using scene = await sceneWith({ authorities: 'ops/clients' });
  await expect(scene.request({ host: 'a.example', tls: true })).rejects.toThrow();
  expect((await scene.request({ host: 'a.example' })).status).toBe(200);
});
