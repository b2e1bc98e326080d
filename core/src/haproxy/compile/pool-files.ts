import type { PoolSays } from '../../routing/pool-families.js';
import type { Pool } from '../../routing/pools.js';
import type { DerivedTable, Table, Tables } from '../../table/index.js';
import { haproxy, Path } from '../emitter/index.js';
import { ours } from '../owned-directive.js';
import { type CertificateRow, keyed, type SectionRow } from '../rows.js';
import { frontendDefaults } from './defaults.js';

type PoolFile = CertificateRow | SectionRow;

/** The files that pools need, those of what all pools have among them. */
export function poolFiles(tables: Tables, pools: Table<Pool>, common: Table<PoolSays>): DerivedTable<PoolFile>[] {
  return [
    tables.derive('haproxy: files of pools', pools, ({ settings }) => keyed<PoolFile>(...settings.files, ...loaders(settings))),
    tables.derive('haproxy: files of all pools', common, (says) => keyed<PoolFile>(...says.files, ...loaders(says))),
  ];
}

/**
 * HAProxy 2.6 opens the `crt` of a server only when it has left the folder of the configuration again, so it finds no relative name; but
 * it takes what is loaded already, under the same name. A frontend that is disabled listens nowhere and loads its certificate at once.
 */
function loaders({ directives, files }: Pick<PoolSays, 'directives' | 'files'>): SectionRow[] {
  const shown = new Set(directives.flatMap(({ directive: { words } }) => words.filter((_word, at) => words[at - 1] === 'crt')));
  return files
    .filter(({ file }) => shown.has(file))
    .map(({ file, origin }) => ({
      type: 'section',
      kind: 'frontend',
      name: file.replace(/^.*\//, 'signalbox_').replace(/\.pem$/, ''),
      from: frontendDefaults,
      directives: ours(haproxy`disabled`, haproxy`bind 127.0.0.1:1 ssl crt ${new Path(file)}`),
      ...(origin && { origin }),
    }));
}
