import { hash } from 'node:crypto';
import { applyFamily, isSet, type Layers, merge, type Merged } from '../annotation/settings.js';
import type { ScopeTables } from '../annotation/scope-tables.js';
import type { FamilyEntry, Vocabulary } from '../annotation/vocabulary.js';
import { type Directive, haproxy } from '../haproxy/emitter/index.js';
import type { OwnedDirective } from '../haproxy/rows.js';
import { type Diagnostic, quote } from '../resource/diagnostic.js';
import type { Origin } from '../resource/origin.js';
import { objectKey } from '../resource/resource.js';
import type { DerivedTable, Group, GroupedTable, Read, Tables } from '../table/index.js';
import { backendName } from './backend-name.js';
import type { Owner, Route } from './model.js';
import type { ServiceShape } from './services.js';

/** What one owner needs of one port of a Service, with the settings that hold for the pair. */
export interface PoolUse {
  readonly owner: Owner;
  /** The Service, as namespace/name. */
  readonly service: string;
  /** Name of the port, or its number where it has no name or the Service is missing. */
  readonly portLabel: string;
  /** What endpoints call the port; absent where the Service or the port is missing, so that no endpoint fits. */
  readonly portName?: string;
  /** Target port where it is a number: for what has no EndpointSlices. */
  readonly portNumber?: number;
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

/** A HAProxy backend to be: a Service port with settings. */
export interface Pool {
  /** Name of the backend. */
  readonly name: string;
  readonly service: string;
  readonly portName?: string;
  readonly portNumber?: number;
  readonly settings: PoolSettings;
  readonly origin: Origin;
}

/** The pools and who uses them. */
export interface PoolTables {
  /** By {@link useKey}. */
  readonly uses: DerivedTable<PoolUse>;
  /** By variant. */
  readonly pools: DerivedTable<Pool>;
  /** By namespace/name of the Service. */
  readonly byService: GroupedTable<Pool>;
}

/** Identity of what a route needs. */
export function useKey(route: Route): string {
  return `${route.owner.key} ${serviceKey(route)}:${route.backend.port ?? ''}`;
}

function serviceKey({ backend }: Route): string {
  return objectKey({ namespace: backend.namespace, name: backend.service });
}

/** Finds the pools that routes need. */
export function makePools(
  tables: Tables,
  routes: DerivedTable<Route>,
  services: DerivedTable<ServiceShape>,
  values: ScopeTables,
  vocabulary: Vocabulary,
): PoolTables {
  const needs = tables.derive<Route, Route>('pools: needs', routes, (route) => [[useKey(route), route]], { equals: isSameNeed });
  const uses = tables.derive<Route, PoolUse>('pools: uses', needs, (route, read, key) => [
    [key, poolUse(route, read, services, values, vocabulary)],
  ]);
  const byVariant = tables.group<PoolUse>('pools: uses by variant', [uses], { by: (use) => use.variant, order: (use) => use.owner.age });
  const oldest = tables.derive<Group<PoolUse>, PoolUse>('pools: oldest uses', byVariant, (group, _read, key) => {
    const first = group.first();
    return first === undefined ? [] : [[key, first]];
  });
  const byPort = tables.group<PoolUse>('pools: variants by port', [oldest], { by: portKey, order: (use) => use.owner.age });
  const plain = tables.derive<Group<PoolUse>, string>('pools: plain names', byPort, (group, _read, key) => [
    [key, group.first()?.variant ?? ''],
  ]);
  const pools = tables.derive<PoolUse, Pool>('pools', oldest, (use, read, variant) => [
    [variant, poolOf(use, read(plain, portKey(use)) === variant)],
  ]);
  const byService = tables.group<Pool>('pools by service', [pools], { by: (pool) => pool.service });
  return { uses, pools, byService };
}

function portKey(use: PoolUse): string {
  return `${use.service}:${use.portLabel}`;
}

function isSameNeed(a: Route, b: Route): boolean {
  return a.owner.key === b.owner.key && a.owner.age === b.owner.age && a.owner.scope === b.owner.scope && a.origin.field === b.origin.field;
}

/** The plain name is HAProxy's own controller's; another pool of the same port is named after the object that has it. */
function poolOf(use: PoolUse, isPlain: boolean): Pool {
  const namespace = use.service.slice(0, use.service.lastIndexOf('/'));
  const owner = isPlain ? namespace : (use.owner.name ?? `${namespace}_:operator`);
  return {
    name: backendName({ owner, service: use.service, port: use.portLabel }),
    service: use.service,
    ...(use.portName !== undefined && { portName: use.portName }),
    ...(use.portNumber !== undefined && { portNumber: use.portNumber }),
    settings: use.settings,
    origin: use.origin,
  };
}

function poolUse(route: Route, read: Read, services: DerivedTable<ServiceShape>, values: ScopeTables, vocabulary: Vocabulary): PoolUse {
  const service = serviceKey(route);
  const port = portOf(route, read(services, service), read);
  const settings = poolSettings(route, service, read, values, vocabulary);
  return {
    owner: route.owner,
    service,
    ...port,
    settings,
    variant: `${service}:${port.portLabel} ${hash('sha256', JSON.stringify([port.portName ?? null, settings.families, settings.directives.map((each) => each.directive.words)])).slice(0, 16)}`,
    origin: route.origin,
  };
}

/** Which port of the Service is meant. A Service or port that is missing leaves a pool without servers, which answers 503. */
function portOf(route: Route, shape: ServiceShape | undefined, read: Read): Pick<PoolUse, 'portLabel' | 'portName' | 'portNumber'> {
  const { service, namespace, port: wanted } = route.backend;
  const tell = (code: string, message: string): void => {
    const { object } = route.origin;
    const field = route.backend.field ?? route.origin.field;
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
  tell('SERVICE_PORT_NOT_FOUND', `Service ${name} has no port ${quote(String(wanted ?? ''))}; the route answers 503. It has: ${known || 'none'}.`);
  return missing;
}

/** What the owner and the Service say of the pool. */
function poolSettings(route: Route, service: string, read: Read, values: ScopeTables, vocabulary: Vocabulary): PoolSettings {
  const own: Layers = { ...values.owner(read, route.owner), ...values.service(read, service) };
  const entries = vocabulary.on('pool').filter((entry) => isSet(entry, own, ['ingress', 'service']));
  const directives: OwnedDirective[] = [];
  // What closes an Ingress is in its rule sets; what closes a Service is here.
  if (own.service?.closedBy !== undefined) directives.push({ directive: closed(), origin: { object: own.service.object, field: own.service.closedBy } });
  if (entries.length === 0) return { families: [], directives };
  const global = values.global(read);
  const inherited: Layers = global === undefined ? {} : { global };
  const layers = { ...own, ...inherited };
  const families: string[] = [];
  for (const entry of entries) {
    const merged = merge(entry, layers);
    const [first] = Object.values(merged.settings);
    const origin: Origin = { object: first?.object ?? route.owner.origin.object, ...(first && { field: first.field }), plugin: entry.plugin };
    const added = poolDirectives(entry, merged, route, read.note);
    const isOpen = merged.closedBy === undefined && added !== undefined;
    // What says no more than the pool inherits must not make it a pool of its own.
    if (isOpen && isSame(added, poolDirectives(entry, merge(entry, inherited), route, () => undefined))) continue;
    families.push(entry.id);
    for (const directive of isOpen ? added : [closed()]) directives.push({ directive, origin });
  }
  return { families, directives };
}

const closed = (): Directive => haproxy`http-request deny deny_status 503`;

function poolDirectives(entry: FamilyEntry, merged: Merged, { owner }: Route, tell: (d: Diagnostic) => void): readonly Directive[] | undefined {
  const added: Directive[] = [];
  const ok = applyFamily(entry, merged, { pool: { add: (directive: Directive) => added.push(directive) } }, owner.origin.object, tell);
  return ok ? added : undefined;
}

function isSame(a: readonly Directive[], b: readonly Directive[] | undefined): boolean {
  return b !== undefined && JSON.stringify(a.map(({ words }) => words)) === JSON.stringify(b.map(({ words }) => words));
}
