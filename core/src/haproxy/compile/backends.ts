import type { Pool } from '../../routing/pools.js';
import type { PlacedRuleSet } from '../../routing/rule-sets.js';
import type { DerivedTable, Table, Tables } from '../../table/index.js';
import { condition, guarded } from '../emitter/index.js';
import { type OwnedDirective, rowKey, type SectionRow } from '../rows.js';
import { defaultsWithout } from './defaults.js';

/** One backend per pool, with the rule sets of the routes that lead to it. */
export function backends(tables: Tables, pools: Table<Pool>, ruleSets: Table<Iterable<PlacedRuleSet>>): DerivedTable<SectionRow> {
  return tables.derive('haproxy: backends', pools, (pool, read) => {
    const rules: OwnedDirective[] = [];
    for (const { set } of read(ruleSets, pool.name) ?? []) {
      for (const rule of set.rules)
        rules.push({ ...rule, directive: guarded(rule.directive, condition`{ var(txn.rs) -m str ${set.id} }`) });
    }
    const section: SectionRow = {
      type: 'section',
      kind: 'backend',
      name: pool.name,
      from: defaultsWithout(pool.settings.families),
      directives: [...pool.settings.directives, ...rules],
      origin: pool.origin,
    };
    return [[rowKey(section), section]];
  });
}
