import type { PatternFile } from '../../routing/operator-files.js';
import type { DerivedTable, Table, Tables } from '../../table/index.js';
import { haproxy, Path } from '../emitter/index.js';
import { ours, owned } from '../owned-directive.js';
import { patternPath } from '../pattern-file.js';
import { keyed, type ListRow, type SectionRow } from '../rows.js';
import { frontendDefaults } from './defaults.js';

/** The files, and what makes HAProxy load each. */
export function patternFiles(tables: Tables, files: Table<PatternFile>): DerivedTable<ListRow | SectionRow> {
  return tables.derive<PatternFile, ListRow | SectionRow>('haproxy: pattern files', files, (file) =>
    keyed<ListRow | SectionRow>({ type: 'list', file: patternPath(file.name), entries: file.patterns, origin: file.origin }, loader(file)),
  );
}

/**
 * HAProxy knows a file only if something names it, and then its patterns can be changed while it runs. A frontend that is disabled listens
 * nowhere; and all patterns can be loaded as texts.
 */
function loader({ name, origin }: PatternFile): SectionRow {
  return {
    type: 'section',
    kind: 'frontend',
    name: `signalbox_patterns_${name}`,
    from: frontendDefaults,
    directives: [...ours(haproxy`disabled`), owned(haproxy`acl loaded path -m str -f ${new Path(patternPath(name))}`, origin)],
    origin,
  };
}
