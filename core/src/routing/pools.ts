import { hash } from 'node:crypto';
import { checkedDirective } from '../annotation/check-said.js';
import { applyFamily, isSet, type Layers, merge, type Merged } from '../annotation/settings.js';
import type { ScopeTables } from '../annotation/scope-tables.js';
import type { FamilyEntry, Vocabulary } from '../annotation/vocabulary.js';
import { type Directive, haproxy } from '../haproxy/emitter/index.js';
import type { OwnedDirective } from '../haproxy/rows.js';
import { type Diagnostic, quote } from '../resource/diagnostic.js';
import type { Origin } from '../resource/origin.js';
import { objectKey } from '../resource/resource.js';
import type { DerivedTable, Group, Read, Table, Tables } from '../table/index.js';
import { backendName } from './backend-name.js';
import type { Decided } from './claims.js';
import type { BackendRef, Owner, Route } from './model.js';
import type { ServiceShape } from './services.js';
import type { Translation } from './translate.js';

/** What one owner needs: a port of a Service. */
interface PoolNeed {
  readonly owner: Owner;
  readonly backend: BackendRef;
  /** Whether its routes ask for TLS; both where some do and some do not. */
  readonly tls: readonly boolean[];
  /** Of the first of its routes. */
  readonly origin: Origin;
}

/** What one owner needs of one port of a Service, with the settings that hold for the pair. */
export interface PoolUse {
  readonly owner: Owner;
  /** As in {@link PoolNeed}. */
  readonly tls: readonly boolean[];
  /** The Service, as namespace/name. */
  readonly service: string;
  /** Name of the port, or its number where it has no name or the Service is missing. */
  readonly portLabel: string;
  /** What endpoints call the port; absent where the Service or the port is missing, so that no endpoint fits. */
  readonly portName?: string;
  /** Target port where it is a number: for what has no EndpointSlices. */
  readonly portNumber?: number;
  /** Set for Services of type ExternalName. */
  readonly externalName?: string;
  readonly settings: PoolSettings;
  /** Pools of equal variant are one pool. */
  readonly variant: string;
  readonly origin: Origin;
}

/** What annotations say of a pool. What only the operator says is not here: it is inherited. */
export interface PoolSettings {
  /** Families that the pool has directives of its own for. */
  readonly families: readonly string[];
  readonly directives: readonly OwnedDirective[];
}

/** What endpoints need to know of a pool. */
export interface ServedPort extends Pick<PoolUse, 'portName' | 'portNumber'> {
  /** Name of the backend. */
  readonly name: string;
}

/** A HAProxy backend to be: a Service port with settings. */
export interface Pool extends ServedPort, Pick<PoolUse, 'service' | 'externalName' | 'settings' | 'origin'> {}

/** The pools and who uses them. */
export interface PoolTables {
  /** By {@link useKey}, which sorts by age of the owner. */
  readonly uses: DerivedTable<PoolUse>;
  /** By variant. */
  readonly pools: DerivedTable<Pool>;
  /** By namespace/name of the Service. Settings of pools are not in it: they do not touch endpoints. */
  readonly served: DerivedTable<readonly ServedPort[]>;
}

/** Identity of what a route needs. */
export function useKey({ owner, backend }: Pick<Route, 'owner' | 'backend'>): string {
  return [owner.age, [serviceKey(backend), backend.port ?? ''].join(':')].join(' ');
}

function serviceKey(backend: BackendRef): string {
  return objectKey({ namespace: backend.namespace, name: backend.service });
}

