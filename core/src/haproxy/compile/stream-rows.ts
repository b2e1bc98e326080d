import type { ScopeTables } from '../../annotation/scope-tables.js';
import type { Vocabulary } from '../../annotation/vocabulary.js';
import type { PoolSays } from '../../routing/pool-families.js';
import type { StreamFrontend, StreamTables } from '../../routing/streams.js';
import type { DerivedTable, Group, InputTable, Table, Tables } from '../../table/index.js';
import { type Directive, haproxy, Path } from '../emitter/index.js';
import type { ListenOptions } from '../listen-options.js';
import { ours } from '../owned-directive.js';
import { keyed, type OwnedDirective, type SectionRow } from '../rows.js';
import { defaultsBase, settled, stateOfServers } from './defaults.js';
import { addressWords, crtListPath } from './frontends.js';

/** The `defaults` section of streams. */
const streamDefaults = 'signalbox-tcp';

/** The sections of streams: a frontend for each port, a backend for each port of a Service, and what they inherit. */
export function streamRows(
  tables: Tables,
  once: InputTable<ListenOptions>,
  { frontends, pools }: StreamTables,
  values: ScopeTables,
  vocabulary: Vocabulary,
  common: Table<PoolSays>,
): DerivedTable<SectionRow>[] {
  const all = tables.group<StreamFrontend>('haproxy: all streams', [frontends], { by: () => 'all', order: ({ port }) => String(port) });
  return [
    tables.derive<StreamFrontend, SectionRow>('haproxy: frontends of streams', frontends, ({ port, tls, backend, origin }, read) => {
      const { addresses = [] } = read(once, 'listen') ?? {};
      const directives = [...addresses.map((address) => bind(address, port, tls)), haproxy`default_backend ${backend}`];
      return keyed({
        type: 'section',
        kind: 'frontend',
        name: `tcp-${port}`,
        from: streamDefaults,
        directives: ours(...directives),
        origin,
      });
    }),
    tables.derive('haproxy: backends of streams', pools, ({ name, origin }) =>
      keyed<SectionRow>({ type: 'section', kind: 'backend', name, from: streamDefaults, directives: [], origin }),
    ),
    tables.derive<Group<StreamFrontend>, SectionRow>('haproxy: defaults of streams', all, (_group, read) => {
      const families = vocabulary.on('pool').flatMap(({ id, family }) => (family.inherited === false ? [] : [id]));
      const said = [
        ...settled('defaults', read, values, vocabulary).filter(isTimeout),
        ...families.flatMap((id) => read(common, id)?.directives ?? []).filter(fitsStreams),
      ];
      const isSaid = ({ words }: Directive): boolean =>
        said.some(({ directive }) => directive.words[0] === words[0] && directive.words[1] === words[1]);
      const base = [...ownBase, ...(read(once, 'listen')?.serverStateFile ? stateOfServers : [])].filter((each) => !isSaid(each));
      return keyed({ type: 'section', kind: 'defaults', name: streamDefaults, directives: [...ours(...base), ...said] });
    }),
  ];
}

const ownBase: readonly Directive[] = [
  haproxy`mode tcp`,
  haproxy`log global`,
  haproxy`option tcplog`,
  haproxy`option dontlognull`,
  haproxy`option redispatch`,
  ...defaultsBase.filter(({ words }) => words[0] === 'timeout' && !String(words[1]).startsWith('http-')),
];

function bind(address: string, port: number, tls: boolean): Directive {
  const words = addressWords(address, port);
  return tls ? haproxy`bind ${words} ssl crt-list ${new Path(crtListPath)}` : haproxy`bind ${words}`;
}

function isTimeout({ directive: { words } }: OwnedDirective): boolean {
  return words[0] === 'timeout' && !String(words[1]).startsWith('http-');
}

/** Balancing by what stands in a request means nothing to a stream. */
const balances = new Set(['roundrobin', 'static-rr', 'leastconn', 'first', 'source', 'random']);

function fitsStreams(each: OwnedDirective): boolean {
  const { words } = each.directive;
  if (words[0] === 'balance') return balances.has(String(words[1]).replace(/\(.*/, ''));
  return words[0] === 'default-server' || words[0] === 'hash-type' || isTimeout(each);
}
