import { type AnyFamily, type ConfigFile, createPipeline, type Diagnostic, type Pipeline, type Key, type Resource } from '@signalbox/core';
import { isCode } from './hostile/keys.js';
import { haproxyOrg } from '@signalbox/haproxy-org';
import { ingress } from '@signalbox/ingress';
import { checkFiles, configMapOf, ingressOf, type PathDraft, renderFiles, secretOf, serviceOf, sliceOf } from '@signalbox/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hostileValues } from './hostile-values.js';
import { makeNeighbours } from './hostile/neighbours.js';
import { Scene } from './scene.js';
import { partsOf } from './sections.js';

const plugins = [ingress(), haproxyOrg({ configMap: 'ops/main' })];
const [annotations] = haproxyOrg().annotations ?? [];
const keys = (annotations?.families ?? []).flatMap((family: AnyFamily) => Object.keys(family.keys as object));
/** Lines of HAProxy are taken from the operator as they are: they are no values. */
const operatorKeys = (annotations?.families ?? []).flatMap((family: AnyFamily) =>
  Object.entries(family.keys as Readonly<Record<string, Key>>).flatMap(([name, key]) => (isCode(key) ? [] : [name])),
);
/** What a value may hide behind. */
const covers = ['{}', 'X-Test {}', '/p{}', 'GET /p{} HTTP/1.1', 'hdr({})', 'url_param {}', '10.0.0.0/8,{}', '5{}'];

/** One string field of some object, with the objects around it that make it matter. */
interface Field {
  readonly name: string;
  readonly objects: (value: string, namespace: string) => readonly Resource[];
}

const host = (namespace: string): string => `${namespace}.example`;
const web = (namespace: string, path: Partial<PathDraft> = {}) => ({ rules: { [host(namespace)]: [{ service: 'web', ...path }] } });
const around = (namespace: string): Resource[] => [
  serviceOf({ name: 'web', namespace }),
  sliceOf({ service: 'web', namespace, endpoints: ['127.0.0.1'], ports: 9 }),
];
const plain = (namespace: string): Resource => ingressOf({ name: 'victim', namespace, ...web(namespace) });

/** An object with the value at a path that no builder reaches. */
function withField(object: Resource, path: readonly (string | number)[], value: unknown): Resource {
  const copy = structuredClone(object) as unknown as Record<string | number, unknown>;
  let at = copy;
  for (const step of path.slice(0, -1)) at = (at[step] ??= {}) as Record<string | number, unknown>;
  const last = path.at(-1) ?? '';
  Object.defineProperty(at, last, { value, enumerable: true, writable: true, configurable: true });
  return copy as unknown as Resource;
}

const ingressFields: Field[] = [
  ...(
    [
      ['metadata', 'creationTimestamp'],
      ['metadata', 'uid'],
      ['spec', 'ingressClassName'],
      ['spec', 'rules', 0, 'host'],
      ['spec', 'rules', 0, 'http', 'paths', 0, 'path'],
      ['spec', 'rules', 0, 'http', 'paths', 0, 'pathType'],
      ['spec', 'rules', 0, 'http', 'paths', 0, 'backend', 'service', 'name'],
      ['spec', 'defaultBackend', 'service', 'name'],
    ] as const
  ).map((path) => ({
    name: `Ingress ${path.join('.')}`,
    objects: (value: string, namespace: string) => [...around(namespace), withField(plain(namespace), path, value)],
  })),
  ...['Exact', 'Prefix', 'ImplementationSpecific'].map((type) => ({
    name: `Ingress path of type ${type}`,
    objects: (value: string, namespace: string) => [
      ...around(namespace),
      ingressOf({ name: 'victim', namespace, ...web(namespace, { path: `/${value}`, type }) }),
    ],
  })),
  {
    name: 'Ingress wildcard host',
    objects: (value, namespace) => [
      ...around(namespace),
      ingressOf({ name: 'victim', namespace, rules: { [`*.${value}`]: [{ service: 'web' }] } }),
    ],
  },
  {
    name: 'Ingress port name',
    objects: (value, namespace) => [...around(namespace), ingressOf({ name: 'victim', namespace, ...web(namespace, { port: value }) })],
  },
  {
    name: 'Ingress resource backend',
    objects: (value, namespace) => [
      ...around(namespace),
      withField(plain(namespace), ['spec', 'rules', 0, 'http', 'paths', 0, 'backend'], {
        resource: { apiGroup: value, kind: value, name: value },
      }),
    ],
  },
  {
    name: 'Ingress tls host',
    objects: (value, namespace) => [
      ...around(namespace),
      ingressOf({ name: 'victim', namespace, ...web(namespace), tls: [{ hosts: [value], secretName: 'tls' }] }),
    ],
  },
  {
    name: 'Ingress tls secret',
    objects: (value, namespace) => [
      ...around(namespace),
      ingressOf({ name: 'victim', namespace, ...web(namespace), tls: [{ hosts: [host(namespace)], secretName: value }] }),
    ],
  },
  {
    name: 'Ingress annotation key',
    objects: (value, namespace) => [
      ...around(namespace),
      ingressOf({ name: 'victim', namespace, ...web(namespace), annotations: { [`haproxy.org/${value}`]: '1', [value]: '1' } }),
    ],
  },
];

