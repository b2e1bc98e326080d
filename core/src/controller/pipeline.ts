import { ScopeReader } from '../annotation/scope-values.js';
import { ScopeTables } from '../annotation/scope-tables.js';
import { Vocabulary } from '../annotation/vocabulary.js';
import { backends } from '../haproxy/compile/backends.js';
import { counterSection, neededCounters } from '../haproxy/compile/counters.js';
import { settingSections } from '../haproxy/compile/defaults.js';
import { allErrorFiles, errorFiles } from '../haproxy/compile/error-files.js';
import { listenerRows } from '../haproxy/compile/listener-rows.js';
import { patternFiles } from '../haproxy/compile/pattern-files.js';
import { poolFiles } from '../haproxy/compile/pool-files.js';
import { routeRows } from '../haproxy/compile/route-rows.js';
import { ruleSetRows } from '../haproxy/compile/rule-set-rows.js';
import { servers } from '../haproxy/compile/servers.js';
import { streamRows } from '../haproxy/compile/stream-rows.js';
import { type DefaultCertificate, tlsRows } from '../haproxy/compile/tls-rows.js';
import { completeListenOptions, type ListenOptions } from '../haproxy/listen-options.js';
import type { HaproxyModel } from '../haproxy/model.js';
import type { HaproxyRow } from '../haproxy/rows.js';
import { Collection } from '../resource/collection.js';
import { type Diagnostic, quote } from '../resource/diagnostic.js';
import { configMapKind, endpointSliceKind, hostAddressesKind, secretKind, serviceKind } from '../resource/kinds.js';
import type { Origin } from '../resource/origin.js';
import { objectId, type ObjectRef } from '../resource/resource.js';
import { type NamespacePolicy, Resolver } from '../resource/reference.js';
import { chooseCertificates, readCertificates } from '../routing/certificates.js';
import { decideClaims } from '../routing/claims.js';
import type { EndpointPolicy } from '../routing/endpoint-policy.js';
import type { BackendRef, Route } from '../routing/model.js';
import { FamilyRules } from '../routing/family-rules.js';
import { LiveRouting } from '../routing/live-routing.js';
import { decideFiles } from '../routing/operator-files.js';
import { commonPoolSays } from '../routing/pool-families.js';
import { makePools } from '../routing/pools.js';
import type { RoutingModel } from '../routing/routing-model.js';
import { makeRuleSets, originsOfSame } from '../routing/rule-sets.js';
import { portsWithReady, serviceShapes } from '../routing/services.js';
import { makeStreams } from '../routing/streams.js';
import type { Translator } from '../routing/translator.js';
import { defaultClaim, type Translation } from '../routing/draft.js';
import { gatherTranslations, translateAll } from '../routing/translate.js';
import { type Failure, type Group, type Table, Tables, Transaction } from '../table/index.js';
import type { Plugin } from './plugin.js';

/** What a pipeline is composed of. @public */
export interface PipelineOptions {
  readonly plugins: readonly Plugin[];
  /** Where HAProxy listens. Default: the ports of HAProxy's own ingress controller. */
  readonly listen?: Partial<ListenOptions>;
  /** Where requests go that no route takes and no object asks for; 404 without one. */
  readonly defaultBackend?: BackendRef;
  /** The certificate for names that no other is for. */
  readonly defaultCertificate: DefaultCertificate;
  /** Which endpoints may become servers, besides what {@link Source.isOperator} says. */
  readonly endpoints?: EndpointPolicy;
  /** Whether objects may refer to objects of other namespaces. Default: they may not. */
  readonly namespacePolicy?: NamespacePolicy;
  /** The time in milliseconds. Default: the system's. */
  readonly now?: () => number;
  /** Called when a source has written something that a commit should take up. */
  readonly onChange?: () => void;
}

