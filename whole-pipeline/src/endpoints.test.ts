import { ingressOf, memorySource, serviceOf, sliceOf } from '@signalbox/testing';
import { describe, expect, it } from 'vitest';
import { Scene } from './scene.js';

/** A scene whose source is the operator's, and a second source that is not: a cluster's. */
async function withCluster(): Promise<Scene & { readonly cluster: ReturnType<typeof memorySource> }> {
  const scene = await Scene.create();
  const cluster = memorySource([], { name: 'cluster', isOperator: false });
  cluster.writeTo(scene.pipeline.collection.writer(cluster.name, true, cluster.isOperator));
  return Object.assign(scene, { cluster });
}

describe('two sources, one of the operator and one of a cluster', () => {
  it('both name servers on loopback: those of the operator answer, those of the cluster are left out', async () => {
    await using scene = await withCluster();
    await scene.backend('files');
    const inside = await scene.server('inside');
    scene.cluster.set(serviceOf({ name: 'tenant', namespace: 'team' }));
    scene.cluster.set(ingressOf({ name: 'tenant', namespace: 'team', rules: { 'tenant.example': [{ service: 'tenant' }] } }));
    scene.cluster.set(
      sliceOf({
        service: 'tenant',
        namespace: 'team',
        addressType: 'IPv6',
        endpoints: ['::1', '::ffff:127.0.0.1', '64:ff9b::7f00:1'],
        ports: inside.port,
      }),
    );
    await scene.serve(ingressOf({ name: 'files', rules: { 'files.example': [{ service: 'files' }] } }));
    expect(await scene.answerer('files.example')).toBe('files');
    expect(await scene.answerer('tenant.example')).toBe(503);
    expect(scene.codes()).toEqual(['ENDPOINT_FORBIDDEN', 'ENDPOINT_FORBIDDEN', 'ENDPOINT_FORBIDDEN']);
  });

  it('an external name of the cluster that resolves to loopback leads nowhere; one of the operator leads there', async () => {
    await using scene = await withCluster();
    const inside = await scene.server('inside');
    const ports = [{ port: inside.port }];
    for (const [source, name] of [
      [scene.cluster, 'tenant'],
      [scene.source, 'files'],
    ] as const) {
      source.set(serviceOf({ name, externalName: 'inside.example', ports }));
      source.set(ingressOf({ name, rules: { [`${name}.example`]: [{ service: name, port: inside.port }] } }));
    }
    const names = memorySource([], { name: 'dns', isOperator: false });
    names.writeTo(scene.pipeline.collection.writer('dns', false, false));
    const address = { apiVersion: 'signalbox/v1', kind: 'HostAddresses', metadata: { name: 'inside.example' }, addresses: ['127.0.0.1'] };
    names.set(address);
    await scene.serve();
    expect(await scene.answerer('files.example')).toBe('inside');
    expect(await scene.answerer('tenant.example')).toBe(503);
    expect(scene.diagnostics()).toMatchObject([{ code: 'ENDPOINT_FORBIDDEN', object: { name: 'tenant' } }]);
  });
});
