import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Resource } from '@signalbox/core';
import { ingressOf, RealCluster, serviceOf } from '@signalbox/testing';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { Running } from '../fixtures/running.js';

const many = Array.from({ length: 1000 }, (_, index) => `app-${String(index)}`);
const account = 'system:serviceaccount:signalbox:controller';
const patient = { timeout: 90_000, interval: 50 };

let folder: string;
let cluster: RealCluster;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'signalbox-many-'));
  const policy = join(folder, 'policy.json');
  const resources = [{ group: 'networking.k8s.io', resources: ['ingresses/status'] }];
  const rules = [{ level: 'Metadata', users: [account], resources }, { level: 'None' }];
  await writeFile(policy, JSON.stringify({ apiVersion: 'audit.k8s.io/v1', kind: 'Policy', omitStages: ['RequestReceived'], rules }));
  cluster = await RealCluster.start({ apiServerFlags: [`--audit-policy-file=${policy}`, `--audit-log-path=${join(folder, 'audit.log')}`] });
}, 180_000);
afterAll(async () => {
  await cluster?.stop();
  await rm(folder, { recursive: true, force: true });
});

const admin = {
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'ClusterRoleBinding',
  metadata: { name: 'controller' },
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
  subjects: [{ kind: 'ServiceAccount', namespace: 'signalbox', name: 'controller' }],
} as Resource;

/** How many Ingresses have a status. */
async function withStatus(): Promise<number> {
  const all = await cluster.list<Resource & { readonly status?: { readonly loadBalancer?: { readonly ingress?: unknown } } }>(
    'networking.k8s.io/v1',
    'Ingress',
    { namespace: 'default' },
  );
  return all.filter(({ status }) => status?.loadBalancer?.ingress !== undefined).length;
}

const writes = async (): Promise<number> =>
  (await readFile(join(folder, 'audit.log'), 'utf8')).split('\n').filter((line) => line !== '').length;

describe('a thousand Ingresses', { timeout: 240_000 }, () => {
  it('have each a status by one write, and are forgotten when they are gone', async () => {
    const kubeconfig = join(folder, 'kubeconfig');
    await writeFile(kubeconfig, cluster.kubeconfigFor(await cluster.serviceAccountToken('signalbox', 'controller')));
    await cluster.apply([admin, serviceOf({ name: 'app' })]);
    await using running = await Running.make();
    const program = running.startPlain(['--kubeconfig', kubeconfig, '--publish-address=203.0.113.7'], { POD_NAMESPACE: 'signalbox' });
    await running.ready(60_000);
    await program.untilSaid('is the leader now');

    await cluster.apply(many.map((name) => ingressOf({ name, rules: { [`${name}.example`]: [{ path: '/', service: 'app' }] } })));
    const createdAt = performance.now();
    await vi.waitUntil(async () => (await withStatus()) === many.length, patient);
    console.log(`all statuses ${((performance.now() - createdAt) / 1000).toFixed(2)} s after the last Ingress`);
    expect(await writes()).toBe(many.length);

    await cluster.request({ method: 'DELETE', path: '/apis/networking.k8s.io/v1/namespaces/default/ingresses' });
    const deletedAt = performance.now();
    await vi.waitUntil(async () => (await running.get('app-999.example')).status === 404, patient);
    console.log(`not served any more ${((performance.now() - deletedAt) / 1000).toFixed(2)} s after they were deleted`);
    program.kill('SIGTERM');
    expect(await program.ended()).toBe(0);
    // What is gone has no status that could be taken back.
    expect(await writes()).toBe(many.length);
  });
});
