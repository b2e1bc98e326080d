import { hash } from 'node:crypto';
import type { Group, RowLookUp, Table, Tables } from '../table/index.js';
import type { PoolUse } from './pools.js';
import { ruleOwnerKey, type RuleSet } from './rule-set.js';

/**
 * The most rule sets that one backend should have: each is a few conditions more for every request. 32 of them cost 2-3 µs, 2,000 cost
 * more than 100.
 */
const mostRuleSets = 32;

/**
 * Says which pool each use belongs to: one for all uses of a variant, or, where their rule sets are too many, one of several. Which one
 * is a matter of the owner's name alone, so that an edit moves nobody. Their number doubles as rule sets come, so that an edit is all
 * that an edit costs.
 */
export function splitPools(tables: Tables, uses: Table<PoolUse>, ruleSets: Table<RuleSet>): (use: PoolUse, read: RowLookUp) => string {
  const sets = tables.derive<PoolUse, string>('pools: rule sets', uses, ({ variant, owner, tls }, read) => {
    const ids = tls.flatMap((each) => read(ruleSets, ruleOwnerKey({ owner, tls: each }))?.id ?? []).filter((id) => id !== '');
    return new Map(ids.map((id) => [[variant, id].join(' '), variant]));
  });
  const byVariant = tables.group<string>('pools: rule sets by variant', [sets], { by: (variant) => variant });
  const parts = tables.derive<Group<string>, number>('pools: parts', byVariant, ({ size }, _read, variant) => {
    return size <= mostRuleSets ? [] : [[variant, 2 ** Math.ceil(Math.log2(size / (mostRuleSets / 2)))]];
  });
  return ({ variant, owner }, read) => {
    const count = read(parts, variant);
    return count === undefined ? variant : [variant, Number.parseInt(hash('sha256', owner.key).slice(0, 8), 16) % count].join(' part ');
  };
}