/** The way from objects to what HAProxy is to have: pure, without I/O. @public */
export interface Pipeline {
  readonly tables: Tables;
  readonly collection: Collection;
  readonly model: HaproxyModel;
  readonly vocabulary: Vocabulary;
  /** The objects that have routes, by {@link ObjectRef} in one text. */
  readonly owners: Table<ObjectRef>;
  /** Where requests go, for {@link evaluate}. */
  readonly routing: RoutingModel;
  /** All that users should know now. */
  diagnostics(): readonly Diagnostic[];
  /** Where else that comes from which an origin leads to: equal rules of several objects are one in HAProxy. */
  sharing(origin: Origin): readonly Origin[];
}

/**
 * Composes the tables.
 * @throws {@link SignalboxError} `COMPOSITION_INVALID` where plugins do not fit together, or HAProxy cannot name its own files.
 * @public
 */
export function createPipeline(options: PipelineOptions): Pipeline {
  const { plugins, defaultCertificate, endpoints = {}, namespacePolicy, now } = options;
  const listen = completeListenOptions(options.listen);
  const vocabulary = new Vocabulary(plugins);
  const translators = plugins.flatMap((plugin) => (plugin.translators ?? []).map((translator) => ({ plugin: plugin.name, translator })));
  const tables = new Tables(now === undefined ? {} : { now });

  const ownKinds = [serviceKind, endpointSliceKind, secretKind, configMapKind, hostAddressesKind];
  const kinds = [...ownKinds, ...translators.flatMap(({ translator }) => [translator.kind, ...(translator.reads ?? [])])];
  const collection = new Collection(tables, kinds, options.onChange);
  const operator = {
    listen: tables.input<ListenOptions>('operator: listen'),
    certificate: tables.input<DefaultCertificate>('operator: default certificate'),
    routes: tables.input<Translation>('operator: routes'),
  };
  const resolver = new Resolver((kind) => collection.table(kind), namespacePolicy);
  const translated = translateAll(tables, collection, translators);
  const values = new ScopeTables(tables, collection, vocabulary, new ScopeReader(vocabulary), operator.listen, translated, resolver);

  const translations = gatherTranslations(tables, [...translated.map((each) => each.translations), operator.routes]);
  const routes = decideClaims<Group<Translation>, Route>(tables, 'routes', translations, (group) => group.first()?.routes ?? [], {
    of: (route) => route.claim,
    words: (route) =>
      route.path === 'default'
        ? 'The place of the default backend'
        : `${quote(route.host || 'any host')} with path ${quote(route.path.value)}`,
  });
  const owners = tables.derive<Group<Translation>, ObjectRef>('owners', translations, (group) => {
    const object = group.first()?.owner.origin.object;
    return object === undefined || object.group === operatorGroup ? [] : [[objectId(object), object]];
  });
  const services = serviceShapes(tables, collection);
  const common = commonPoolSays(tables, operator.listen, values, vocabulary);
  const files = decideFiles(tables, translations);
  const families = new FamilyRules(listen.httpsPort);
  const ruleSets = makeRuleSets(tables, translations, { values, vocabulary, families, files: files.patterns });
  const streams = makeStreams(tables, translations, services, takenPorts(listen, endpoints.own?.ports));
  const pools = makePools(tables, translations, routes, services, values, vocabulary, common, ruleSets, streams.pools);
  const certificates = readCertificates(tables, collection, translations, resolver);
  const chosen = chooseCertificates(tables, translations, certificates, resolver);

  const counters = neededCounters(tables, ruleSets);
  const tls = tlsRows(tables, operator.certificate, chosen, certificates, resolver);
  const frontendTables = listenerRows(tables, operator.listen, values, vocabulary);
  const inherited = settingSections(tables, operator.listen, pools.pools, {
    values,
    vocabulary,
    common,
    errors: allErrorFiles(tables, files),
  });
  const serverTables = servers(tables, collection, pools, streams.pools, portsWithReady(tables, collection), endpoints);
  const modelTables: Table<HaproxyRow>[] = [
    ...frontendTables,
    ...inherited,
    counterSection(tables, operator.listen, counters),
    backends(tables, pools.pools, { ruleSets: pools.ruleSets, vocabulary, common }),
    ...streamRows(tables, operator.listen, streams, values, vocabulary, common),
    ...poolFiles(tables, pools.pools, common),
    ...serverTables,
    ...routeRows(tables, translations, routes.winners, ruleSets, pools),
    ruleSetRows(tables, ruleSets),
    errorFiles(tables, files.errors),
    patternFiles(tables, files.patterns),
    ...tls.crtList,
    ...tls.certificates,
  ];

  watchObjects(
    tables,
    operator.listen,
    collection,
    translators.map(({ translator }) => translator),
  );

  const start = new Transaction().set(operator.listen, 'listen', listen).set(operator.certificate, 'default', defaultCertificate);
  if (options.defaultBackend !== undefined) start.set(operator.routes, 'operator', operatorRoutes(options.defaultBackend));
  tables.commit(start);

  return {
    tables,
    collection,
    vocabulary,
    owners,
    model: { tables: modelTables },
    sharing: (origin) => originsOfSame(ruleSets, origin),
    routing: new LiveRouting(listen, {
      collection,
      translations,
      routes: routes.winners,
      services,
      pools,
      ruleSets,
      servers: serverTables,
      sections: [...frontendTables, ...inherited],
      values,
      vocabulary,
    }),
    diagnostics: () =>
      [...collection.diagnostics(), ...[...tables.notes()].map(({ note }) => noted(note)), ...[...tables.failures()].map(diagnosticOf)].map(
        (each) => located(each, collection),
      ),
  };
}

