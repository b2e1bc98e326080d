import { hash } from 'node:crypto';
import type { Key } from '../annotation/key.js';
import type { ScopeValues } from '../annotation/scope-values.js';
import { merge } from '../annotation/settings.js';
import type { ScopeTables } from '../annotation/scope-tables.js';
import type { Vocabulary } from '../annotation/vocabulary.js';
import { haproxy } from '../haproxy/emitter/index.js';
import type { ListRow, OwnedDirective } from '../haproxy/rows.js';
import type { Origin } from '../resource/origin.js';
import type { DerivedTable, Group, GroupedTable, Read, Table, Tables } from '../table/index.js';
import type { FamilyRules } from './family-rules.js';
import type { Route } from './model.js';
import { type PoolTables, type PoolUse, useKey } from './pools.js';
import type { Translation } from './translate.js';

/** Rules that hold for the requests of some routes; equal ones of several owners are one set in each pool. */
export interface RuleSet {
  /** Hash of the rules; empty where there are none. */
  readonly id: string;
  readonly rules: readonly OwnedDirective[];
  readonly lists: readonly ListRow[];
  /** The owner says who may pass, or all is closed: what leads around it is to be refused. */
  readonly isGuarded: boolean;
}

/** The rule sets by {@link ruleOwnerKey}. */
export function makeRuleSets(
  tables: Tables,
  translations: Table<Group<Translation>>,
  values: ScopeTables,
  vocabulary: Vocabulary,
  families: FamilyRules,
): DerivedTable<RuleSet> {
  return tables.derive<Group<Translation>, RuleSet>('rule sets', translations, (group, read) => {
    const { owner, routes } = group.first() ?? { routes: [] };
    if (owner === undefined) return [];
    return [...new Set(routes.map((route) => route.tls))].map((tls) => [
      ruleOwnerKey({ owner, tls }),
      ruleSet({ owner, tls }, read, values, vocabulary, families),
    ]);
  });
}

/** Identity of a rule set's owner. */
function ruleOwnerKey({ owner, tls }: Pick<Route, 'owner' | 'tls'>): string {
  return [tls ? 'tls' : 'any', owner.key].join(' ');
}

function ruleSet(
  { owner, tls }: Pick<Route, 'owner' | 'tls'>,
  read: Read,
  values: ScopeTables,
  vocabulary: Vocabulary,
  families: FamilyRules,
): RuleSet {
  const own = values.owner(read, owner);
  const global = values.global(read, 'route');
  const layers = { ...own, ...(global && { global }) };
  const rules: OwnedDirective[] = [];
  const lists: ListRow[] = [];
  let closedBy = Object.values(layers).find((layer) => layer?.closedBy !== undefined)?.closedBy;
  for (const entry of vocabulary.on('route')) {
    const merged = merge(entry, layers);
    const [setting] = Object.values(merged.settings);
    const origin: Origin = {
      object: setting?.object ?? owner.origin.object,
      ...(setting && { field: setting.field }),
      plugin: entry.plugin,
    };
    const said = families.ask(entry, merged, { owner, tls, origin }, read.note);
    if (merged.closedBy !== undefined || said === undefined) closedBy ??= merged.closedBy ?? entry.id;
    else {
      for (const directive of said.directives) rules.push({ directive, origin });
      lists.push(...said.lists);
    }
  }
  // What is closed answers 503 before any of its rules.
  if (closedBy !== undefined) return withId([{ directive: haproxy`http-request deny deny_status 503`, origin: owner.origin }], [], true);
  return withId(
    rules,
    lists,
    Object.values(own).some((layer) => layer !== undefined && hasGuard(layer, vocabulary)),
  );
}

/** Whether an object sets a key that decides who may pass its routes. */
function hasGuard({ families }: ScopeValues, vocabulary: Vocabulary): boolean {
  return vocabulary.on('route').some(({ id, family }) => {
    const set = families[id];
    const keys = family.keys as Record<string, Key>;
    return set !== undefined && Object.keys(set).some((name) => keys[name]?.options.guard === true);
  });
}

function withId(rules: readonly OwnedDirective[], lists: readonly ListRow[], isGuarded: boolean): RuleSet {
  if (rules.length + lists.length === 0) return noRules;
  // A copy, because an array that was pushed to keeps room for 16 more.
  return {
    id: rules.length === 0 ? '' : hash('sha256', JSON.stringify(rules.map((rule) => rule.directive.words))).slice(0, 12),
    rules: rules.slice(),
    lists: lists.length === 0 ? noRules.lists : lists,
    isGuarded,
  };
}

const noRules: RuleSet = { id: '', rules: [], lists: [], isGuarded: false };

/** A rule set as it stands in a pool. */
export interface PlacedRuleSet {
  readonly pool: string;
  readonly set: RuleSet;
}

/** The rule sets that each pool needs, by name of the pool. */
export function placeRuleSets(tables: Tables, ruleSets: Table<RuleSet>, { uses, pools }: PoolTables): GroupedTable<PlacedRuleSet> {
  const placed = tables.derive<PoolUse, PlacedRuleSet>('rule sets: placed', uses, ({ owner, tls, variant }, read) => {
    const pool = read(pools, variant)?.name;
    if (pool === undefined) return [];
    const sets = tls.flatMap((each) => read(ruleSets, ruleOwnerKey({ owner, tls: each })) ?? []);
    return new Map(sets.filter(({ id }) => id !== '').map((set) => [[pool, set.id].join(' '), { pool, set }]));
  });
  return tables.group('rule sets by pool', [placed], { by: (row) => row.pool, order: (row) => row.set.id });
}

/** Where the requests of a route go: name of the pool, a dot, id of the rule set; without rules the name alone. */
export function destinationOf(route: Route, read: Read, ruleSets: Table<RuleSet>, { uses, pools }: PoolTables): string | undefined {
  const use = read(uses, useKey(route));
  const pool = use && read(pools, use.variant)?.name;
  if (pool === undefined) return undefined;
  const set = read(ruleSets, ruleOwnerKey(route))?.id ?? '';
  return set === '' ? pool : [pool, set].join('.');
}

/** Whether the owner of a route says who may pass it. */
export function isGuarded(route: Route, read: Read, ruleSets: Table<RuleSet>): boolean {
  return read(ruleSets, ruleOwnerKey(route))?.isGuarded === true;
}
