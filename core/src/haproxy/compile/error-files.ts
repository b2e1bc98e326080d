import type { ErrorFile, OperatorFiles } from '../../routing/operator-files.js';
import type { DerivedTable, Group, Table, Tables } from '../../table/index.js';
import { haproxy, Path } from '../emitter/index.js';
import { owned } from '../owned-directive.js';
import { type FileRow, keyed, type OwnedDirective } from '../rows.js';

/** The responses themselves. HAProxy reads them when it loads. */
export function errorFiles(tables: Tables, errors: Table<ErrorFile>): DerivedTable<FileRow> {
  return tables.derive<ErrorFile, FileRow>('haproxy: error files', errors, (error) =>
    keyed({ type: 'file', file: pathOf(error), content: error.response, origin: error.origin }),
  );
}

/** All of them in one group. */
export function allErrorFiles(tables: Tables, { errors }: OperatorFiles): Table<Group<ErrorFile>> {
  return tables.group<ErrorFile>('all error files', [errors], { by: () => 'all' });
}

/** What names them, for each section from which frontends and backends inherit. */
export function errorFileDirectives(errors: Iterable<ErrorFile>): OwnedDirective[] {
  return [...errors]
    .sort((a, b) => a.status - b.status)
    .map((error) => owned(haproxy`errorfile ${error.status} ${new Path(pathOf(error))}`, error.origin));
}

function pathOf({ status }: ErrorFile): string {
  return `errorfiles/${status}`;
}
