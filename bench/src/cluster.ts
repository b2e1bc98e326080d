import type { ConfigMap, EndpointSlice, Resource, Secret, Service } from '@signalbox/core';
import type { Ingress } from '@signalbox/ingress';
import type { CertificateData } from './certificates.js';

/** What a made-up cluster looks like. All numbers are counted from 0. */
export interface ClusterShape {
  readonly ingresses: number;
  readonly services: number;
  readonly slicesPerService: number;
  readonly endpointsPerSlice: number;
  /** How many namespaces objects are spread over. */
  readonly namespaces: number;
  /** Host of an Ingress. */
  readonly hostOf: (ingress: number) => string;
  /** Service that an Ingress leads to; it is in the same namespace. */
  readonly serviceOf: (ingress: number) => number;
  /** The Secret that every Ingress names in `spec.tls`, and the certificates that it holds one after the other. */
  readonly secret?: { readonly name: string; readonly issues: readonly CertificateData[] };
}

/** The ConfigMap that holds for all. */
export const configMapName = { namespace: 'default', name: 'haproxy-configmap' } as const;

const portName = 'http';

/** Makes the objects of a cluster: each when it is asked for, equal each time. */
export class Cluster {
  readonly shape: ClusterShape;

  constructor(shape: ClusterShape) {
    this.shape = shape;
  }

  *objects(): Generator<Resource> {
    const { ingresses, services, slicesPerService, secret, namespaces } = this.shape;
    yield ingressClass();
    yield this.configMap({ 'load-balance': 'leastconn' });
    for (let at = 0; at < services; at += 1) {
      yield this.service(at);
      for (let slice = 0; slice < slicesPerService; slice += 1) yield this.slice(at, slice);
    }
    if (secret !== undefined) for (let at = 0; at < namespaces; at += 1) yield this.secret(at, 0);
    for (let at = 0; at < ingresses; at += 1) yield this.ingress(at);
  }

  /** An Ingress with three paths; `team` is what its header annotation says. */
  ingress(at: number, team: string = teamOf(at)): Ingress {
    const { hostOf, serviceOf, secret } = this.shape;
    const host = hostOf(at);
    const service = serviceOf(at) % this.shape.services;
    const backend = { service: { name: nameOf('service', service), port: { name: portName } } };
    return {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'Ingress',
      metadata: {
        ...this.#metadata('ingress', at, service),
        annotations: { 'haproxy.org/request-set-header': ['X-Team', team].join(' ') },
      },
      spec: {
        ingressClassName: 'haproxy',
        ...(secret && { tls: [{ hosts: [host], secretName: secret.name }] }),
        rules: [
          {
            host,
            http: { paths: ['api', 'web', 'static'].map((part) => ({ path: pathOf(at, part), pathType: 'Prefix', backend })) },
          },
        ],
      },
    };
  }

  service(at: number): Service {
    return {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: this.#metadata('service', at, at),
      spec: { type: 'ClusterIP', ports: [{ name: portName, port: 80, targetPort: 8080, protocol: 'TCP' }] },
    };
  }

  /** A slice of a Service. With `moved`, its middle endpoint has another address. */
  slice(service: number, slice: number, moved = 0): EndpointSlice {
    const { slicesPerService, endpointsPerSlice } = this.shape;
    const index = service * slicesPerService + slice;
    const middle = Math.floor(endpointsPerSlice / 2);
    return {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { ...this.#metadata('slice', index, service), labels: { 'kubernetes.io/service-name': nameOf('service', service) } },
      addressType: 'IPv4',
      endpoints: Array.from({ length: endpointsPerSlice }, (_, at) => ({
        addresses: [at === middle && moved > 0 ? address(11, moved) : address(10, index * endpointsPerSlice + at)],
        conditions: { ready: true, serving: true, terminating: false },
      })),
      ports: [{ name: portName, port: 8080, protocol: 'TCP' }],
    };
  }

  /** The Secret of a namespace; each `issue` has another certificate. */
  secret(namespace: number, issue: number): Secret {
    const { name = '', issues = [] } = this.shape.secret ?? {};
    return {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name, namespace: this.#namespaceOf(namespace) },
      type: 'kubernetes.io/tls',
      data: issues[issue % issues.length] ?? {},
    };
  }

  configMap(data: Readonly<Record<string, string>>): ConfigMap {
    return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { ...configMapName }, data };
  }

  #metadata(kind: string, at: number, service: number): Resource['metadata'] {
    // Of age that goes with the number, a second apart.
    const creationTimestamp = new Date(Date.UTC(2024, 0, 1) + at * 1000).toISOString();
    return { name: nameOf(kind, at), namespace: this.#namespaceOf(service), creationTimestamp };
  }

  #namespaceOf(service: number): string {
    return nameOf('team', service % this.shape.namespaces);
  }
}

function ingressClass(): Resource {
  const spec = { controller: 'haproxy.org/ingress-controller' };
  return { apiVersion: 'networking.k8s.io/v1', kind: 'IngressClass', metadata: { name: 'haproxy' }, spec } as Resource;
}

/** Few teams, so that routes of one pool share rule sets as they do in real clusters. */
function teamOf(ingress: number): string {
  return nameOf('team', ingress % 20);
}

/** Of equal length, so that names sort by their numbers in clusters of every size. */
export function nameOf(kind: string, at: number): string {
  return [kind, String(at).padStart(6, '0')].join('-');
}

function pathOf(ingress: number, part: string): string {
  return ['', nameOf('app', ingress), part].join('/');
}

function address(first: number, at: number): string {
  return [first, (at >> 16) & 255, (at >> 8) & 255, at & 255].join('.');
}
