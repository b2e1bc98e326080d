import { createPipeline, formatRef, type HaproxyRow, type Pipeline, renderDirective, type Resource } from '@signalbox/core';
import { haproxyOrg } from '@signalbox/haproxy-org';
import { ingress } from '@signalbox/ingress';
import { certificateFor, configMapOf, ingressOf, memorySource, serviceOf, sliceOf, tlsSecretOf } from '@signalbox/testing';
import fc from 'fast-check';
import { expect, it } from 'vitest';

const [exact, wildcard, stranger, otherwise] = await Promise.all([
  certificateFor(['a.test', 'b.test']),
  certificateFor(['*.test']),
  certificateFor(['a.test', '*.test', 'b.test', 'c.test']),
  certificateFor(['default.example']),
]);

const pick = <T>(...values: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...values);
const optional = <T extends object>(value: T): T => Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as T;

/** What all have: Services and Secrets of each namespace, and what the operator says. */
const common: readonly Resource[] = [
  ...['old', 'new'].flatMap((namespace) => [
    ...['s', 't', 'tuned'].flatMap((name) => [
      serviceOf({ name, namespace, ...(name === 'tuned' && { annotations: { 'haproxy.org/load-balance': 'leastconn' } }) }),
      sliceOf({ service: name, namespace, endpoints: ['10.0.0.1', '10.0.0.2'], ports: 8080 }),
    ]),
    tlsSecretOf({ name: 'exact', namespace, ...(namespace === 'old' ? exact : stranger) }),
    tlsSecretOf({ name: 'wildcard', namespace, ...(namespace === 'old' ? wildcard : stranger) }),
  ]),
  configMapOf({ name: 'main', namespace: 'ops', data: { 'load-balance': 'roundrobin', 'timeout-client': '7s' } }),
];

const annotations = fc
  .dictionary(
    pick(
      'allow-list',
      'load-balance',
      'check',
      'request-set-header',
      'ssl-redirect',
      'timeout-server',
      'timeout-client',
      'maxconn',
      'unknown',
    ),
    pick('true', 'false', '10.0.0.0/8', 'leastconn', 'X-A b', '5s', '100', 'nonsense'),
    { maxKeys: 3 },
  )
  .map((keys) => Object.fromEntries(Object.entries(keys).map(([key, value]) => [`haproxy.org/${key}`, value])));

const anIngress = (
  names: readonly string[],
  namespaces: readonly string[],
  created: readonly (string | undefined)[],
): fc.Arbitrary<Resource> =>
  fc
    .record({
      name: pick(...names),
      namespace: pick(...namespaces),
      created: pick(...created),
      annotations,
      rules: fc.dictionary(
        pick('a.test', 'b.test', '*.test', 'c.test', ''),
        fc.array(
          fc.record({
            path: pick('/', '/p', '/p/q', '/p/'),
            type: pick('Exact', 'Prefix', 'ImplementationSpecific'),
            service: pick('s', 't', 'tuned', 'missing'),
          }),
          { minLength: 1, maxLength: 3 },
        ),
        { maxKeys: 3 },
      ),
      defaultBackend: pick(undefined, undefined, { service: 's' }, { service: 'tuned' }),
      tls: fc.array(
        fc.record({ hosts: fc.subarray(['a.test', 'b.test', '*.test', 'c.test']), secretName: pick('exact', 'wildcard', 'missing') }),
        { maxLength: 2 },
      ),
    })
    .map((draft) => ingressOf(optional(draft) as Parameters<typeof ingressOf>[0]));

const anOlder = anIngress(['a', 'b'], ['old'], ['2024-01-01T00:00:00Z', '2024-02-01T00:00:00Z']);
/** Names that sort before and after, ages that are said and not, in the namespace of the older ones and in another. */
const aNewer = anIngress(
  ['0', 'z', 'a.b'],
  ['old', 'new'],
  ['2025-01-01T00:00:00Z', '2024-02-01T00:00:01Z', '+275760-01-01T00:00:00Z', undefined],
);
const changes = fc.array(fc.record({ object: aNewer, goes: fc.boolean() }), { minLength: 1, maxLength: 8 });

function compose(): Pipeline {
  return createPipeline({
    plugins: [ingress(), haproxyOrg({ configMap: 'ops/main' })],
    defaultCertificate: { otherwise: otherwise.pem },
    defaultBackend: { namespace: 'old', service: 's' },
  });
}

/** What the configuration has, in words that say nothing of whom else a row is for. */
class Outcome {
  readonly rows: ReadonlyMap<string, HaproxyRow>;
  readonly told: readonly string[];