/** Finds the pools that routes need. Of several uses of a pool, and of several pools of a port, the oldest owner's comes first. */
export function makePools(
  tables: Tables,
  translations: Table<Group<Translation>>,
  routes: Decided<Route>,
  services: DerivedTable<ServiceShape>,
  values: ScopeTables,
  vocabulary: Vocabulary,
): PoolTables {
  const needs = tables.derive<Group<Translation>, PoolNeed>('pools: needs', translations, (group, read) =>
    needsOf(routes.standing(read, group.first()?.routes ?? [])),
  );
  const uses = tables.derive<PoolNeed, PoolUse>('pools: uses', needs, (need, read, key) => [
    [key, poolUse(need, read, services, values, vocabulary)],
  ]);
  const plain = tables.derive<PoolUse, string>('pools: plain names', uses, (use) => [[portKey(use), use.variant]]);
  const pools = tables.derive<PoolUse, Pool>('pools', uses, (use, read) => [
    [use.variant, poolOf(use, read(plain, portKey(use)) === use.variant)],
  ]);
  const byService = tables.group<Pool>('pools by service', [pools], { by: (pool) => pool.service });
  const served = tables.derive<Group<Pool>, readonly ServedPort[]>('pools: ports by service', byService, (group, _read, service) => [
    [service, Array.from(group, servedPort).sort((a, b) => (a.name < b.name ? -1 : 1))],
  ]);
  return { uses, pools, served };
}

function servedPort({ name, portName, portNumber }: Pool): ServedPort {
  return { name, ...(portName !== undefined && { portName }), ...(portNumber !== undefined && { portNumber }) };
}

function portKey(use: PoolUse): string {
  return [use.service, use.portLabel].join(':');
}

function needsOf(routes: readonly Route[]): Map<string, PoolNeed> {
  const needs = new Map<string, PoolNeed>();
  for (const { owner, backend, tls, origin } of routes) {
    const key = useKey({ owner, backend });
    const known = needs.get(key);
    if (known === undefined) needs.set(key, { owner, backend, tls: tls ? onlyTls : withoutTls, origin });
    else if (!known.tls.includes(tls)) needs.set(key, { ...known, tls: withAndWithoutTls });
  }
  return needs;
}

const onlyTls: readonly boolean[] = [true];
const withoutTls: readonly boolean[] = [false];
const withAndWithoutTls: readonly boolean[] = [false, true];

/** The plain name is HAProxy's own controller's; another pool of the same port is named after the object that has it. */
function poolOf(use: PoolUse, isPlain: boolean): Pool {
  const namespace = use.service.slice(0, use.service.lastIndexOf('/'));
  const owner = isPlain ? namespace : (use.owner.name ?? `${namespace}_:operator`);
  return {
    name: backendName({ owner, service: use.service, port: use.portLabel }),
    service: use.service,
    ...(use.portName !== undefined && { portName: use.portName }),
    ...(use.portNumber !== undefined && { portNumber: use.portNumber }),
    ...(use.externalName !== undefined && { externalName: use.externalName }),
    settings: use.settings,
    origin: use.origin,
  };
}

function poolUse(need: PoolNeed, read: Read, services: DerivedTable<ServiceShape>, values: ScopeTables, vocabulary: Vocabulary): PoolUse {
  const { owner, backend, tls, origin } = need;
  const service = serviceKey(backend);
  const shape = read(services, service);
  const port = portOf(need, shape, read);
  const settings = poolSettings(need, service, read, values, vocabulary);
  const externalName = shape?.externalName;
  return {
    owner,
    tls,
    service,
    ...port,
    ...(externalName !== undefined && { externalName }),
    settings,
    variant: variantOf(service, port, settings),
    origin,
  };
}

function variantOf(service: string, { portLabel, portName }: PoolPort, { families, directives }: PoolSettings): string {
  const port = [service, portLabel].join(':');
  // Nearly always; the hash costs more than all the rest.
  if (families.length + directives.length === 0 && portName === portLabel) return port;
  return [
    port,
    hash('sha256', JSON.stringify([portName ?? null, families, directives.map(({ directive }) => directive.words)])).slice(0, 16),
  ].join(' ');
}

type PoolPort = Pick<PoolUse, 'portLabel' | 'portName' | 'portNumber'>;

