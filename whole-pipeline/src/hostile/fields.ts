import type { Resource } from '@signalbox/core';
import { configMapOf, ingressOf, type PathDraft, secretOf, serviceOf, sliceOf } from '@signalbox/testing';
import type { HostileField } from './field.js';
import { cover, keysFor } from './keys.js';

/** Where all victims live. */
export const victims = 'victims';
const namespace = victims;
const web = { service: 'web' };
const hostOf = (id: string): string => `${id}.example`;
const rules = (id: string, ...paths: readonly Partial<PathDraft>[]): { readonly [host: string]: readonly PathDraft[] } => ({
  [hostOf(id)]: (paths.length === 0 ? [{}] : paths).map((path) => ({ ...web, ...path })),
});

/** A Service and its endpoints for those whose own are not what is tested. */
export const shared: readonly Resource[] = [
  serviceOf({ name: 'web', namespace }),
  sliceOf({ service: 'web', namespace, endpoints: ['127.0.0.1'], ports: 9 }),
];

/** An object with a value at a path that no builder reaches. */
function withField(object: Resource, path: readonly (string | number)[], value: unknown): Resource {
  const copy = structuredClone(object) as unknown as Record<string | number, unknown>;
  let at = copy;
  for (const step of path.slice(0, -1)) at = (at[step] ??= {}) as Record<string | number, unknown>;
  Object.defineProperty(at, path.at(-1) ?? '', { value, enumerable: true, writable: true, configurable: true });
  return copy as unknown as Resource;
}

const paths = (type: string): HostileField => ({
  name: `path: ${type}`,
  atOnce: 20,
  objects: (values, id) => [ingressOf({ name: id, namespace, rules: rules(id, ...values.map((value) => ({ path: value, type }))) })],
  field: (at) => `spec.rules[0].http.paths[${String(at)}]`,
  row: (value, id) =>
    `${hostOf(id)}${type === 'Prefix' ? `${value.replace(/\/+$/, '')}/` : type === 'Exact' ? value : value.replace(/\/+$/, '') || '/'}`,
});

const inPath = (name: string, path: readonly (string | number)[]): HostileField => ({
  name,
  atOnce: 20,
  objects: (values, id) => {
    const ingress = ingressOf({ name: id, namespace, rules: rules(id, ...values.map((_, at) => ({ path: `/${String(at)}` }))) });
    return [
      values.reduce<Resource>((object, value, at) => withField(object, ['spec', 'rules', 0, 'http', 'paths', at, ...path], value), ingress),
    ];
  },
  field: (at) => `spec.rules[0].http.paths[${String(at)}]`,
});

const eachAlone = (
  name: string,
  objects: (value: string, id: string) => readonly Resource[],
  field?: HostileField['field'],
): HostileField => ({
  name,
  atOnce: 1,
  objects: ([value = ''], id) => objects(value, id),
  ...(field && { field }),
});

const ofNames = (...fields: readonly HostileField[]): readonly HostileField[] =>
  fields.map((field) => ({ ...field, isRefusedBefore: true }));

const plain = (id: string): Resource => ingressOf({ name: id, namespace, rules: rules(id) });
const own = (id: string): Resource => ingressOf({ name: id, namespace, rules: rules(id, { service: id }) });

