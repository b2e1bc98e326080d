import type { BackendRef, EndpointSlice, Interests, ResourceWriter, Service, Source } from '@signalbox/core';
import type { SampleServer } from './sample-servers.js';

/** The Service of the default backend. It is in no file, so that the manifests of the quickstart hold only what they are about. */
export const defaultBackend: BackendRef = { namespace: 'signalbox-demo', service: 'default-backend', port: 80 };

/** Says where the sample servers are, as the EndpointSlices of a cluster would: their ports are others each time. */
export class SampleObjects implements Source {
  readonly name = 'samples';
  /** The samples are on loopback. */
  readonly isOperator = true;
  readonly #objects: readonly (Service | EndpointSlice)[];

  constructor(apps: readonly SampleServer[], notFound: SampleServer) {
    const { namespace, service: name } = defaultBackend;
    this.#objects = [
      ...apps.map((app) => sliceOf('default', 'app', app)),
      {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { namespace, name },
        spec: { ports: [{ port: 80, protocol: 'TCP' }] },
      } satisfies Service,
      sliceOf(namespace, name, notFound),
    ];
  }

  async run(into: ResourceWriter, _interests: Interests, signal: AbortSignal): Promise<void> {
    into.replaceAll(this.#objects.map((object) => ({ object })));
    into.synced();
    await new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      else signal.addEventListener('abort', () => resolve(), { once: true });
    });
  }
}

/** One slice a server: they are on one address, on different ports. */
function sliceOf(namespace: string, service: string, server: SampleServer): EndpointSlice {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { namespace, name: server.name, labels: { 'kubernetes.io/service-name': service } },
    addressType: 'IPv4',
    ports: [{ name: '', protocol: 'TCP', port: server.port }],
    endpoints: [{ addresses: ['127.0.0.1'], conditions: { ready: true } }],
  };
}
