import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { kinds } from '../fixtures/recorder.js';
import { admit } from './admit.js';
import { formatField } from './problem.js';

function told(manifest: string): string[] {
  const { problems = [] } = admit(parse(manifest), kinds);
  return problems.map(({ severity, code, field = [], message }) => `${severity} ${code} ${formatField(field)}: ${message}`);
}

const ingress = (metadata: string, spec: string): string =>
  `{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: a, ${metadata}}, spec: {${spec}}}`;
const rule = (fields: string, path = ''): string =>
  `rules: [{host: a.example, http: {paths: [{path: /, pathType: Exact, backend: {service: {name: a, port: {number: 80}}}, ${path}}]}, ${fields}}]`;

describe('a field that Kubernetes does not have', () => {
  it.each([
    [ingress('anotations: {a: b}', rule('')), 'metadata.anotations', 'annotations'],
    [ingress('', rule('hots: b.example')), 'spec.rules[0].hots', 'host'],
    [ingress('', rule('', 'pathtype: Prefix')), 'spec.rules[0].http.paths[0].pathtype', 'pathType'],
    [ingress('', `${rule('')}, ingressclassName: x`), 'spec.ingressclassName', 'ingressClassName'],
    [ingress('', `${rule('')}, tls: [{host: [a.example], secretName: s}]`), 'spec.tls[0].host', 'hosts'],
    [
      '{apiVersion: v1, kind: Service, metadata: {name: a}, spec: {port: [], ports: [{port: 80, targetport: 8080}]}}',
      'spec.ports[0].targetport',
      'targetPort',
    ],
    ['{apiVersion: v1, kind: Secret, metadata: {name: a}, stringdata: {a: hunter2}}', 'stringdata', 'stringData'],
    ['{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, Data: {a: b}}', 'Data', 'data'],
  ])('is told in %s', (manifest, field, meant) => {
    expect(told(manifest)).toContainEqual(
      expect.stringMatching(new RegExp(`^warning FIELD_UNKNOWN ${field.replace(/[.[\]]/g, '\\$&')}: .*did you mean ${meant}\\?$`)),
    );
    expect(JSON.stringify(told(manifest))).not.toContain('hunter2');
    expect(admit(parse(manifest), kinds)).toHaveProperty('object');
  });

  it('is told with those that there are, where none is like it, and prototypes are no fields', () => {
    expect(told(ingress('', `${rule('')}, somethingElse: 1`))).toEqual([
      expect.stringMatching(/"somethingElse".*known are defaultBackend, ingressClassName, rules, tls$/),
    ]);
    expect(told(ingress('', `${rule('')}, constructor: 1, toString: 2`))).toHaveLength(2);
  });

  it('is told ten times at most for one object', () => {
    const many = Array.from({ length: 1000 }, (_, at) => `x${String(at)}: 1`).join(', ');
    const problems = told(ingress('', `${rule('')}, ${many}`));
    expect(problems).toHaveLength(11);
    expect(problems.at(-1)).toMatch(/990 more/);
  });

  it('is none of those that a cluster writes or that only clusters read', () => {
    expect(
      told(`
apiVersion: v1
kind: Service
metadata: {name: a, uid: u, resourceVersion: "1", generation: 1, managedFields: [{manager: m}], ownerReferences: [], finalizers: [x], selfLink: /a}
spec:
  clusterIP: None
  clusterIPs: [None]
  ipFamilies: [IPv4]
  ipFamilyPolicy: SingleStack
  internalTrafficPolicy: Cluster
  externalTrafficPolicy: Local
  healthCheckNodePort: 30000
  trafficDistribution: PreferClose
  publishNotReadyAddresses: true
  sessionAffinity: ClientIP
  sessionAffinityConfig: {clientIP: {timeoutSeconds: 1}}
  loadBalancerClass: x
  selector: {anything: goes}
  ports: [{name: a, port: 80, nodePort: 30001, appProtocol: http}]
status: {loadBalancer: {}}`),
    ).toEqual([]);
    expect(
      told(`
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: a, generateName: a-}
addressType: IPv4
endpoints: [{addresses: [10.0.0.1], nodeName: n, zone: z, hostname: h, hints: {forZones: []}, targetRef: {kind: Pod}, deprecatedTopology: {}}]
ports: [{port: 80, appProtocol: http}]`),
    ).toEqual([]);
    expect(told('{apiVersion: v1, kind: Secret, metadata: {name: a}, immutable: true, data: {anything: "YQ=="}}')).toEqual([]);
    expect(told('{apiVersion: example.com/v1, kind: Widget, metadata: {name: a}, whatever: 1}')).toEqual([]);
  });
});

describe('a kind that Kubernetes does not have', () => {
  it.each([
    ['networking.k8s.io/v1', 'ingress', 'Ingress of apiVersion networking.k8s.io/v1'],
    ['networking.k8s.io/v1', 'Ingres', 'Ingress of apiVersion networking.k8s.io/v1'],
    ['v1', 'Ingress', 'Ingress of apiVersion networking.k8s.io/v1'],
    ['networking/v1', 'Ingress', 'Ingress of apiVersion networking.k8s.io/v1'],
    ['networking.k8.io/v1', 'Ingress', 'Ingress of apiVersion networking.k8s.io/v1'],
    ['v1', 'Services', 'Service of apiVersion v1'],
    ['v1', 'Configmap', 'ConfigMap of apiVersion v1'],
  ])('%s %s is told', (apiVersion, kind, meant) => {
    expect(told(`{apiVersion: ${apiVersion}, kind: ${kind}, metadata: {name: a}}`)).toEqual([
      expect.stringMatching(`KIND_UNKNOWN.*Did you mean kind ${meant}`),
    ]);
  });

  it.each([
    ['config.openshift.io/v1', 'Ingress'],
    ['serving.knative.dev/v1', 'Service'],
    ['v1', 'ServiceAccount'],
    ['v1', 'Pod'],
    ['networking.k8s.io/v1', 'NetworkPolicy'],
    ['networking.k8s.io/v1', 'ServiceCIDR'],
    ['apps/v1', 'Deployment'],
  ])('%s %s is somebody’s own, and passed over without a word', (apiVersion, kind) => {
    expect(told(`{apiVersion: ${apiVersion}, kind: ${kind}, metadata: {name: a}}`)).toEqual([]);
  });
});
