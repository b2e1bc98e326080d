import type { Vocabulary } from '../../annotation/vocabulary.js';
import type { PoolSays } from '../../routing/pool-families.js';
import { partNames, partOf, type PlacedRuleSet } from '../../routing/pool-parts.js';
import type { Pool } from '../../routing/pools.js';
import type { DerivedTable, Read, Table, Tables } from '../../table/index.js';
import { condition, guarded } from '../emitter/index.js';
import { type OwnedDirective, keyed, type SectionRow } from '../rows.js';
import { defaultsOf } from './defaults.js';

/** What backends are made of, besides pools. */
export interface BackendParts {
  readonly ruleSets: Table<Iterable<PlacedRuleSet>>;
  readonly vocabulary: Vocabulary;
  /** What all pools have, by family. */
  readonly common: Table<PoolSays>;
}

/** One backend per pool, or several where its rule sets are too many for one, with the rule sets of the routes that lead to it. */
export function backends(tables: Tables, pools: Table<Pool>, { ruleSets, vocabulary, common }: BackendParts): DerivedTable<SectionRow> {
  const apart = vocabulary.on('pool').flatMap(({ id, family }) => (family.inherited === false ? [id] : []));
  return tables.derive('haproxy: backends', pools, (pool, read) => {
    const { families, directives } = pool.settings;
    const shared = apart.filter((id) => !families.includes(id)).map((id) => read(common, id));
    const own = [...closing(shared), ...directives, ...saying(shared)];
    const from = defaultsOf(pool.settings, vocabulary);
    const rules = rulesOf(pool, read, ruleSets);
    return partNames(pool).flatMap((name) => {
      const all = inOrder(own, rules.get(name) ?? []);
      return keyed<SectionRow>({ type: 'section', kind: 'backend', name, from, directives: all, origin: pool.origin });
    });
  });
}

type Says = PoolSays | undefined;

function closing(said: readonly Says[]): OwnedDirective[] {
  return said.flatMap((each) => (each?.isClosed === true ? each.directives : []));
}

function saying(said: readonly Says[]): OwnedDirective[] {
  return said.flatMap((each) => (each === undefined || each.isClosed === true ? [] : each.directives));
}

/** The rules of each backend of a pool, by its name. */
function rulesOf(pool: Pool, read: Read, ruleSets: Table<Iterable<PlacedRuleSet>>): ReadonlyMap<string, OwnedDirective[]> {
  const byBackend = new Map<string, OwnedDirective[]>();
  for (const { set } of read(ruleSets, pool.variant) ?? []) {
    const name = partOf(pool, set.id);
    const rules = byBackend.get(name) ?? [];
    const ruleSet = { id: set.id, isAlone: set.lists.length + set.userlists.length === 0 };
    for (const rule of set.rules) {
      const directive = guarded(rule.directive, condition`{ var(txn.rs) -m str ${set.id} }`);
      rules.push({ ...rule, ruleSet, directive });
    }
    byBackend.set(name, rules);
  }
  return byBackend;
}

/** A raw line stands behind the rules, so that it cannot let a request pass before a guard has looked. */
function inOrder(directives: readonly OwnedDirective[], rules: readonly OwnedDirective[]): OwnedDirective[] {
  const isRaw = ({ directive }: OwnedDirective): boolean => directive.raw === true;
  if (!directives.some(isRaw)) return [...directives, ...rules];
  return [...directives.filter((each) => !isRaw(each)), ...rules, ...directives.filter(isRaw)];
}
