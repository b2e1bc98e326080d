import type { DerivedTable, Group, GroupedTable, Table, Tables } from '../table/index.js';
import type { PoolUse } from './pools.js';
import { ruleOwnerKey, type RuleSet } from './rule-set.js';

/**
 * The most rule sets that one backend should have: each is a few conditions more for every request. 32 of them cost 2-3 µs, 2,000 cost
 * more than 100.
 */
const mostRuleSets = 32;

/** A rule set that a pool needs. */
export interface PlacedRuleSet {
  readonly variant: string;
  readonly set: RuleSet;
}

/** The rule sets that each pool needs, by variant. */
export function placeRuleSets(tables: Tables, uses: Table<PoolUse>, ruleSets: Table<RuleSet>): GroupedTable<PlacedRuleSet> {
  const placed = tables.derive<PoolUse, PlacedRuleSet>('rule sets: placed', uses, ({ variant, owner, tls }, read) => {
    const sets = tls.flatMap((each) => read(ruleSets, ruleOwnerKey({ owner, tls: each })) ?? []);
    return new Map(sets.filter(({ id }) => id !== '').map((set) => [[variant, set.id].join(' '), { variant, set }]));
  });
  return tables.group('rule sets by pool', [placed], { by: (row) => row.variant, order: (row) => row.set.id });
}

/** In how many backends the pools are told whose rule sets are too many for one, by variant. Their number doubles as rule sets come. */
export function countParts(tables: Tables, placed: Table<Group<PlacedRuleSet>>): DerivedTable<number> {
  return tables.derive('pools: parts', placed, ({ size }, _read, variant) =>
    size <= mostRuleSets ? [] : [[variant, 2 ** Math.ceil(Math.log2(size / (mostRuleSets / 2)))]],
  );
}

/** A pool, as far as its parts are concerned. */
export interface Parted {
  /** The name of the pool, and of its first part. */
  readonly name: string;
  /** How many backends it is. */
  readonly parts: number;
}

/** The names of the backends that a pool is. They go by number, so that an edit renames nothing. */
export function partNames({ name, parts }: Parted): readonly string[] {
  return parts === 1 ? [name] : Array.from({ length: parts }, (_, part) => nameOf(name, part));
}

/** The backend in which a rule set stands; requests without rules go to the first. */
export function partOf({ name, parts }: Parted, ruleSet: string): string {
  return parts === 1 || ruleSet === '' ? name : nameOf(name, Number.parseInt(ruleSet.slice(0, 8), 16) % parts);
}

function nameOf(name: string, part: number): string {
  return part === 0 ? name : [name, part].join(':');
}