  constructor(pipeline: Pipeline, older: readonly Resource[]) {
    const rows = pipeline.model.tables.flatMap((table) => [...table.rows]);
    this.rows = new Map(rows);
    const names = new Set(older.map(({ metadata }) => `Ingress ${metadata.namespace ?? ''}/${metadata.name}`));
    this.told = pipeline
      .diagnostics()
      .filter(({ object, field = '' }) => object !== undefined && names.has(formatRef(object)) && !field.startsWith('spec.tls'))
      .map((each) => JSON.stringify(each))
      .sort();
  }

  /** Rows of maps that older Ingresses have: where their hosts and paths lead. */
  ways(): Map<string, string> {
    return new Map(
      [...this.rows].flatMap(([key, row]) =>
        row.type === 'map' && row.origin?.object.namespace === 'old' ? [[key, row.value] as const] : [],
      ),
    );
  }

  /** The value of a row of a map, whoever it is from. */
  valueOf(key: string): string | undefined {
    const row = this.rows.get(key);
    return row?.type === 'map' ? row.value : undefined;
  }

  /** Which certificate a client gets that asks for a name. */
  certificate(name: string): string | undefined {
    const row = this.rows.get(`crt ${name}`) ?? this.rows.get(`crt ${name.replace(/^[^.]+/, '*')}`) ?? this.rows.get('crt ');
    return row?.type === 'crt' ? row.certificate : undefined;
  }

  /** The sections that are nobody's: global, defaults, frontends. */
  settings(): string[] {
    return [...this.rows]
      .flatMap(([key, row]) => (row.type === 'section' && row.kind !== 'backend' ? [`${key}: ${words(row).join('; ')}`] : []))
      .sort();
  }

  section(backend: string): readonly string[] {
    const row = this.rows.get(`section backend ${backend}`);
    return row?.type === 'section' ? [row.from ?? '', ...words(row)] : [];
  }

  servers(backend: string): string[] {
    return [...this.rows.keys()].filter((key) => key.startsWith(`server ${backend} `)).sort();
  }
}

function words(row: HaproxyRow & { readonly type: 'section' }): string[] {
  return row.directives.map(({ directive }) => renderDirective(directive));
}

/** The hosts for which one and the same older Ingress has a route and a certificate. A name for which it has no route is nobody's yet. */
function certifiedNames(older: readonly Resource[], alone: Outcome): string[] {
  const names = older.flatMap((each) => {
    const { rules, tls = [] } = (each as ReturnType<typeof ingressOf>).spec;
    const hosts = rules.map(({ host = '' }) => host).filter((host) => host !== '');
    const covers = (host: string): boolean =>
      tls.some(
        ({ hosts: of = [], secretName }) =>
          secretName !== 'missing' && (of.length === 0 || of.includes(host) || of.includes(host.replace(/^[^.]+/, '*'))),
      );
    return hosts.filter(covers);
  });
  return [...new Set(names)].filter((name) => alone.certificate(name) !== 'certs/default.pem');
}

function expectUntouched(now: Outcome, alone: Outcome, older: readonly Resource[]): void {
  const ways = now.ways();
  for (const [key, value] of alone.ways()) {
    // A newer Ingress may have a guard on the same host: the row that says so may then be its own.
    expect(key.startsWith('map host-guarded ') ? now.valueOf(key) : ways.get(key), key).toBe(value);
    const [backend = ''] = value.split('.');
    // Rules of others may stand there, for requests of others.
    expect(now.section(backend).filter((line) => alone.section(backend).includes(line))).toEqual(alone.section(backend));
    expect(now.servers(backend)).toEqual(alone.servers(backend));
  }
  for (const name of certifiedNames(older, alone)) expect(now.certificate(name), name).toBe(alone.certificate(name));
  // Backends with settings of their own have `defaults` of their own.
  expect(now.settings()).toEqual(expect.arrayContaining(alone.settings()));
  expect(now.told).toEqual(alone.told);
}

it('a newer Ingress takes nothing from an older one, whatever it asks for and however often it changes', { timeout: 120_000 }, () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(anOlder, { minLength: 1, maxLength: 2, selector: ({ metadata }) => metadata.name }),
      changes,
      (older, steps) => {
        const pipeline = compose();
        const source = memorySource([...common, ...older]);
        source.writeTo(pipeline.collection.writer('test', true, true));
        pipeline.tables.commit(pipeline.collection.take());
        const alone = new Outcome(pipeline, older);
        for (const { object, goes } of steps) {
          if (goes) source.delete(object);
          else source.set(object);
          pipeline.tables.commit(pipeline.collection.take());
          expectUntouched(new Outcome(pipeline, older), alone, older);
        }
      },
    ),
    { numRuns: Number(process.env['FUZZ_RUNS'] ?? 150) },
  );
});
