import { hash } from 'node:crypto';
import type { Key } from '../annotation/key.js';
import type { ScopeValues } from '../annotation/scope-values.js';
import { settingOrigin } from '../annotation/setting-origin.js';
import { type Layers, merge } from '../annotation/settings.js';
import type { ScopeTables } from '../annotation/scope-tables.js';
import type { Vocabulary } from '../annotation/vocabulary.js';
import { haproxy } from '../haproxy/emitter/index.js';
import type { CounterTable } from '../haproxy/counter-table.js';
import type { ListRow, OwnedDirective, SectionRow } from '../haproxy/rows.js';
import { isSameField, type Origin } from '../resource/origin.js';
import type { DerivedTable, Group, Read, RowLookUp, Table, Tables } from '../table/index.js';
import { type FamilyRules, nothing } from './family-rules.js';
import type { Owner, Route } from './model.js';
import { withFiles } from './named-files.js';
import type { PatternFile } from './operator-files.js';
import { partOf } from './pool-parts.js';
import { type PoolTables, useKey } from './pools.js';
import { ruleOwnerKey, type RuleSet } from './rule-set.js';
import type { Translation } from './draft.js';

/** What rule sets are made by. */
export interface RuledBy {
  readonly values: ScopeTables;
  readonly vocabulary: Vocabulary;
  readonly families: FamilyRules;
  /** Pattern files, by name. */
  readonly files: Table<PatternFile>;
}

/** The rule sets by {@link ruleOwnerKey}. */
export function makeRuleSets(tables: Tables, translations: Table<Group<Translation>>, by: RuledBy): DerivedTable<RuleSet> {
  return tables.derive<Group<Translation>, RuleSet>('rule sets', translations, (group, read) => {
    const { owner, routes } = group.first() ?? { routes: [] };
    if (owner === undefined) return [];
    return [...new Set(routes.map((route) => route.tls))].map((tls) => [ruleOwnerKey({ owner, tls }), ruleSet({ owner, tls }, read, by)]);
  });
}

function ruleSet({ owner, tls }: Pick<Route, 'owner' | 'tls'>, read: Read, { values, vocabulary, families, files }: RuledBy): RuleSet {
  const own = values.owner(read, owner);
  const layers: Layers = { ...own, ...values.global(read, 'route') };
  const rules: OwnedDirective[] = [];
  const lists: ListRow[] = [];
  const tables: CounterTable[] = [];
  const userlists: SectionRow[] = [];
  let closedBy = owner.closedBy ?? Object.values(layers).find((layer) => layer?.closedBy !== undefined)?.closedBy;
  for (const entry of vocabulary.on('route')) {
    const merged = withFiles(entry, merge(entry, layers), read, files);
    // A family whose guard cannot be used would only repeat what its owner has been told.
    const said =
      merged.closedBy === undefined ? families.ask(entry, merged, { owner, tls, countersTaken: tables.length }, read.note) : undefined;
    if (said === undefined) closedBy ??= merged.closedBy ?? entry.id;
    else if (said !== nothing) {
      const origin = settingOrigin(entry, merged, owner.origin.object);
      for (const directive of said.directives) rules.push({ directive, origin });
      lists.push(...said.lists);
      tables.push(...said.tables);
      userlists.push(...said.userlists);
    }
  }
  // What is closed answers 503 before any of its rules.
  if (closedBy !== undefined)
    return withId({
      ...noRules,
      rules: [{ directive: haproxy`http-request deny deny_status 503`, origin: owner.origin }],
      isGuarded: true,
    });
  const isGuarded = Object.values(own).some((layer) => layer !== undefined && hasGuard(layer, vocabulary));
  return withId({ rules, lists, tables, userlists, isGuarded });
}

/** Whether an object sets a key that decides who may pass its routes. */
function hasGuard({ families }: ScopeValues, vocabulary: Vocabulary): boolean {
  return vocabulary.on('route').some(({ id, family }) => {
    const set = families[id];
    const keys = family.keys as Record<string, Key>;
    return set !== undefined && Object.keys(set).some((name) => keys[name]?.options.guard === true);
  });
}

function withId({ rules, lists, tables, userlists, isGuarded }: Omit<RuleSet, 'id'>): RuleSet {
  if (rules.length + lists.length === 0) return noRules;
  return {
    id: rules.length === 0 ? '' : hash('sha256', JSON.stringify(rules.map((rule) => rule.directive.words))).slice(0, 12),
    // Copies, because an array that was pushed to keeps room for 16 more.
    rules: rules.slice(),
    lists: lists.length === 0 ? noRules.lists : lists,
    tables: tables.length === 0 ? noRules.tables : tables.slice(),
    userlists: userlists.length === 0 ? noRules.userlists : userlists,
    isGuarded,
  };
}

const noRules: RuleSet = { id: '', rules: [], lists: [], tables: [], userlists: [], isGuarded: false };

/**
 * Where else the same rules come from: equal rules of several owners stand once in a pool, with the origin of one of them, and are good
 * or bad together.
 */
export function originsOfSame(ruleSets: Table<RuleSet>, origin: Origin): readonly Origin[] {
  const isFrom = (other: Origin | undefined): boolean => isSameField(origin, other);
  const own = [...ruleSets.rows.values()].find(({ rules }) => rules.some((rule) => isFrom(rule.origin)));
  const words = new Set((own?.rules ?? []).filter((rule) => isFrom(rule.origin)).map(wordsOf));
  const same = [...ruleSets.rows.values()].flatMap(({ rules }) =>
    rules.filter((rule) => words.has(wordsOf(rule))).flatMap((rule) => rule.origin ?? []),
  );
  return [origin, ...same.filter((other) => !isFrom(other))];
}

function wordsOf({ directive }: OwnedDirective): string {
  return directive.words.join(' ');
}

/** The rules that hold for the requests of a route. */
export function ruleSetOf(route: Route, read: RowLookUp, ruleSets: Table<RuleSet>): RuleSet | undefined {
  return read(ruleSets, ruleOwnerKey(route));
}

/**
 * Where the requests of a route go: name of the pool, and if there are rules a dot and the id of their set. Where they count, a dot and the
 * owner follow: the counters are the owner's own, the rules are not.
 */
export function destinationOf(route: Route, read: RowLookUp, ruleSets: Table<RuleSet>, { uses, pools }: PoolTables): string | undefined {
  const use = read(uses, useKey(route));
  const pool = use && read(pools, use.variant);
  if (pool === undefined) return undefined;
  const { id, tables } = ruleSetOf(route, read, ruleSets) ?? noRules;
  const backend = partOf(pool, id);
  if (id === '') return backend;
  return (tables.length === 0 ? [backend, id] : [backend, id, ownerId(route.owner)]).join('.');
}

/** An owner in the key of a counter. */
function ownerId({ key }: Owner): string {
  return hash('sha256', key).slice(0, 12);
}

/** Whether the owner of a route says who may pass it. */
export function isGuarded(route: Route, read: RowLookUp, ruleSets: Table<RuleSet>): boolean {
  return ruleSetOf(route, read, ruleSets)?.isGuarded === true;
}