/** No object of a cluster is of it. */
const operatorGroup = 'signalbox';

/** Objects that are wanted from the start are looked up once, so that sources read them. */
function watchObjects(tables: Tables, once: Table<unknown>, collection: Collection, translators: readonly Translator[]): void {
  tables.derive('objects of translators', once, (_row, read) => {
    for (const { kind, objects = [] } of translators) for (const key of objects) read(collection.table(kind), key);
    return [];
  });
}

/** The ports on which HAProxy listens for itself, and we, with what for. */
function takenPorts(
  { httpPort, httpsPort, statsPort, healthzPort, peersPort = 10_000 }: ListenOptions,
  ofOurs: readonly number[] = [],
): ReadonlyMap<number, string> {
  return new Map([
    ...ofOurs.map((port) => [port, 'this program'] as const),
    [httpPort, 'HTTP'],
    [httpsPort, 'HTTPS'],
    [statsPort, 'the statistics'],
    [healthzPort, "HAProxy's /healthz"],
    [peersPort, 'the peers'],
  ]);
}

/** What the operator asks for gives way to every object that asks for the same. */
function operatorRoutes(backend: BackendRef): Translation {
  const object = { group: operatorGroup, kind: 'Operator', namespace: '', name: 'default-backend-service' };
  const owner = { key: 'operator', age: '~~', origin: { object } };
  return {
    owner,
    tls: false,
    certificates: [],
    routes: [{ claim: defaultClaim, host: '', path: 'default', backend, tls: false, owner, origin: owner.origin }],
  };
}

/** Notes are diagnostics: no compute of ours leaves others. */
export function noted(note: unknown): Diagnostic {
  return note as Diagnostic;
}

/** A compute that threw: a plugin's, most likely. */
export function diagnosticOf({ table, key, error }: Failure): Diagnostic {
  const why = error instanceof Error ? error.message : 'an error without a message';
  return {
    severity: 'error',
    code: 'COMPUTE_FAILED',
    message: `What ${quote(key)} leads to could not be computed (${table}): ${quote(why)}. It has no effect; all others go on. This is a bug of a plugin or of Signalbox.`,
  };
}

/** With the place where its object was read, if that is known. */
export function located(diagnostic: Diagnostic, collection: Collection): Diagnostic {
  if (diagnostic.source !== undefined || diagnostic.object === undefined) return diagnostic;
  const source = collection.locationOf(diagnostic.object);
  return source === undefined ? diagnostic : { ...diagnostic, source };
}
