import type { RuleSet } from '../../routing/rule-set.js';
import type { DerivedTable, Group, GroupedTable, InputTable, Table, Tables } from '../../table/index.js';
import { type CounterTable, countersSection, tableLine } from '../counter-table.js';
import { haproxy } from '../emitter/index.js';
import type { ListenOptions } from '../listen-options.js';
import { ours } from '../owned-directive.js';
import { keyed, type SectionRow } from '../rows.js';

/** The tables in which rule sets count, under the name of the section that holds them all. */
export function neededCounters(tables: Tables, ruleSets: Table<RuleSet>): GroupedTable<CounterTable> {
  const needed = tables.derive<RuleSet, CounterTable>('haproxy: needed tables', ruleSets, (set) =>
    set.tables.map((table) => [table.name, table]),
  );
  return tables.group('haproxy: tables of counters', [needed], { by: () => countersSection, order: (table) => table.name });
}

/**
 * The peers section. Its one peer is HAProxy itself: at a reload the old worker hands its counters to the new one.
 * @see {@link https://docs.haproxy.org/3.2/configuration.html#10.1 | HAProxy: peers declaration}
 */
export function counterSection(
  tables: Tables,
  once: InputTable<ListenOptions>,
  counters: GroupedTable<CounterTable>,
): DerivedTable<SectionRow> {
  return tables.derive<Group<CounterTable>, SectionRow>('haproxy: peers', counters, (group, read) => {
    const port = read(once, 'listen')?.peersPort ?? 10_000;
    return keyed({
      type: 'section',
      kind: 'peers',
      name: countersSection,
      directives: ours(haproxy`peer ${countersSection} ${`127.0.0.1:${String(port)}`}`, ...Array.from(group, tableLine)),
    });
  });
}