const otherFields: Field[] = [
  ...(
    [
      ['spec', 'type'],
      ['spec', 'clusterIP'],
      ['spec', 'ports', 0, 'name'],
      ['spec', 'ports', 0, 'targetPort'],
      ['spec', 'ports', 0, 'protocol'],
      ['spec', 'ports', 0, 'appProtocol'],
    ] as const
  ).map((path) => ({
    name: `Service ${path.join('.')}`,
    objects: (value: string, namespace: string) => [
      withField(serviceOf({ name: 'web', namespace }), path, value),
      ...around(namespace).slice(1),
      plain(namespace),
    ],
  })),
  {
    name: 'Service externalName',
    objects: (value, namespace) => [serviceOf({ name: 'web', namespace, externalName: value }), plain(namespace)],
  },
  {
    name: 'Service externalName and what it resolves to',
    objects: (value, namespace) => [
      serviceOf({ name: 'web', namespace, externalName: `${namespace}.external` }),
      { apiVersion: 'signalbox/v1', kind: 'HostAddresses', metadata: { name: `${namespace}.external` }, addresses: [value] } as Resource,
      plain(namespace),
    ],
  },
  {
    name: 'Service port name, asked for by name',
    objects: (value, namespace) => [
      serviceOf({ name: 'web', namespace, ports: [{ name: value, port: 80 }] }),
      sliceOf({ service: 'web', namespace, endpoints: ['127.0.0.1'], ports: { [value]: 9 } }),
      ingressOf({ name: 'victim', namespace, ...web(namespace, { port: 80 }) }),
    ],
  },
  ...(
    [
      ['metadata', 'labels', 'kubernetes.io/service-name'],
      ['metadata', 'name'],
      ['addressType'],
      ['endpoints', 0, 'addresses', 0],
      ['ports', 0, 'name'],
      ['ports', 0, 'protocol'],
      ['ports', 0, 'port'],
    ] as const
  ).map((path) => ({
    name: `EndpointSlice ${path.join('.')}`,
    objects: (value: string, namespace: string) => [
      serviceOf({ name: 'web', namespace }),
      withField(around(namespace)[1] as Resource, path, value),
      plain(namespace),
    ],
  })),
  ...['tls.crt', 'tls.key', 'type'].map((field) => ({
    name: `Secret ${field}`,
    objects: (value: string, namespace: string) => [
      ...around(namespace),
      field === 'type'
        ? secretOf({ name: 'tls', namespace, type: value, data: {} })
        : secretOf({ name: 'tls', namespace, data: { 'tls.crt': 'x', 'tls.key': 'y', [field]: value } }),
      ingressOf({ name: 'victim', namespace, ...web(namespace), tls: [{ hosts: [host(namespace)], secretName: 'tls' }] }),
    ],
  })),
  {
    name: 'Secret data that is no base64',
    objects: (value, namespace) => [
      ...around(namespace),
      withField(secretOf({ name: 'tls', namespace, data: {} }), ['data'], { 'tls.crt': value, 'tls.key': value }),
      ingressOf({ name: 'victim', namespace, ...web(namespace), tls: [{ hosts: [host(namespace)], secretName: 'tls' }] }),
    ],
  },
];

