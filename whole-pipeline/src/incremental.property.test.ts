import {
  createPipeline,
  type DirtyKeys,
  type HaproxyModel,
  type HaproxyRow,
  LocalTarget,
  type Pipeline,
  type Resource,
  type Table,
} from '@signalbox/core';
import { haproxyOrg } from '@signalbox/haproxy-org';
import { ingress } from '@signalbox/ingress';
import {
  certificateFor,
  configMapOf,
  ingressOf,
  keysOf,
  type MemorySink,
  memorySink,
  memorySource,
  renderFiles,
  serviceOf,
  sliceOf,
  type TestCertificate,
  tlsSecretOf,
} from '@signalbox/testing';
import fc from 'fast-check';
import { expect, it } from 'vitest';

const [first, second, otherwise] = await Promise.all([
  certificateFor(['a.test', 'b.test']),
  certificateFor(['*.test']),
  certificateFor(['default.example']),
]);

const pick = <T>(...values: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...values);
const namespace = pick('x', 'y');
const service = pick('s', 't', 'u');
const created = pick(undefined, '2024-01-01T00:00:00Z', '2025-01-01T00:00:00Z');
const annotations = fc.dictionary(
  pick('allow-list', 'load-balance', 'check', 'request-set-header', 'ssl-redirect', 'timeout-server', 'unknown', 'forwarded-for').map(
    (key) => `haproxy.org/${key}`,
  ),
  pick('true', 'false', '10.0.0.0/8', 'leastconn', 'X-A b', '5s', 'nonsense'),
  { maxKeys: 3 },
);
const optional = <T extends object>(value: T): T => Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as T;

const anIngress = fc
  .record({
    name: pick('i', 'j', 'k.l'),
    namespace,
    created,
    annotations,
    className: pick(undefined, undefined, 'ours', 'theirs'),
    rules: fc.dictionary(
      pick('a.test', 'b.test', '*.test', ''),
      fc.array(
        fc.record({
          path: pick('/', '/p', '/p/q', '/p/'),
          type: pick('Exact', 'Prefix', 'ImplementationSpecific', 'Wrong'),
          service,
          port: pick<number | string>(80, 81, 'web', 'no'),
        }),
        { maxLength: 3 },
      ),
      { maxKeys: 3 },
    ),
    defaultBackend: pick(undefined, undefined, { service: 's' }, { service: 't', port: 'web' }),
    tls: pick(
      undefined,
      [{ secretName: 'c' }],
      [
        { hosts: ['a.test'], secretName: 'c' },
        { hosts: ['b.test'], secretName: 'd' },
      ],
      [{ hosts: ['*.test'] }],
    ),
  })
  .map((draft) => ingressOf(optional(draft) as Parameters<typeof ingressOf>[0]));
const aService = fc
  .record({
    name: service,
    namespace,
    annotations,
    ports: pick(
      [{ port: 80 }],
      [
        { name: 'web', port: 80 },
        { name: 'other', port: 81, targetPort: 'x' },
      ],
      [{ name: 'web', port: 81, targetPort: 8081 }],
    ),
    externalName: pick(undefined, undefined, undefined, 'name.example'),
  })
  .map((draft) => serviceOf(optional(draft) as Parameters<typeof serviceOf>[0]));
const aSlice = fc
  .record({
    name: pick('e', 'f', 'g'),
    namespace,
    service,
    endpoints: fc.array(
      fc.record({
        addresses: fc.subarray(['10.0.0.1', '10.0.0.2', '10.0.0.3', 'bad'], { minLength: 1, maxLength: 2 }),
        conditions: pick({}, { ready: true }, { ready: false }, { ready: false, serving: true, terminating: true }),
      }),
      { maxLength: 3 },
    ),
    ports: pick<number | Record<string, number>>(8080, { web: 8080 }, { web: 8080, other: 9090 }),
  })
  .map((draft) => sliceOf(draft));
const aSecret = fc
  .record({
    name: pick('c', 'd'),
    namespace,
    material: pick<Pick<TestCertificate, 'certificate' | 'key'>>(first, second, { certificate: 'bad', key: 'bad' }),
  })
  .map(({ material, ...draft }) => tlsSecretOf({ ...draft, certificate: material.certificate, key: material.key }));
