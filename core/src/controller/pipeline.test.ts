import { describe, expect, it } from 'vitest';
import { boolean, integer } from '../annotation/values.js';
import { family } from '../annotation/family.js';
import { haproxy } from '../haproxy/emitter/index.js';
import { ConfigFiles } from '../haproxy/config-files.js';
import { allKeys } from '../haproxy/model.js';
import { plan } from '../target/plan.js';
import type { Resource, ResourceKind } from '../resource/resource.js';
import { SecretText } from '../secret-text.js';
import type { Translator } from '../routing/translator.js';
import { createPipeline } from './pipeline.js';

interface Host extends Resource { readonly host: string; readonly path: string; readonly service: string }
const hostKind: ResourceKind<Host> = { group: 'test', version: 'v1', kind: 'Host', plural: 'hosts', namespaced: true };
const translator: Translator<Host> = {
  kind: hostKind,
  scope: 'ingress',
  translate(object, context) {
    context.route({ host: object.host, path: { type: 'prefix', value: object.path }, backend: { namespace: object.metadata.namespace ?? '', service: object.service, port: 80 }, tls: false, field: 'host' });
  },
};
const check = family({ name: 'check', scopes: ['global', 'ingress', 'service'], on: 'pool', keys: { check: boolean({ fallback: true, doc: 'x' }) }, apply({ check: on }, { pool }) { if (on) pool.add(haproxy`default-server check`); } });
const status = family({ name: 'status', scopes: ['global', 'ingress'], on: 'route', keys: { status: integer({ min: 200, max: 599, guard: true, doc: 'x' }) }, apply({ status: code }, { route }) { if (code !== undefined) route.add(haproxy`http-request deny deny_status ${code}`); } });

describe('pipeline', () => {
  it('compiles', async () => {
    const pipeline = createPipeline({ plugins: [{ name: 'test', translators: [translator as Translator], annotations: [{ prefixes: ['test/'], families: [check, status], configMap: 'a/cm' }] }], defaultCertificate: { otherwise: new SecretText('PEM') } });
    const writer = pipeline.collection.writer('test', true);
    const object = (name: string, extra: object): Resource => ({ apiVersion: 'test/v1', kind: 'Host', metadata: { name, namespace: 'a' }, ...extra }) as Resource;
    writer.set(object('h1', { host: 'foo.bar', path: '/', service: 's' }));
    writer.set({ ...object('h2', { host: 'foo.bar', path: '/x', service: 's' }), metadata: { name: 'h2', namespace: 'a', annotations: { 'test/status': '404', 'test/check': 'off', 'test/stat': '1' } } } as Resource);
    writer.set({ ...object('h3', { host: 'foo.bar', path: '/y', service: 's' }), metadata: { name: 'h3', namespace: 'a', annotations: { 'test/status': 'x' } } } as Resource);
    writer.set({ apiVersion: 'v1', kind: 'Service', metadata: { name: 's', namespace: 'a' }, spec: { ports: [{ name: 'http', port: 80 }] } } as Resource);
    writer.set({ apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', metadata: { name: 's-1', namespace: 'a', labels: { 'kubernetes.io/service-name': 's' } }, addressType: 'IPv4', endpoints: [{ addresses: ['10.0.0.1'] }, { addresses: ['10.0.0.2'] }], ports: [{ name: 'http', port: 8080 }] } as Resource);
    pipeline.tables.commit(pipeline.collection.take());
    const files = new ConfigFiles({ shards: 1 });
    files.take(plan(allKeys(pipeline.model), new Map()));
    { const { mkdirSync, writeFileSync } = await import("node:fs"); for (const path of files.paths()) { const f = files.render(path); mkdirSync(`/tmp/lead/out/${path}`.replace(/[^/]*$/, ""), { recursive: true }); writeFileSync(`/tmp/lead/out/${path}`, f?.content ?? ""); } }
    console.log(pipeline.diagnostics());
    expect(1).toBe(1);
  });
});