export const hostileFields: readonly HostileField[] = [
  {
    name: 'host: of a rule',
    atOnce: 20,
    objects: (values, id) => [
      withField(
        plain(id),
        ['spec', 'rules'],
        values.map((host) => ({
          host,
          http: { paths: [{ path: '/', pathType: 'Prefix', backend: { service: { name: 'web', port: { number: 80 } } } }] },
        })),
      ),
    ],
    field: (at) => `spec.rules[${String(at)}]`,
    row: (value) => `${value.toLowerCase().replace(/\.$/, '').replace(/^\*/, '')}/`,
  },
  ...['Exact', 'Prefix', 'ImplementationSpecific'].map(paths),
  inPath('reference: pathType', ['pathType']),
  inPath('reference: Service', ['backend', 'service', 'name']),
  inPath('reference: port', ['backend', 'service', 'port']),
  eachAlone('reference: class', (value, id) => [withField(plain(id), ['spec', 'ingressClassName'], value)]),
  {
    name: 'TLS: hosts and Secrets',
    atOnce: 20,
    objects: (values, id) => [
      ingressOf({
        name: id,
        namespace,
        rules: rules(id),
        tls: values.map((value, at) => (at % 2 === 0 ? { hosts: [value], secretName: 'tls' } : { hosts: [hostOf(id)], secretName: value })),
      }),
    ],
    field: (at) => `spec.tls[${String(at)}]`,
  },
  {
    name: 'annotation key: of an Ingress',
    atOnce: 20,
    objects: (values, id) => [
      ingressOf({
        name: id,
        namespace,
        rules: rules(id),
        annotations: Object.fromEntries(values.map((value) => [`haproxy.org/${value}`, '1'])),
      }),
    ],
    field: (_, value) => `metadata.annotations[haproxy.org/${value}]`,
  },
  {
    name: 'annotation value: of an Ingress',
    atOnce: 4,
    objects: (values, id) => [
      ingressOf({
        name: id,
        namespace,
        rules: rules(id),
        annotations: Object.fromEntries(keysFor(id, 4).map((key, at) => [`haproxy.org/${key}`, cover(values[at] ?? '', at)])),
      }),
    ],
  },
  {
    name: 'annotation value: of a Service',
    atOnce: 4,
    objects: (values, id) => [
      serviceOf({
        name: id,
        namespace,
        annotations: Object.fromEntries(keysFor(id, 4).map((key, at) => [`haproxy.org/${key}`, cover(values[at] ?? '', at)])),
      }),
      own(id),
    ],
  },
  {
    name: 'label: and annotations of others',
    atOnce: 20,
    objects: (values, id) => [
      ingressOf({
        name: id,
        namespace,
        rules: rules(id),
        labels: Object.fromEntries(values.map((value) => [value, value])),
        annotations: Object.fromEntries(values.map((value) => [`example.com/${value}`, value])),
      }),
    ],
  },
  {
    name: 'backend: ports of a Service',
    atOnce: 20,
    objects: (values, id) => [
      withField(
        serviceOf({ name: id, namespace }),
        ['spec', 'ports'],
        values.map((value, at) => ({
          name: value,
          port: at + 1,
          targetPort: value,
          protocol: at % 3 === 0 ? value : 'TCP',
          appProtocol: value,
        })),
      ),
      sliceOf({ service: id, namespace, endpoints: ['127.0.0.1'], ports: Object.fromEntries(values.map((value) => [value, 9])) }),
      ingressOf({
        name: id,
        namespace,
        rules: rules(id, ...values.map((_, at) => ({ service: id, path: `/${String(at)}`, port: at + 1 }))),
      }),
    ],
  },
  eachAlone('backend: externalName', (value, id) => [
    serviceOf({ name: id, namespace, externalName: value }),
    { apiVersion: 'signalbox/v1', kind: 'HostAddresses', metadata: { name: value, namespace: '' }, addresses: [value] } as Resource,
    own(id),
  ]),
  {
    name: 'backend: addresses of a slice',
    atOnce: 20,
    objects: (values, id) => [
      serviceOf({ name: id, namespace }),
      sliceOf({
        service: id,
        namespace,
        endpoints: values.map((value) => ({ addresses: [value] })),
        ports: 9,
        addressType: Number(/\d+$/.exec(id)?.[0]) % 2 === 0 ? 'IPv4' : 'IPv6',
      }),
      own(id),
    ],
  },
  eachAlone('backend: name, labels and type of a slice', (value, id) => [
    serviceOf({ name: id, namespace }),
    sliceOf({ name: value, service: id, namespace, endpoints: ['127.0.0.1'], ports: { [value]: 9 }, addressType: value }),
    sliceOf({ name: `${id}-2`, service: value, namespace, endpoints: ['127.0.0.1'], ports: 9 }),
    own(id),
  ]),
  {
    name: 'Secret: names, keys and content',
    atOnce: 20,
    objects: (values, id) => [
      ...values.map((value, at) =>
        secretOf({
          name: at % 4 === 3 ? value : `${id}-${String(at)}`,
          namespace,
          data:
            at % 2 === 0
              ? { 'tls.crt': value, 'tls.key': value }
              : { [value]: value, 'tls.crt': '-----BEGIN CERTIFICATE-----\n', 'tls.key': value },
        }),
      ),
      ingressOf({
        name: id,
        namespace,
        rules: rules(id),
        tls: values.map((_, at) => ({ hosts: [hostOf(id)], secretName: `${id}-${String(at)}` })),
      }),
    ],
  },
  ...ofNames(
    eachAlone('name: of an Ingress', (value, id) => [
      ingressOf({
        name: value,
        namespace,
        rules: rules(id),
        annotations: { 'haproxy.org/check': 'false', 'haproxy.org/allow-list': '10.0.0.0/8' },
      }),
    ]),
    eachAlone('name: of a Service', (value, id) => [
      serviceOf({ name: value, namespace }),
      sliceOf({ service: value, namespace, endpoints: ['127.0.0.1'], ports: 9 }),
      ingressOf({ name: id, namespace, rules: rules(id, { service: value }) }),
    ]),
    eachAlone('name: of a namespace', (value, id) => [
      serviceOf({ name: 'web', namespace: `${victims}${value}` }),
      sliceOf({ service: 'web', namespace: `${victims}${value}`, endpoints: ['127.0.0.1'], ports: 9 }),
      ingressOf({ name: id, namespace: `${victims}${value}`, rules: rules(id), annotations: { 'haproxy.org/deny-list': '10.0.0.0/8' } }),
    ]),
    eachAlone('name: of an IngressClass', (value, id) => [
      {
        apiVersion: 'networking.k8s.io/v1',
        kind: 'IngressClass',
        metadata: { name: value, namespace: '', annotations: { [value]: value } },
        spec: { controller: value, parameters: { apiGroup: value, kind: value, name: value } },
      } as Resource,
      ingressOf({ name: id, namespace, rules: rules(id), className: value }),
    ]),
  ),
  {
    name: 'ConfigMap: that nobody reads',
    atOnce: 50,
    objects: (values, id) => [configMapOf({ name: id, namespace, data: Object.fromEntries(values.map((value) => [value, value])) })],
  },
];
