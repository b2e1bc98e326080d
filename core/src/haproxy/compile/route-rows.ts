import { type Diagnostic, quote } from '../../resource/diagnostic.js';
import type { HostPattern, PathMatch, Route } from '../../routing/model.js';
import type { PoolTables } from '../../routing/pools.js';
import type { RuleSet } from '../../routing/rule-set.js';
import { destinationOf, isGuarded } from '../../routing/rule-sets.js';
import type { Translation } from '../../routing/draft.js';
import type { DerivedTable, Group, Table, Tables } from '../../table/index.js';
import { mapRow as encodeMapRow } from '../emitter/index.js';
import { keyed, type MapRow, rowKey } from '../rows.js';

/** Files of the maps by which a request finds its route. */
export const routeMaps = {
  host: 'host',
  wildcard: 'host-wildcard',
  exact: 'path-exact',
  prefix: 'path-prefix',
  guarded: 'host-guarded',
} as const;

/** The key under which the route of all that no other route takes stands in the map of exact paths; no path looks like it. */
const defaultRouteKey = '*';

/** The key under which a default route that is guarded stands among the guarded hosts; theirs end in a slash. */
export const guardedDefaultKey = '*';

/**
 * The rows of the route maps. The frontends look up the host, then host and path; the value is the backend, the rule set and the owner of
 * what it counts, with dots between them. Hosts that have a route with a guard stand in a map of their own.
 */
export function routeRows(
  tables: Tables,
  translations: Table<Group<Translation>>,
  routes: Table<Route>,
  ruleSets: Table<RuleSet>,
  pools: PoolTables,
): DerivedTable<MapRow>[] {
  const hosts = tables.derive<Group<Translation>, MapRow>('haproxy: hosts', translations, (group) => {
    const rows = new Map<string, MapRow>();
    for (const route of group.first()?.routes ?? []) {
      const row = hostRow(route);
      if (row !== undefined && refusal(row) === undefined) rows.set(rowKey(row), row);
    }
    return rows;
  });
  const paths = tables.derive<Route, MapRow>('haproxy: paths', routes, (route, read) => {
    const value = destinationOf(route, read, ruleSets, pools);
    if (value === undefined) return [];
    const row = pathRow(route, value);
    const refused = refusal(row);
    if (refused === undefined) return keyed(row, isGuarded(route, read, ruleSets) ? guardRow(route) : undefined);
    const { object, field } = route.origin;
    const message = `Found ${quote(`${route.host}${route.path === 'default' ? '' : route.path.value}`)}, which HAProxy cannot look up: ${refused}. The route has no effect; correct host and path.`;
    read.note({
      severity: 'error',
      code: 'ROUTE_NOT_REPRESENTABLE',
      object,
      ...(field !== undefined && { field }),
      message,
    } satisfies Diagnostic);
    return [];
  });
  return [hosts, paths];
}

function refusal(row: MapRow): string | undefined {
  try {
    encodeMapRow(row.key, row.value);
    return undefined;
  } catch (cause) {
    return cause instanceof Error ? cause.message : 'no reason given';
  }
}

/** How a host pattern begins the keys of its paths: `a.example`, `.example` for a wildcard, nothing for any host. */
function hostPart(host: HostPattern): string {
  return host.startsWith('*.') ? host.slice(1) : host;
}

function hostRow({ host, owner }: Route): MapRow | undefined {
  if (host === '') return undefined;
  const wildcard = host.startsWith('*.');
  return {
    type: 'map',
    map: wildcard ? routeMaps.wildcard : routeMaps.host,
    key: wildcard ? host.slice(2) : host,
    value: hostPart(host),
    origin: owner.origin,
  };
}

/** Looked up by host pattern and a slash, so that the pattern of any host has a key too. */
function guardRow({ host, path, owner }: Route): MapRow {
  const key = path === 'default' ? guardedDefaultKey : [hostPart(host), '/'].join('');
  return { type: 'map', map: routeMaps.guarded, key, value: '1', origin: owner.origin };
}

function pathRow({ host, path, origin }: Route, value: string): MapRow {
  if (path === 'default') return { type: 'map', map: routeMaps.exact, key: defaultRouteKey, value, origin };
  const key = [hostPart(host), pathKey(path)].join('');
  return { type: 'map', map: path.type === 'exact' ? routeMaps.exact : routeMaps.prefix, key, value, origin };
}

/**
 * Prefixes are looked up as the longest one that begins the request's path with a slash added: so `/foo/` goes by elements and takes
 * `/foo` too, and `/foo` goes by characters.
 */
function pathKey(path: PathMatch): string {
  if (path.type === 'exact' || path.type === 'text') return path.value;
  return path.value === '/' ? '/' : `${path.value}/`;
}
