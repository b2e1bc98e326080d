import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { kinds } from '../fixtures/recorder.js';
import { admit } from './admit.js';
import { formatField } from './problem.js';

/** What is wrong with a manifest: field and message. */
function refusals(manifest: unknown): Record<string, string> {
  const admission = admit(typeof manifest === 'string' ? parse(manifest) : manifest, kinds);
  if (!('problems' in admission)) return {};
  return Object.fromEntries(admission.problems.map(({ field = [], message }) => [formatField(field), message]));
}

function admitted(manifest: string): unknown {
  const admission = admit(parse(manifest), kinds);
  expect(admission).toHaveProperty('object');
  return 'object' in admission ? admission.object : undefined;
}

const ingress = (spec: string): string => `{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: web}, spec: ${spec}}`;
const path = (text: string): string => ingress(`{rules: [{http: {paths: [${text}]}}]}`);
const backend = 'backend: {service: {name: app, port: {number: 80}}}';
const service = (port: string): string => `{apiVersion: v1, kind: Service, metadata: {name: app}, spec: {ports: [${port}]}}`;
const slice = (type: string, address: string): string =>
  `{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: app}, addressType: ${type}, endpoints: [{addresses: ["${address}"]}]}`;

describe('metadata', () => {
  it.each([
    ['metadata.name', '{apiVersion: v1, kind: Service, metadata: {name: A_b}}', /"A_b".*DNS label/],
    ['metadata.name', '{apiVersion: v1, kind: Secret, metadata: {name: 5}}', /number 5 \(put it in quotes\)/],
    ['metadata.namespace', '{apiVersion: v1, kind: Secret, metadata: {name: a, namespace: a.b}}', /"a\.b"/],
    [
      'metadata.annotations[a/check]',
      '{apiVersion: v1, kind: Namespace, metadata: {name: a, annotations: {a/check: true}}}',
      /boolean true.*quotes/,
    ],
    ['metadata.annotations["a b"]', '{apiVersion: v1, kind: Namespace, metadata: {name: a, annotations: {a b: x}}}', /key/],
    ['metadata.annotations', '{apiVersion: v1, kind: Namespace, metadata: {name: a, annotations: [x]}}', /a list.*map/],
    ['metadata.labels[a]', '{apiVersion: v1, kind: Namespace, metadata: {name: a, labels: {a: "x y"}}}', /"x y"/],
    ['metadata.creationTimestamp', '{apiVersion: v1, kind: Namespace, metadata: {name: a, creationTimestamp: yesterday}}', /"yesterday"/],
    [
      'metadata.annotations[constructor]',
      '{apiVersion: v1, kind: Namespace, metadata: {name: a, annotations: {constructor: 1}}}',
      /number 1/,
    ],
    ['', '{apiVersion: v1, kind: Service, metadata: {generateName: a-}}', /metadata\.name is missing/],
    ['', '{kind: Service, metadata: {name: a}}', /apiVersion is missing/],
    ['apiVersion', '{apiVersion: example.com/v2, kind: Widget, metadata: {name: a}}', /"example.com\/v2".*example.com\/v1/],
  ])('refuses %s of %s', (field, manifest, message) => {
    expect(refusals(manifest)[field]).toMatch(message);
  });

  it('sets the namespace of namespaced kinds and removes that of others', () => {
    expect(admitted('{apiVersion: v1, kind: Secret, metadata: {name: a}}')).toMatchObject({
      metadata: { name: 'a', namespace: 'default' },
    });
    expect(admitted('{apiVersion: v1, kind: Namespace, metadata: {name: a, namespace: b}}')).toEqual({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: 'a' },
    });
  });

  it('reads fields without a value as absent, and annotations without one as empty', () => {
    expect(
      admitted('{apiVersion: v1, kind: Secret, type: , metadata: {name: a, creationTimestamp: null, labels: , annotations: {x: }}}'),
    ).toEqual({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'a', namespace: 'default', annotations: { x: '' } },
    });
  });

  it('looks at no more than the metadata of kinds that it does not know', () => {
    const widget = {
      apiVersion: 'example.com/v1',
      kind: 'Widget',
      metadata: { name: 'a', namespace: 'b' },
      spec: { any: [null, { thing: 1 }] },
    };
    expect(admit(widget, kinds)).toMatchObject({ object: widget });
  });

  it('passes over kinds that nobody asked for, whatever is in them', () => {
    expect(admit({ apiVersion: 'apps/v1', kind: 'Deployment', metadata: 5 }, kinds)).toEqual({
      passedOver: 'apps/Deployment',
      problems: [],
    });
  });

  it('cuts and escapes hostile names', () => {
    const [message] = Object.values(
      refusals({ apiVersion: 'v1', kind: 'Service', metadata: { name: `a\n\u001b[31m${'x'.repeat(5000)}` } }),
    );
    expect(message?.length).toBeLessThan(400);
    expect(message).not.toMatch(/\n|\u001b/);
  });
});

