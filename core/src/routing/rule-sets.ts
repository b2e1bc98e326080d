import { hash } from 'node:crypto';
import { applyFamily, merge } from '../annotation/settings.js';
import type { ScopeTables } from '../annotation/scope-tables.js';
import type { Vocabulary } from '../annotation/vocabulary.js';
import { type Directive, fileName, haproxy, Path, sample } from '../haproxy/emitter/index.js';
import { signalboxError } from '../errors.js';
import type { ListRow, OwnedDirective } from '../haproxy/rows.js';
import type { Origin } from '../resource/origin.js';
import type { DerivedTable, Group, GroupedTable, Read, Table, Tables } from '../table/index.js';
import type { Owner, Route } from './model.js';
import type { Pool, PoolTables, PoolUse } from './pools.js';
import type { Translation } from './translate.js';

/** Rules that hold for the requests of some routes; equal ones of several owners are one set in each pool. */
export interface RuleSet {
  /** Hash of the rules; empty where there are none. */
  readonly id: string;
  readonly rules: readonly OwnedDirective[];
  readonly lists: readonly ListRow[];
}

/** Settings of route families that do not come from annotations. */
export interface RouteFacts {
  readonly httpsPort: number;
}

/** What has rules of its own: an object whose routes ask for TLS or not. */
interface RuleOwner {
  readonly owner: Owner;
  readonly tls: boolean;
}

/** The rule sets by {@link ruleOwnerKey}. */
export function makeRuleSets(
  tables: Tables,
  translations: readonly Table<Translation>[],
  values: ScopeTables,
  vocabulary: Vocabulary,
  facts: RouteFacts,
): DerivedTable<RuleSet> {
  const owners = translations.map((table, at) =>
    tables.derive<Translation, RuleOwner>(`rule sets: owners ${at}`, table, ({ owner, routes }) =>
      [...new Set(routes.map((route) => route.tls))].map((tls) => [ruleOwnerKey({ owner, tls }), { owner, tls }]),
    ),
  );
  const all = tables.group<RuleOwner>('rule sets: owners', owners, { by: ruleOwnerKey });
  return tables.derive<Group<RuleOwner>, RuleSet>('rule sets', all, (group, read, key) => {
    const first = group.first();
    return first === undefined ? [] : [[key, ruleSet(first, read, values, vocabulary, facts)]];
  });
}

/** Identity of a rule set's owner. */
export function ruleOwnerKey({ owner, tls }: Pick<Route, 'owner' | 'tls'>): string {
  return `${tls ? 'tls' : 'any'} ${owner.key}`;
}

function ruleSet({ owner, tls }: RuleOwner, read: Read, values: ScopeTables, vocabulary: Vocabulary, facts: RouteFacts): RuleSet {
  const own = values.owner(read, owner);
  const global = values.global(read);
  const layers = { ...own, ...(global && { global }) };
  const rules: OwnedDirective[] = [];
  const lists: ListRow[] = [];
  let closedBy = Object.values(layers).find((layer) => layer?.closedBy !== undefined)?.closedBy;
  for (const entry of vocabulary.on('route')) {
    const merged = merge(entry, layers);
    const [setting] = Object.values(merged.settings);
    const origin: Origin = { object: setting?.object ?? owner.origin.object, ...(setting && { field: setting.field }), plugin: entry.plugin };
    const added: Directive[] = [];
    const addedLists: ListRow[] = [];
    const ok = applyFamily(
      entry,
      merged,
      {
        route: {
          add: (rule: Directive) => {
            checkRule(rule);
            added.push(rule);
          },
          list: (name: string, entries: readonly string[]) => {
            // A list belongs to the object that says it: all routes that inherit it share the file.
            const file = `patterns/${fileName([entry.id, origin.object.kind, origin.object.namespace, origin.object.name, name], 'lst')}`;
            addedLists.push({ type: 'list', file, entries, origin });
            return new Path(file);
          },
          tls,
          httpsPort: facts.httpsPort,
          isTls: sample`ssl_fc`,
        },
      },
      owner.origin.object,
      read.note,
    );
    if (merged.closedBy !== undefined || !ok) closedBy ??= merged.closedBy ?? entry.id;
    else {
      rules.push(...added.map((directive) => ({ directive, origin })));
      lists.push(...addedLists);
    }
  }
  // What is closed answers 503 before any of its rules.
  if (closedBy !== undefined) return withId([{ directive: haproxy`http-request deny deny_status 503`, origin: owner.origin }], []);
  return withId(rules, lists);
}

function withId(rules: readonly OwnedDirective[], lists: readonly ListRow[]): RuleSet {
  return { id: rules.length === 0 ? '' : hash('sha256', JSON.stringify(rules.map((rule) => rule.directive.words))).slice(0, 12), rules, lists };
}

/** A rule set as it stands in a pool. */
export interface PlacedRuleSet {
  readonly pool: string;
  readonly set: RuleSet;
}

/** The rule sets that each pool needs, by name of the pool. */
export function placeRuleSets(tables: Tables, routes: Table<Route>, ruleSets: Table<RuleSet>, { uses, pools }: PoolTables, useKey: (route: Route) => string): GroupedTable<PlacedRuleSet> {
  const placed = tables.derive<Route, PlacedRuleSet>('rule sets: placed', routes, (route, read) => {
    const set = read(ruleSets, ruleOwnerKey(route));
    const pool = poolOfRoute(read, uses, pools, useKey(route));
    return set === undefined || pool === undefined || set.id === '' ? [] : [[`${pool.name} ${set.id}`, { pool: pool.name, set }]];
  }, { equals: (a, b) => a.pool === b.pool && a.set.id === b.set.id });
  return tables.group('rule sets by pool', [placed], { by: (row) => row.pool, order: (row) => row.set.id });
}

/** The pool of a route. */
export function poolOfRoute(read: Read, uses: Table<PoolUse>, pools: Table<Pool>, key: string): Pool | undefined {
  const use = read(uses, key);
  return use && read(pools, use.variant);
}

/** The rules that can be for the requests of some routes only. */
const guardable = new Set(['http-request', 'http-response', 'http-after-response']);

/** @throws {@link SignalboxError} `EMITTER_REFUSED` for directives that take no condition. */
function checkRule(rule: Directive): void {
  const [keyword = ''] = rule.words;
  if (!guardable.has(keyword)) {
    throw signalboxError('EMITTER_REFUSED', `A route takes http-request, http-response and http-after-response rules; found "${keyword}". Act on "pool" for others.`);
  }
}
