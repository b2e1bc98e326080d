import { heldSettings, type HeldSetting } from '../annotation/held-settings.js';
import type { ScopeTables } from '../annotation/scope-tables.js';
import { type Layers, merge } from '../annotation/settings.js';
import type { Vocabulary } from '../annotation/vocabulary.js';
import { defaultsOf } from '../haproxy/compile/defaults.js';
import { type HaproxyRow, type OwnedDirective, type SectionRow, type ServerRow, rowKey } from '../haproxy/rows.js';
import type { Collection } from '../resource/collection.js';
import { formatRef } from '../resource/resource.js';
import type { Group, RowLookUp, Table } from '../table/index.js';
import { isItself } from './claims.js';
import type { HostPattern, Route } from './model.js';
import { partOf } from './pool-parts.js';
import { type Pool, type PoolTables, type PoolUse, useKey } from './pools.js';
import type { AskedRoute, Destination, RoutingModel } from './routing-model.js';
import type { RuleSet } from './rule-set.js';
import { destinationOf, isGuarded, ruleSetOf } from './rule-sets.js';
import type { ServiceShape } from './services.js';
import type { Translation } from './draft.js';
import { writtenIn } from './written-text.js';

/** What the routing model is read from. */
export interface RoutingTables {
  readonly collection: Collection;
  readonly translations: Table<Group<Translation>>;
  /** The routes that hold, by claim. */
  readonly routes: Table<Route>;
  readonly services: Table<ServiceShape>;
  readonly pools: PoolTables;
  readonly ruleSets: Table<RuleSet>;
  readonly servers: readonly Table<ServerRow>[];
  /** The frontends and the `defaults`. */
  readonly sections: readonly Table<HaproxyRow>[];
  readonly values: ScopeTables;
  readonly vocabulary: Vocabulary;
}

/** The routing model as it stands in the tables. */
export class LiveRouting implements RoutingModel {
  readonly listen: RoutingModel['listen'];
  readonly #tables: RoutingTables;

  constructor(listen: RoutingModel['listen'], tables: RoutingTables) {
    this.listen = listen;
    this.#tables = tables;
  }

  routes(hosts: readonly HostPattern[]): readonly AskedRoute[] {
    const { translations, routes } = this.#tables;
    const isMeant = ({ host, path }: Route): boolean => path === 'default' || hosts.includes(host);
    const asked = [...translations.rows.values()].flatMap((group) => (group.first()?.routes ?? []).filter(isMeant));
    return asked.sort(byAge).flatMap((route) => {
      const holder = routes.rows.get(route.claim);
      if (holder === undefined || !this.#leadsSomewhere(holder)) return [];
      return [{ route, heldBy: isItself(holder, route) ? route : holder }];
    });
  }

  rulesOf(listener: 'http' | 'https'): readonly OwnedDirective[] {
    // Those that nobody has said are how routes are found.
    return this.#section('frontend', listener).filter(({ origin }) => origin !== undefined);
  }

  isGuarded(route: Route): boolean {
    return isGuarded(route, now, this.#tables.ruleSets);
  }

  destination(route: Route): Destination {
    const { pools, ruleSets, vocabulary } = this.#tables;
    const use = now(pools.uses, useKey(route));
    const pool = use && now(pools.pools, use.variant);
    if (use === undefined || pool === undefined) throw new RangeError('The route is none of this model, or of an older state of it.');
    const set = ruleSetOf(route, now, ruleSets);
    const backend = partOf(pool, set?.id ?? '');
    const missing = this.#missing(use);
    const closedBy = this.#closedBy(route, pool);
    return {
      pool: backend,
      service: route.backend.service === '' ? '' : pool.service,
      port: use.portLabel,
      ...(missing !== undefined && { missing }),
      servers: this.#serversOf(backend),
      ruleSet: set?.id ?? '',
      rules: [...this.#section('defaults', defaultsOf(pool.settings, vocabulary)), ...pool.settings.directives, ...(set?.rules ?? [])],
      lists: new Map(set?.lists.map(({ file, entries }) => [file, entries])),
      settings: this.#settings(route, pool),
      ...(closedBy !== undefined && { closedBy }),
    };
  }

  /** What could not be computed is in no map: its requests go to the next route. */
  #leadsSomewhere(route: Route): boolean {
    return destinationOf(route, now, this.#tables.ruleSets, this.#tables.pools) !== undefined;
  }

  #missing({ service, portName, portNumber, externalName }: PoolUse): Destination['missing'] {
    if (!this.#tables.services.rows.has(service)) return 'service';
    if (portName === undefined && portNumber === undefined) return 'port';
    return externalName === undefined ? undefined : 'addresses';
  }

  #serversOf(pool: string): readonly string[] {
    const rows = this.#tables.servers.flatMap((table) => [...table.rows.values()].filter(({ backend }) => backend === pool));
    return rows.map(({ name }) => name).sort();
  }

  #section(kind: SectionRow['kind'], name: string): readonly OwnedDirective[] {
    const key = rowKey({ type: 'section', kind, name, directives: [] });
    const rows = this.#tables.sections.map((table) => table.rows.get(key));
    return rows.flatMap((row) => (row?.type === 'section' ? row.directives : []));
  }

  /** What objects say that has to do with a route. */
  #layers(on: 'route' | 'pool', { owner }: Route, pool: Pool): Layers {
    const { values } = this.#tables;
    return { ...values.global(now, on), ...values.owner(now, owner), ...(on === 'pool' && values.service(now, pool.service)) };
  }

  #settings(route: Route, pool: Pool): HeldSetting[] {
    const { vocabulary, values, collection } = this.#tables;
    const layersOf = (on: (typeof targets)[number]): Layers =>
      on === 'route' || on === 'pool' ? this.#layers(on, route, pool) : values.global(now, on);
    return targets.flatMap((on) =>
      vocabulary.on(on).flatMap((entry) => heldSettings(entry, layersOf(on), (object, field) => writtenIn(collection, object, field))),
    );
  }

  #closedBy(route: Route, pool: Pool): string | undefined {
    for (const on of ['route', 'pool'] as const) {
      const layers = this.#layers(on, route, pool);
      for (const layer of Object.values(layers)) {
        if (layer?.closedBy !== undefined) return [formatRef(layer.object), layer.closedBy].join(' ');
      }
      for (const entry of this.#tables.vocabulary.on(on)) {
        const { closedBy } = merge(entry, layers);
        if (closedBy !== undefined) return closedBy;
      }
    }
    return undefined;
  }
}

/** The oldest first; routes of one object stay in order. */
function byAge({ owner: a }: Route, { owner: b }: Route): number {
  return a.age === b.age ? 0 : a.age < b.age ? -1 : 1;
}

/** What settings can act on and still hold for a request. */
const targets = ['route', 'pool', 'listener', 'https', 'defaults'] as const;

/** The rows as they are now. */
const now: RowLookUp = (table, key) => table.rows.get(key);
