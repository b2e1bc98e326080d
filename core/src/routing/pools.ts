import { hash } from 'node:crypto';
import type { ScopeTables } from '../annotation/scope-tables.js';
import type { Vocabulary } from '../annotation/vocabulary.js';
import type { Origin } from '../resource/origin.js';
import { objectKey } from '../resource/resource.js';
import type { DerivedTable, Group, GroupedTable, Read, Table, Tables } from '../table/index.js';
import { backendName } from './backend-name.js';
import type { Decided } from './claims.js';
import { countParts, type Parted, partNames, type PlacedRuleSet, placeRuleSets } from './pool-parts.js';
import type { RuleSet } from './rule-set.js';
import type { BackendRef, Owner, Route } from './model.js';
import type { PoolSays } from './pool-families.js';
import { type PoolSettings, poolSettings, type SettingsSources } from './pool-settings.js';
import { servicePort, type ServedPort, type ServicePortFound } from './service-port.js';
import type { ServiceShape } from './services.js';
import type { StreamPool } from './streams.js';
import type { Translation } from './draft.js';

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
  /** Uses of equal variant share a pool. */
  readonly variant: string;
  readonly origin: Origin;
}

/** A HAProxy backend to be: a Service port with settings. */
export interface Pool extends Parted, ServedPort, Pick<PoolUse, 'service' | 'externalName' | 'settings' | 'origin' | 'variant'> {}

/** The pools and who uses them. */
export interface PoolTables {
  /** By {@link useKey}, which sorts by age of the owner. */
  readonly uses: DerivedTable<PoolUse>;
  /** By variant. */
  readonly pools: DerivedTable<Pool>;
  /** By variant. */
  readonly ruleSets: GroupedTable<PlacedRuleSet>;
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
  common: Table<PoolSays>,
  ruleSets: Table<RuleSet>,
  streams: Table<StreamPool>,
): PoolTables {
  const makers: Makers = { services, values, vocabulary, common };
  const needs = tables.derive<Group<Translation>, PoolNeed>('pools: needs', translations, (group, read) =>
    needsOf(routes.standing(read, group.first()?.routes ?? [])),
  );
  const uses = tables.derive<PoolNeed, PoolUse>('pools: uses', needs, (need, read, key) => [[key, poolUse(need, read, makers)]]);
  const placed = placeRuleSets(tables, uses, ruleSets);
  const parts = countParts(tables, placed);
  const plain = tables.derive<PoolUse, string>('pools: plain names', uses, (use) => [[portKey(use), use.variant]]);
  const pools = tables.derive<PoolUse, Pool>('pools', uses, (use, read) => [
    [use.variant, poolOf(use, read(plain, portKey(use)) === use.variant, read(parts, use.variant) ?? 1)],
  ]);
  const byService = tables.group<Pool | StreamPool>('pools by service', [pools, streams], { by: (pool) => pool.service });
  const served = tables.derive<Group<Pool | StreamPool>, readonly ServedPort[]>(
    'pools: ports by service',
    byService,
    (group, _read, service) => [
      [
        service,
        Array.from(group)
          .flatMap(servedPorts)
          .sort((a, b) => (a.name < b.name ? -1 : 1)),
      ],
    ],
  );
  return { uses, pools, ruleSets: placed, served };
}

/** What pools are made of. */
interface Makers extends SettingsSources {
  readonly services: Table<ServiceShape>;
}

function servedPorts(pool: Pool | StreamPool): ServedPort[] {
  const { portName, portNumber } = pool;
  const port = { ...(portName !== undefined && { portName }), ...(portNumber !== undefined && { portNumber }) };
  return partNames(pool).map((name) => ({ name, ...port }));
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
function poolOf(use: PoolUse, isPlain: boolean, parts: number): Pool {
  const namespace = use.service.slice(0, use.service.lastIndexOf('/'));
  const owner = isPlain ? namespace : (use.owner.name ?? `${namespace}_:operator`);
  return {
    name: backendName({ owner, service: use.service, port: use.portLabel }),
    variant: use.variant,
    parts,
    service: use.service,
    ...(use.portName !== undefined && { portName: use.portName }),
    ...(use.portNumber !== undefined && { portNumber: use.portNumber }),
    ...(use.externalName !== undefined && { externalName: use.externalName }),
    settings: use.settings,
    origin: use.origin,
  };
}

function poolUse(need: PoolNeed, read: Read, makers: Makers): PoolUse {
  const { owner, backend, tls, origin } = need;
  const service = serviceKey(backend);
  const shape = read(makers.services, service);
  const port = servicePort(backend, origin, shape, read, 'the route answers 503');
  const settings = poolSettings(owner, service, read, makers);
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

function variantOf(service: string, { portLabel, portName }: ServicePortFound, { families, directives }: PoolSettings): string {
  const port = [service, portLabel].join(':');
  // Nearly always; the hash costs more than all the rest.
  if (families.length + directives.length === 0 && portName === portLabel) return port;
  return [
    port,
    hash('sha256', JSON.stringify([portName ?? null, families, directives.map(({ directive }) => directive.words)])).slice(0, 16),
  ].join(' ');
}