/** Which port of the Service is meant. A Service or port that is missing leaves a pool without servers, which answers 503. */
function portOf({ backend, origin }: PoolNeed, shape: ServiceShape | undefined, read: Read): PoolPort {
  const { service, namespace, port: wanted } = backend;
  const tell = (code: string, message: string): void => {
    const { object } = origin;
    const field = backend.field ?? origin.field;
    read.note({ severity: 'error', code, object, ...(field !== undefined && { field }), message } satisfies Diagnostic);
  };
  const missing = { portLabel: String(wanted ?? 'none') };
  // The translator has said why.
  if (service === '') return missing;
  const name = quote(objectKey({ namespace, name: service }));
  if (shape === undefined) {
    tell('SERVICE_NOT_FOUND', `There is no Service ${name}; the route answers 503. Create it, or correct the name.`);
    return missing;
  }
  const found = wanted === undefined ? shape.ports[0] : shape.ports.find((port) => port.port === wanted || port.name === wanted);
  if (found !== undefined) {
    const { name: portName, port, targetPort } = found;
    return { portLabel: portName || String(port), portName, portNumber: typeof targetPort === 'number' ? targetPort : port };
  }
  if (shape.externalName !== undefined && typeof wanted === 'number') return { ...missing, portNumber: wanted };
  const known = shape.ports.map((port) => (port.name === '' ? String(port.port) : `${port.port} (${port.name})`)).join(', ');
  tell(
    'SERVICE_PORT_NOT_FOUND',
    `Service ${name} has no port ${quote(String(wanted ?? ''))}; the route answers 503. It has: ${known || 'none'}.`,
  );
  return missing;
}

/** What the owner and the Service say of the pool. */
function poolSettings({ owner }: PoolNeed, service: string, read: Read, values: ScopeTables, vocabulary: Vocabulary): PoolSettings {
  const own: Layers = { ...values.owner(read, owner), ...values.service(read, service) };
  const entries = vocabulary.on('pool').filter((entry) => isSet(entry, own, ['ingress', 'service']));
  const directives: OwnedDirective[] = [];
  // What closes an Ingress is in its rule sets; what closes a Service is here.
  if (own.service?.closedBy !== undefined)
    directives.push({ directive: closed(), origin: { object: own.service.object, field: own.service.closedBy } });
  if (entries.length === 0) return directives.length === 0 ? noSettings : { families: [], directives };
  const global = values.global(read, 'pool');
  const inherited: Layers = global === undefined ? {} : { global };
  const layers = { ...own, ...inherited };
  const families: string[] = [];
  for (const entry of entries) {
    const merged = merge(entry, layers);
    const [first] = Object.values(merged.settings);
    const origin: Origin = { object: first?.object ?? owner.origin.object, ...(first && { field: first.field }), plugin: entry.plugin };
    const added = poolDirectives(entry, merged, owner, read.note);
    const isOpen = merged.closedBy === undefined && added !== undefined;
    // What says no more than the pool inherits must not make it a pool of its own.
    if (
      isOpen &&
      isSame(
        added,
        poolDirectives(entry, merge(entry, inherited), owner, () => undefined),
      )
    )
      continue;
    families.push(entry.id);
    for (const directive of isOpen ? added : [closed()]) directives.push({ directive, origin });
  }
  return { families, directives };
}

/** To be replaced: files of pools. */
function noCertificate(): never {
  throw new Error('files of pools are not there yet');
}

/** Most pools have none of their own. */
const noSettings: PoolSettings = { families: [], directives: [] };

const closed = (): Directive => haproxy`http-request deny deny_status 503`;

function poolDirectives(entry: FamilyEntry, merged: Merged, owner: Owner, tell: (d: Diagnostic) => void): readonly Directive[] | undefined {
  const added: Directive[] = [];
  const outcome = applyFamily(entry, merged, { pool: { add: (directive: Directive) => added.push(checkedDirective(directive)), certificate: noCertificate } }, owner.origin.object, tell);
  if (outcome === 'closed') return undefined;
  return outcome === 'applied' ? [...added] : [];
}

function isSame(a: readonly Directive[], b: readonly Directive[] | undefined): boolean {
  return b !== undefined && JSON.stringify(a.map(({ words }) => words)) === JSON.stringify(b.map(({ words }) => words));
}
