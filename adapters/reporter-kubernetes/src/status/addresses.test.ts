import { describe, expect, it } from 'vitest';
import { addressesFrom, addressesOf } from './addresses.js';

describe('addressesFrom', () => {
  it('tells IP addresses from host names, each once', () => {
    expect(addressesFrom(['192.0.2.1', '2001:db8::1', 'lb.example', '192.0.2.1'])).toEqual([
      { ip: '192.0.2.1' },
      { ip: '2001:db8::1' },
      { hostname: 'lb.example' },
    ]);
  });
});

describe('addressesOf', () => {
  const service = (spec: object, ingress: readonly object[] = []) => addressesOf({ spec, status: { loadBalancer: { ingress } } });

  it('gives those of the load balancer, and the external IPs', () => {
    const spec = { type: 'LoadBalancer', clusterIP: '10.96.0.1', externalIPs: ['203.0.113.1', '192.0.2.1'] };
    expect(service(spec, [{ ip: '192.0.2.1', ipMode: 'VIP', ports: [] }, { hostname: 'elb.example' }])).toEqual([
      { ip: '192.0.2.1' },
      { hostname: 'elb.example' },
      { ip: '203.0.113.1' },
    ]);
  });

  it('gives none while the load balancer is being made: a cluster IP in the DNS would be wrong', () => {
    expect(service({ type: 'LoadBalancer', clusterIP: '10.96.0.1' })).toEqual([]);
  });

  it('gives the cluster IPs where there is to be no load balancer', () => {
    expect(service({ type: 'NodePort', clusterIP: '10.96.0.1', clusterIPs: ['10.96.0.1', 'fd00::1'] })).toEqual([
      { ip: '10.96.0.1' },
      { ip: 'fd00::1' },
    ]);
    expect(service({ clusterIP: '10.96.0.1', externalIPs: ['203.0.113.1'] })).toEqual([{ ip: '10.96.0.1' }, { ip: '203.0.113.1' }]);
    expect(service({ type: 'ClusterIP', clusterIP: 'None', clusterIPs: ['None'] })).toEqual([]);
  });

  it('gives the name of an ExternalName Service', () => {
    expect(service({ type: 'ExternalName', externalName: 'proxy.example' })).toEqual([{ hostname: 'proxy.example' }]);
    expect(service({ type: 'ExternalName', externalName: '192.0.2.1' })).toEqual([{ ip: '192.0.2.1' }]);
  });
});