/** What sources refuse already: nothing of it may go further all the same. */
const nameFields: Field[] = [
  {
    name: 'Ingress metadata.name',
    objects: (value, namespace) => [...around(namespace), ingressOf({ name: value, namespace, ...web(namespace) })],
  },
  {
    name: 'Ingress metadata.name with settings of its own',
    objects: (value, namespace) => [
      ...around(namespace),
      ingressOf({
        name: value,
        namespace,
        ...web(namespace),
        annotations: { 'haproxy.org/check': 'false', 'haproxy.org/allow-list': '10.0.0.0/8' },
      }),
      plain(namespace),
    ],
  },
  {
    name: 'metadata.namespace',
    objects: (value, namespace) => [
      ...around(`${namespace}${value}`),
      ingressOf({
        name: 'victim',
        namespace: `${namespace}${value}`,
        ...web(namespace),
        annotations: { 'haproxy.org/allow-list': '10.0.0.0/8' },
      }),
    ],
  },
  {
    name: 'Service metadata.name',
    objects: (value, namespace) => [
      serviceOf({ name: value, namespace }),
      sliceOf({ service: value, namespace, endpoints: ['127.0.0.1'], ports: 9 }),
      ingressOf({ name: 'victim', namespace, ...web(namespace, { service: value }) }),
    ],
  },
  {
    name: 'Secret metadata.name',
    objects: (value, namespace) => [
      ...around(namespace),
      secretOf({ name: value, namespace, data: {} }),
      ingressOf({ name: 'victim', namespace, ...web(namespace), tls: [{ hosts: [host(namespace)], secretName: value }] }),
    ],
  },
  {
    name: 'IngressClass',
    objects: (value, namespace) => [
      ...around(namespace),
      {
        apiVersion: 'networking.k8s.io/v1',
        kind: 'IngressClass',
        metadata: { name: value, namespace: '' },
        spec: { controller: value },
      } as Resource,
      ingressOf({ name: 'victim', namespace, ...web(namespace), className: value }),
    ],
  },
];

const knownFields: Field[] = (annotations?.withoutEffect ?? []).map(({ key }) => ({
  name: `Ingress annotation ${key}, which has no effect`,
  objects: (value: string, namespace: string) => [
    ...around(namespace),
    ingressOf({ name: 'victim', namespace, ...web(namespace), annotations: { [`haproxy.org/${key}`]: value } }),
  ],
}));

const annotationFields: Field[] = keys.flatMap((key) =>
  ['Ingress', 'Service'].flatMap((kind) =>
    (kind === 'Ingress' ? covers : covers.slice(0, 2)).map((cover) => ({
      name: `${kind} annotation ${key}: ${cover}`,
      objects: (value: string, namespace: string) => {
        const written = { [`haproxy.org/${key}`]: cover.replace('{}', () => value) };
        const [service, slice] = around(namespace) as [Resource, Resource];
        return kind === 'Ingress'
          ? [service, slice, ingressOf({ name: 'victim', namespace, ...web(namespace), annotations: written })]
          : [serviceOf({ name: 'web', namespace, annotations: written }), slice, plain(namespace)];
      },
    })),
  ),
);

const { neighbours, defaultPem: pem } = await makeNeighbours();

interface Case {
  readonly name: string;
  readonly namespace: string;
  readonly objects: readonly Resource[];
}

function casesOf(fields: readonly Field[]): Case[] {
  return fields
    .flatMap((field) => Object.entries(hostileValues).map(([kind, value]) => ({ field, kind, value })))
    .map(({ field, kind, value }, at) => {
      const namespace = `h${at}`;
      return { name: `${field.name} = ${kind}`, namespace, objects: field.objects(value, namespace) };
    });
}