const aConfigMap = fc
  .dictionary(
    pick('load-balance', 'check', 'timeout-client', 'timeout-server', 'maxconn', 'allow-list', 'request-set-header', 'odd'),
    pick('true', '7s', '100', 'leastconn', '10.0.0.0/8', 'X-B c', 'nonsense'),
    { maxKeys: 4 },
  )
  .map((data) => configMapOf({ name: 'main', namespace: 'ops', data }));
const aClass = fc
  .record({
    controller: pick('haproxy.org/ingress-controller', 'example.com/other'),
    isDefault: fc.boolean(),
    name: pick('ours', 'theirs'),
  })
  .map(({ controller, isDefault, name }) => ({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'IngressClass',
    metadata: { name, ...(isDefault && { annotations: { 'ingressclass.kubernetes.io/is-default-class': 'true' } }) },
    spec: { controller },
  }));
const addresses = pick([], ['10.1.0.1'], ['10.1.0.1', '2001:db8::1']).map((found) => ({
  apiVersion: 'signalbox/v1',
  kind: 'HostAddresses',
  metadata: { name: 'name.example' },
  addresses: found,
}));

interface Change {
  readonly object: Resource;
  readonly goes: boolean;
}
const object: fc.Arbitrary<Resource> = fc.oneof(
  { weight: 4, arbitrary: anIngress },
  { weight: 3, arbitrary: aService },
  { weight: 3, arbitrary: aSlice },
  aSecret,
  aConfigMap,
  aClass,
  addresses,
);
const change: fc.Arbitrary<Change> = fc.record({ object, goes: fc.boolean() });
const commits = fc.array(fc.array(change, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 12 });

function compose(): Pipeline {
  return createPipeline({
    plugins: [ingress(), haproxyOrg({ configMap: 'ops/main' })],
    defaultCertificate: { otherwise: otherwise.pem },
    defaultBackend: { namespace: 'x', service: 's' },
    now: () => Date.UTC(2026, 0, 1),
  });
}

it.each([1, 7])('what came step by step is what comes at once (backends in %i files)', { timeout: 120_000 }, async (shards) => {
  await fc.assert(
    fc.asyncProperty(fc.array(object, { maxLength: 20 }), commits, async (start, changes) => {
      const source = memorySource(start);
      const pipeline = compose();
      source.writeTo(pipeline.collection.writer('test', true, true));
      pipeline.tables.commit(pipeline.collection.take());
      const sink = memorySink();
      const target = new LocalTarget({ durable: sink, layout: { shards }, reloadIntervalMs: 0 });
      const signal = new AbortController().signal;
      await target.apply(pipeline.model, keysOf(pipeline.model), signal);
      for (const commit of changes) {
        for (const { object: each, goes } of commit)
          if (goes) source.delete(each);
          else source.set(each);
        const delta = pipeline.tables.commit(pipeline.collection.take());
        await target.apply(
          pipeline.model,
          dirtyKeys(pipeline.model, (table) => delta.changes(table).keys()),
          signal,
        );
        await expectSame(pipeline, sink, source.objects, shards);
      }
    }),
    { numRuns: Number(process.env['FUZZ_RUNS'] ?? 40) },
  );
});

function dirtyKeys(model: HaproxyModel, keys: (table: Table<HaproxyRow>) => Iterable<string>): DirtyKeys {
  return new Map(model.tables.flatMap((table) => [...keys(table)].map((key) => [key, table] as const)));
}

async function expectSame(pipeline: Pipeline, sink: MemorySink, objects: readonly Resource[], shards: number): Promise<void> {
  const fresh = compose();
  const writer = fresh.collection.writer('test', true, true);
  for (const each of objects.toReversed()) writer.set(each);
  const wanted = await renderFiles(fresh, { shards });
  const byPath = (files: Iterable<{ readonly path: string; readonly content: string }>): Record<string, string> =>
    Object.fromEntries([...files].map(({ path, content }): [string, string] => [path, content]).sort(([a], [b]) => (a < b ? -1 : 1)));
  expect(byPath(sink.files.values())).toEqual(byPath(wanted));
  expect(told(pipeline)).toEqual(told(fresh));
}

function told(pipeline: Pipeline): string[] {
  return pipeline
    .diagnostics()
    .map((each) => JSON.stringify(each))
    .sort();
}
