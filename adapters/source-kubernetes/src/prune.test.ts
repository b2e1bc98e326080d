import { endpointSliceKind, secretKind, serviceKind } from '@signalbox/core';
import { expect, it } from 'vitest';
import { prune } from './prune.js';

it('takes from an endpoint which Pod on which node it is, and leaves the rest', () => {
  const endpoint = { addresses: ['10.0.0.1'], conditions: { ready: true }, hints: { forZones: [{ name: 'a' }] } };
  const identity = { targetRef: { kind: 'Pod', name: 'web-1' }, nodeName: 'node-1', zone: 'a' };
  const metadata = { name: 'web-1', namespace: 'default', generateName: 'web-', ownerReferences: [{ kind: 'Service' }] };
  expect(prune({ metadata, endpoints: [{ ...endpoint, ...identity }, endpoint], ports: null } as never, endpointSliceKind)).toStrictEqual({
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: 'web-1', namespace: 'default' },
    endpoints: [endpoint, endpoint],
    ports: null,
  });
});

it('keeps no second copy of a Secret', () => {
  const annotations = { 'kubectl.kubernetes.io/last-applied-configuration': '{"data":{"key":"aHVudGVyMg=="}}', kept: 'yes' };
  const pruned = prune({ metadata: { name: 's', namespace: 'default', annotations }, data: { key: 'aHVudGVyMg==' } } as never, secretKind);
  expect(pruned.metadata.annotations).toEqual({ kept: 'yes' });
});

it('takes the status where nobody reads it', () => {
  const service = { metadata: { name: 'web', namespace: 'default', uid: 'u', resourceVersion: '1' }, spec: { ports: [] } };
  const written = {
    ...service,
    metadata: { ...service.metadata, managedFields: [{ manager: 'cloud' }] },
    status: { loadBalancer: { ingress: [{ ip: '192.0.2.1' }] } },
  };
  expect(prune(written as never, serviceKind)).toStrictEqual(prune(service as never, serviceKind));
  expect(prune(written as never, secretKind)).toHaveProperty('status');
});
