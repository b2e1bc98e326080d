import type { RuleSet } from '../../routing/rule-set.js';
import type { DerivedTable, Table, Tables } from '../../table/index.js';
import { keyed, type ListRow, type SectionRow } from '../rows.js';

/** What rules name: lists of patterns, and of users. */
export function ruleSetRows(tables: Tables, ruleSets: Table<RuleSet>): DerivedTable<ListRow | SectionRow> {
  return tables.derive('haproxy: lists of rule sets', ruleSets, ({ lists, userlists }) =>
    keyed<ListRow | SectionRow>(...lists, ...userlists),
  );
}