describe('Ingress', () => {
  it.each([
    ['spec.rules[0].host', ingress('{rules: [{host: Foo.bar}]}'), /"Foo\.bar".*lower case/],
    ['spec.rules[0].host', ingress('{rules: [{host: "foo.bar:8080"}]}'), /without port/],
    ['spec.rules[0].host', ingress('{rules: [{host: 10.0.0.1}]}'), /"10\.0\.0\.1"/],
    ['spec.rules[0].host', ingress('{rules: [{host: "*.*.bar"}]}'), /one level/],
    ['spec.rules[0].http.paths', ingress('{rules: [{http: {paths: []}}]}'), /at least one/],
    ['spec.rules[0].http.paths[0].pathType', path(`{path: /, ${backend}}`), /missing; accepted is Exact, Prefix, ImplementationSpecific/],
    ['spec.rules[0].http.paths[0].pathType', path(`{path: /, pathType: prefix, ${backend}}`), /"prefix"/],
    ['spec.rules[0].http.paths[0].path', path(`{path: api, pathType: Prefix, ${backend}}`), /"api".*begins with "\/"/],
    ['spec.rules[0].http.paths[0].path', path(`{path: /a//b, pathType: Exact, ${backend}}`), /without "\/\/"/],
    ['spec.rules[0].http.paths[0].path', path(`{pathType: Exact, ${backend}}`), /missing/],
    ['spec.rules[0].http.paths[0].backend', path('{path: /, pathType: Exact}'), /missing; accepted is a map/],
    [
      'spec.rules[0].http.paths[0].backend.service',
      path('{path: /, pathType: Exact, backend: {serviceName: a, servicePort: 80}}'),
      /v1beta1/,
    ],
    [
      'spec.rules[0].http.paths[0].backend.service.port.number',
      path('{path: /, pathType: Exact, backend: {service: {name: a, port: {number: "80"}}}}'),
      /without quotes/,
    ],
    [
      'spec.rules[0].http.paths[0].backend.service.port.name',
      path('{path: /, pathType: Exact, backend: {service: {name: a, port: {name: http, number: 80}}}}'),
      /not both/,
    ],
    [
      'spec.rules[0].http.paths[0].backend.service.port.number',
      path('{path: /, pathType: Exact, backend: {service: {name: a, port: {}}}}'),
      /missing/,
    ],
    [
      'spec.rules[0].http.paths[0].backend.service.port.number',
      path('{path: /, pathType: Exact, backend: {service: {name: a, port: {number: 65536}}}}'),
      /65536/,
    ],
    ['spec.tls[0].hosts[0]', ingress('{tls: [{hosts: ["a b"]}], defaultBackend: {service: {name: a, port: {number: 80}}}}'), /"a b"/],
    ['spec.tls[0].secretName', ingress('{tls: [{secretName: "a/b"}], defaultBackend: {service: {name: a, port: {number: 80}}}}'), /"a\/b"/],
    ['spec.rules', ingress('{ingressClassName: x}'), /rules, or defaultBackend/],
    ['spec', '{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: web}}', /missing/],
  ])('refuses %s of %s', (field, manifest, message) => {
    expect(refusals(manifest)[field]).toMatch(message);
  });

  it.each([
    ingress('{rules: [{host: "*.foo.bar"}]}'),
    path(`{pathType: ImplementationSpecific, ${backend}}`),
    path(`{path: "/a//b(.*)", pathType: ImplementationSpecific, ${backend}}`),
    path('{path: /, pathType: Prefix, backend: {resource: {apiGroup: example.com, kind: Bucket, name: b}}}'),
    ingress('{tls: [{}], defaultBackend: {service: {name: a, port: {name: http}}}}'),
  ])('lets %s in', (manifest) => {
    expect(refusals(manifest)).toEqual({});
  });

  it.each(['networking.k8s.io/v1beta1', 'extensions/v1beta1'])('reads %s as v1 and says so', (apiVersion) => {
    const old = `
apiVersion: ${apiVersion}
kind: Ingress
metadata: {name: web, annotations: {a: b}}
spec:
  backend: {serviceName: fallback, servicePort: http}
  tls: [{hosts: [foo.bar], secretName: cert}]
  rules: [{host: foo.bar, http: {paths: [{path: /, backend: {serviceName: app, servicePort: 80}}]}}]
`;
    expect(admit(parse(old), kinds)).toEqual({
      ref: { group: 'networking.k8s.io', kind: 'Ingress', namespace: 'default', name: 'web' },
      problems: [expect.objectContaining({ severity: 'warning', code: 'DEPRECATED_API_VERSION', field: ['apiVersion'] })],
      object: {
        apiVersion: 'networking.k8s.io/v1',
        kind: 'Ingress',
        metadata: { name: 'web', namespace: 'default', annotations: { a: 'b' } },
        spec: {
          defaultBackend: { service: { name: 'fallback', port: { name: 'http' } } },
          tls: [{ hosts: ['foo.bar'], secretName: 'cert' }],
          rules: [
            {
              host: 'foo.bar',
              http: {
                paths: [{ path: '/', pathType: 'ImplementationSpecific', backend: { service: { name: 'app', port: { number: 80 } } } }],
              },
            },
          ],
        },
      },
    });
    expect(refusals(old.replace('servicePort: 80', 'servicePort: 0'))).toHaveProperty(['spec.rules[0].http.paths[0].backend.servicePort']);
  });
});

