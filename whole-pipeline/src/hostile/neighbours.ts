import type { Resource, SecretText } from '@signalbox/core';
import { certificateFor, configMapOf, ingressOf, serviceOf, sliceOf, tlsSecretOf } from '@signalbox/testing';

/** Who must not feel anything: routes, settings, a certificate, a list, the operator's ConfigMap (the first of them). */
export async function makeNeighbours(): Promise<{ readonly neighbours: readonly Resource[]; readonly defaultPem: SecretText }> {
  const { pem, certificate, key } = await certificateFor(['neighbour.example']);
  const neighbours = [
    configMapOf({ name: 'main', namespace: 'ops', data: { 'timeout-client': '33s', 'response-set-header': 'X-Operator yes' } }),
    serviceOf({ name: 'web', namespace: 'neighbour', annotations: { 'haproxy.org/load-balance': 'leastconn' } }),
    sliceOf({ service: 'web', namespace: 'neighbour', endpoints: ['127.0.0.1'], ports: 9 }),
    tlsSecretOf({ name: 'tls', namespace: 'neighbour', certificate, key }),
    ingressOf({
      name: 'neighbour',
      namespace: 'neighbour',
      created: '2020-01-01T00:00:00Z',
      rules: {
        'neighbour.example': [{ path: '/', service: 'web' }],
        '*.neighbour.example': [{ path: '/x', type: 'Exact', service: 'web' }],
        '': [{ path: '/text', type: 'ImplementationSpecific', service: 'web' }],
      },
      defaultBackend: { service: 'web' },
      tls: [{ hosts: ['neighbour.example'], secretName: 'tls' }],
      annotations: { 'haproxy.org/allow-list': '10.0.0.0/8, 127.0.0.1', 'haproxy.org/request-set-header': 'X-Neighbour "a b"' },
    }),
  ];
  return { neighbours, defaultPem: pem };
}
