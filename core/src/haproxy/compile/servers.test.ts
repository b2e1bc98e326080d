import { describe, expect, it } from 'vitest';
import type { EndpointPolicy } from '../../routing/endpoint-policy.js';
import { compose, type Composition, service, site, slice } from '../../fixtures/composition.js';
import type { Resource } from '../../resource/resource.js';
import type { ResourceWriter } from '../../resource/source.js';

/** A composition with a second source, which is a tenant's. */
function withTenant(endpoints: EndpointPolicy = {}): Composition & { readonly tenant: ResourceWriter } {
  const composition = compose({ endpoints });
  const tenant = composition.pipeline.collection.writer('cluster', true);
  composition.writer.set(site('one'));
  return { ...composition, tenant };
}

const servers = ({ commit, rows }: Composition): string[] => {
  commit();
  return [...rows('server').values()].map(({ name }) => name).sort();
};

function externalService(): Resource {
  const { metadata, apiVersion, kind } = service('web');
  return {
    apiVersion,
    kind,
    metadata,
    spec: { type: 'ExternalName', externalName: 'web.example', ports: [{ name: 'http', port: 80 }] },
  } as Resource;
}

function addressesOf(name: string, addresses: readonly string[]): Resource {
  return { apiVersion: 'signalbox/v1', kind: 'HostAddresses', metadata: { name }, addresses } as Resource;
}

describe('an endpoint of a tenant', () => {
  it('that leads to loopback is left out, its owner is told, and the others of its slice serve', () => {
    const scene = withTenant();
    scene.tenant.set(service('web'));
    scene.tenant.set(slice('web-1', 'web', ['127.0.0.1', '10.0.0.1', '169.254.169.254']));
    expect(servers(scene)).toEqual(['10.0.0.1:8080']);
    expect(scene.told()).toEqual(['ENDPOINT_FORBIDDEN EndpointSlice a/web-1', 'ENDPOINT_FORBIDDEN EndpointSlice a/web-1']);
    expect(scene.diagnostics()[0]?.message).toBe(
      'Found address "127.0.0.1" and port "8080"; a loopback address is no place for a server of a cluster. Name the address of a pod, or of a server outside; only manifests of the operator (--files) may lead there. This endpoint is left out.',
    );
  });

  it('leads there again as soon as the operator has the slice, and no longer when it is the tenant’s once more', () => {
    const scene = withTenant();
    const loopback = slice('web-1', 'web', ['127.0.0.1']);
    scene.tenant.set(service('web'));
    scene.tenant.set(loopback);
    expect(servers(scene)).toEqual([]);
    scene.writer.set(loopback);
    expect(servers(scene)).toEqual(['127.0.0.1:8080']);
    scene.writer.delete({ group: 'discovery.k8s.io', kind: 'EndpointSlice', namespace: 'a', name: 'web-1' });
    expect(servers(scene)).toEqual([]);
  });

  it('gets nothing from a Service of the operator: it is the slice that names addresses', () => {
    const scene = withTenant();
    scene.writer.set(service('web'));
    scene.tenant.set(slice('web-1', 'web', ['127.0.0.1']));
    expect(servers(scene)).toEqual([]);
  });

  it('is not looked up among the objects of the operator where its address is an ordinary one', () => {
    const scene = withTenant();
    scene.tenant.set(service('web'));
    scene.tenant.set(slice('web-1', 'web', ['10.0.0.1']));
    scene.tenant.set(slice('web-2', 'web', ['127.0.0.1']));
    scene.commit();
    const { tables, collection } = scene.pipeline;
    expect([...tables.watchedKeys(collection.operators)]).toEqual(['discovery.k8s.io/EndpointSlice a/web-2']);
    expect(collection.operators.rows.size).toBe(0);
  });
});

describe('the addresses of an external name', () => {
  it.each([
    ['tenant', []],
    ['operator', ['127.0.0.1:80']],
  ] as const)('may be on loopback if its Service is of the operator: %s', (whose, expected) => {
    const scene = withTenant();
    const names = scene.pipeline.collection.writer('dns', false);
    (whose === 'tenant' ? scene.tenant : scene.writer).set(externalService());
    names.set(addressesOf('web.example', ['127.0.0.1', '203.0.113.7']));
    expect(servers(scene)).toEqual([...expected, '203.0.113.7:80'].sort());
    expect(scene.told()).toEqual(whose === 'tenant' ? ['ENDPOINT_FORBIDDEN Site a/one host'] : []);
  });

  it('are named with the name and the Service', () => {
    const scene = withTenant();
    const names = scene.pipeline.collection.writer('dns', false);
    scene.tenant.set(externalService());
    names.set(addressesOf('web.example', ['::ffff:127.0.0.1']));
    expect(servers(scene)).toEqual([]);
    expect(scene.diagnostics()[0]?.message).toContain('of Service "a/web" for the name "web.example"');
  });
});

describe('where HAProxy itself listens', () => {
  it('there is no server, even for the operator', () => {
    const scene = withTenant({ own: { addresses: ['10.0.0.9'], ports: [8080] } });
    scene.writer.set(service('web'));
    scene.writer.set(slice('web-1', 'web', ['127.0.0.1', '10.0.0.9', '10.0.0.1']));
    expect(servers(scene)).toEqual(['10.0.0.1:8080']);
    expect(scene.told()).toEqual(['ENDPOINT_FORBIDDEN EndpointSlice a/web-1', 'ENDPOINT_FORBIDDEN EndpointSlice a/web-1']);
  });
});