describe('the other kinds', () => {
  it.each([
    ['spec.ports[0].port', service('{port: "80"}'), /without quotes/],
    ['spec.ports[0].targetPort', service('{port: 80, targetPort: "8080"}'), /number without quotes/],
    ['spec.ports[0].protocol', service('{port: 80, protocol: HTTP}'), /TCP, UDP, SCTP/],
    ['spec.ports', service('{port: 80}, {port: 81}'), /has a name/],
    ['spec.ports', service('{port: 80, name: a}, {port: 81, name: a}'), /same name/],
    ['spec.ports', service(''), /at least one port/],
    ['spec.externalName', '{apiVersion: v1, kind: Service, metadata: {name: app}, spec: {type: ExternalName}}', /missing/],
    ['spec.type', '{apiVersion: v1, kind: Service, metadata: {name: app}, spec: {type: Foo}}', /"Foo"/],
    ['endpoints[0].addresses[0]', slice('IPv4', '0.0.0.0'), /link-local/],
    ['endpoints[0].addresses[0]', slice('IPv4', '169.254.1.1'), /link-local/],
    ['endpoints[0].addresses[0]', slice('IPv4', '::1'), /IPv4/],
    ['endpoints[0].addresses[0]', slice('IPv6', 'fe80::1'), /IPv6/],
    ['endpoints[0].addresses[0]', slice('FQDN', 'A b'), /DNS name/],
    ['addressType', slice('ipv4', '10.0.0.1'), /IPv4, IPv6, FQDN/],
    ['spec.controller', '{apiVersion: networking.k8s.io/v1, kind: IngressClass, metadata: {name: a}, spec: {controller: a}}', /"a"/],
    ['data[a]', '{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {a: 5}}', /number 5.*quotes/],
    ['data', '{apiVersion: v1, kind: Secret, type: kubernetes.io/tls, metadata: {name: a}, data: {tls.crt: ""}}', /tls\.key/],
  ])('refuse %s of %s', (field, manifest, message) => {
    expect(refusals(manifest)[field]).toMatch(message);
  });

  it('say nothing of what is in a Secret', () => {
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'a' }, data: { key: 'hunter2 is not base64', number: 271828 } };
    expect(JSON.stringify(refusals(secret))).not.toMatch(/hunter2|271828/);
    expect(Object.keys(refusals(secret))).toEqual(['data[key]', 'data[number]']);
  });

  it('have the defaults of the API server', () => {
    expect(admitted(service('{port: 80}'))).toMatchObject({ spec: { ports: [{ port: 80, protocol: 'TCP', targetPort: 80 }] } });
    expect(admitted('{apiVersion: v1, kind: Secret, metadata: {name: a}, data: {a: "YQ==", b: "Yg=="}, stringData: {b: ü}}')).toEqual({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'a', namespace: 'default' },
      data: { a: 'YQ==', b: 'w7w=' },
    });
    expect(
      admitted(
        '{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: a}, addressType: IPv4, endpoints: null, ports: [{port: 1}]}',
      ),
    ).toMatchObject({ ports: [{ port: 1, protocol: 'TCP' }] });
  });

  it('let loopback endpoints in', () => {
    expect(refusals(slice('IPv4', '127.0.0.1'))).toEqual({});
    expect(refusals(slice('IPv6', '::1'))).toEqual({});
  });

  it('turn simple Endpoints into an EndpointSlice', () => {
    const endpoints =
      '{apiVersion: v1, kind: Endpoints, metadata: {name: app}, subsets: [{addresses: [{ip: 10.0.0.1}], notReadyAddresses: [{ip: 10.0.0.2}], ports: [{port: 80}]}]}';
    expect(admitted(endpoints)).toMatchObject({
      kind: 'EndpointSlice',
      metadata: { labels: { 'kubernetes.io/service-name': 'app' } },
      addressType: 'IPv4',
      endpoints: [
        { addresses: ['10.0.0.1'], conditions: { ready: true } },
        { addresses: ['10.0.0.2'], conditions: { ready: false } },
      ],
      ports: [{ port: 80, protocol: 'TCP' }],
    });
  });
});