function pipelineOf(objects: readonly Resource[]): Pipeline {
  const pipeline = createPipeline({ plugins, defaultCertificate: { otherwise: pem }, now: () => Date.UTC(2026, 0, 1) });
  const writer = pipeline.collection.writer('test', true, true);
  for (const object of objects) writer.set(object);
  writer.synced();
  pipeline.tables.commit(pipeline.collection.take());
  return pipeline;
}

/** Lines that may stand in a section that an object leads to. */
const ordinary =
  /^ {2}(#|server |balance |hash-type consistent$|default-server |option (httpchk|forwardfor|no)|no option |timeout (server|check|tunnel|queue|connect) |http-check send |(http-request|http-response|http-after-response) (set-header|set-src|replace-path|redirect|deny|return) )/;

const alone = renderFiles(pipelineOf(neighbours));

/** The parts that are there with victims and not without; those without must all be there. */
async function addedTo(files: readonly ConfigFile[]): Promise<Map<string, string>> {
  const parts = partsOf(files);
  for (const [header, text] of partsOf(await alone)) {
    expect(parts.get(header), header).toBe(text);
    parts.delete(header);
  }
  return parts;
}

/** Where a victim may be seen: in sections and files of its own, and in rows that begin with its host. */
const ownPlace =
  /^(backend h\d+[\w:-]* from signalbox[\w-]*|defaults signalbox-\w+|maps\/[\w-]+\.map: .*|crt-list\.txt: certs\/h\d+_.*|patterns\/[\w.-]+\.lst: .*)$/;

function expectOrdinary(header: string, text: string): void {
  expect(header).toMatch(ownPlace);
  if (header.startsWith('backend')) for (const line of text.split('\n').slice(0, -1)) expect(line).toMatch(ordinary);
}

function expectShowable({ code, message, field = '' }: Diagnostic): void {
  expect(message, code).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/);
  expect(message.length, message).toBeLessThan(1200);
  expect(field.length).toBeLessThan(6000);
}

describe.each([
  ['Ingress fields', ingressFields],
  ['fields of Services, EndpointSlices and Secrets', otherFields],
  ['names', nameFields],
  ['annotations', annotationFields],
  ['annotations without effect', knownFields],
])('hostile %s', (what, fields) => {
  let pipeline: Pipeline;
  let files: readonly ConfigFile[];
  beforeAll(async () => {
    pipeline = pipelineOf([...neighbours, ...casesOf(fields).flatMap(({ objects }) => objects)]);
    files = await renderFiles(pipeline);
  }, 60_000);

  it('change no byte of what others have, and bring no section or line of another kind', async () => {
    for (const [header, text] of await addedTo(files)) expectOrdinary(header, text);
  });

  it('leave a configuration that HAProxy takes without a warning', async () => {
    const { ok, output } = await checkFiles(files);
    expect(ok, output.slice(0, 4000)).toBe(true);
  });

  it('never make a compute fail, nor a message that cannot be shown', () => {
    const diagnostics = pipeline.diagnostics();
    diagnostics.forEach(expectShowable);
    const failed = diagnostics.filter(({ code }) => code === 'COMPUTE_FAILED' || (code === 'FAMILY_FAILED' && what !== 'names'));
    expect(failed).toEqual([]);
  });
});

/** Most of these values come to nothing, so most of these files are the same. */
const checks = new Map<string, ReturnType<typeof checkFiles>>();
function checkOnce(files: readonly ConfigFile[]): ReturnType<typeof checkFiles> {
  const id = JSON.stringify(files);
  const check = checks.get(id) ?? checkFiles(files);
  checks.set(id, check);
  return check;
}

describe("hostile values in the operator's ConfigMap", () => {
  const main = (data: Readonly<Record<string, string>>): readonly Resource[] => [
    ...neighbours.slice(1),
    configMapOf({ name: 'main', namespace: 'ops', data }),
  ];

  it.each(covers)('stay values: %s', { timeout: 60_000 }, async (cover) => {
    const all = Object.entries(hostileValues).map(async ([kind, value]) => {
      const pipeline = pipelineOf(main(Object.fromEntries(operatorKeys.map((each) => [each, cover.replace('{}', () => value)]))));
      const diagnostics = pipeline.diagnostics();
      diagnostics.forEach(expectShowable);
      expect(
        diagnostics.filter(({ code }) => code.endsWith('_FAILED')),
        kind,
      ).toEqual([]);
      const files = await renderFiles(pipeline);
      const sections = [...partsOf(files).keys()]
        .filter((header) => !/^(maps|crt-list|patterns|certs|defaults)/.test(header))
        .map((header) => header.replace(/ from .*/, ''));
      expect(sections, kind).toEqual([
        'global',
        'frontend healthz',
        'frontend http',
        'frontend https',
        'frontend stats',
        'backend neighbour_svc_web_80',
        'backend signalbox_404',
      ]);
      const { ok, output } = await checkOnce(files);
      expect(ok, `${kind}: ${output.slice(0, 2000)}`).toBe(true);
    });
    await Promise.all(all);
  });

  it('are told where they stand in a key', async () => {
    const pipeline = pipelineOf(main(Object.fromEntries(Object.values(hostileValues).map((value) => [value, '1']))));
    expect(pipeline.diagnostics().map(({ code }) => code)).toEqual(Object.values(hostileValues).map(() => 'KEY_UNKNOWN'));
    pipeline.diagnostics().forEach(expectShowable);
    expect((await checkFiles(await renderFiles(pipeline))).ok).toBe(true);
  });
});

describe('values that are taken', () => {
  const entries = Object.entries(hostileValues).map(([kind, value], at) => ({ kind, value, namespace: `t${at}` }));
  let scene: Scene;
  beforeAll(async () => {
    scene = await Scene.create({ plugins });
    const { port } = await scene.server('web');
    for (const { namespace, value } of entries) {
      scene.source
        .set(serviceOf({ name: 'web', namespace }))
        .set(sliceOf({ service: 'web', namespace, endpoints: ['127.0.0.1'], ports: port }));
      const annotations = { 'haproxy.org/request-set-header': `X-Test ${value}`, 'haproxy.org/response-set-header': `X-Test ${value}` };
      scene.source.set(
        ingressOf({ name: 'header', namespace, rules: { [host(namespace)]: [{ path: '/header', service: 'web' }] }, annotations }),
      );
      scene.source.set(
        ingressOf({
          name: 'path',
          namespace,
          rules: { [host(namespace)]: [{ path: `/${value}`, type: 'ImplementationSpecific', service: 'web' }] },
        }),
      );
      scene.source.set(
        ingressOf({ name: 'exact', namespace, rules: { [host(namespace)]: [{ path: `/exact/${value}`, type: 'Exact', service: 'web' }] } }),
      );
    }
    await scene.serve();
  });
  afterAll(() => scene[Symbol.asyncDispose]());

  const told = (namespace: string, name: string): readonly Diagnostic[] =>
    scene.diagnostics().filter(({ object }) => object?.namespace === namespace && object.name === name);

  it.each(entries)('$kind: the header has the text to the letter, or its owner is told', async ({ namespace, value }) => {
    const { status, echo, headers } = await scene.request({ host: host(namespace), path: '/header' });
    expect(status).toBe(200);
    // Several lines are several headers.
    const [first = ''] = value.trim().split(/\n/);
    const literal = Buffer.from(first, 'utf8').toString('latin1');
    if (told(namespace, 'header').length > 0) expect([echo?.headers['x-test'], headers['x-test']]).toEqual([undefined, undefined]);
    else expect([echo?.headers['x-test'], headers['x-test']]).toEqual([literal, literal]);
  });

  it.each(entries)('$kind: the path is matched to the letter, or its owner is told', async ({ namespace, value }) => {
    for (const [name, path] of [
      ['path', `/${value}`],
      ['exact', `/exact/${value}`],
    ] as const) {
      if (told(namespace, name).length > 0) {
        expect(told(namespace, name)).toMatchObject([
          { code: expect.stringMatching(/^(PATH_INVALID|ROUTE_NOT_REPRESENTABLE)$/) as string, field: 'spec.rules[0].http.paths[0].path' },
        ]);
        continue;
      }
      const { echo } = await scene.request({ host: host(namespace), path });
      expect(echo?.path).toBe(path);
    }
  });
});
