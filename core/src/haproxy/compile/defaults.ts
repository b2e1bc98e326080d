import { hash } from 'node:crypto';
import { checkedDirective } from '../../annotation/check-said.js';
import type { ScopeTables } from '../../annotation/scope-tables.js';
import { settingOrigin } from '../../annotation/setting-origin.js';
import { applyFamily, type Layers, merge } from '../../annotation/settings.js';
import type { FamilyEntry, Vocabulary } from '../../annotation/vocabulary.js';
import type { PoolSays } from '../../routing/pool-families.js';
import type { ErrorFile } from '../../routing/operator-files.js';
import type { PoolSettings } from '../../routing/pool-settings.js';
import type { Pool } from '../../routing/pools.js';
import type { DerivedTable, Group, InputTable, Read, Table, Tables } from '../../table/index.js';
import { countersSection } from '../counter-table.js';
import { type Directive, haproxy, Path } from '../emitter/index.js';
import type { ListenOptions } from '../listen-options.js';
import { ours, owned } from '../owned-directive.js';
import { type OwnedDirective, keyed, type SectionRow } from '../rows.js';
import { errorFileDirectives } from './error-files.js';

/** The `defaults` section that holds everything that backends can inherit. */
export const baseDefaults = 'signalbox';

/** The `defaults` section of the frontends: an option of backends that a frontend had too would hold for every backend. */
export const frontendDefaults = 'signalbox-frontends';

/**
 * The `defaults` section for pools that have directives of their own for some families: all but those families. So a pool's own
 * settings replace what the operator says, also where HAProxy could not negate it.
 */
export function defaultsOf({ families }: Pick<PoolSettings, 'families'>, vocabulary: Vocabulary): string {
  return nameWithout(inheritedOf(families, vocabulary));
}

function nameWithout(inherited: readonly string[]): string {
  return inherited.length === 0 ? baseDefaults : `${baseDefaults}-${hash('sha256', JSON.stringify(inherited)).slice(0, 8)}`;
}

/** Those of some families on pools of which `defaults` sections hold something. */
function inheritedOf(families: readonly string[], vocabulary: Vocabulary): readonly string[] {
  if (families.length === 0) return families;
  const apart = vocabulary.on('pool').filter(({ family }) => family.inherited === false);
  return families.filter((id) => !apart.some((entry) => entry.id === id));
}

/** A `defaults` section that somebody inherits: everything but what some families say. */
interface NeededDefaults {
  readonly name: string;
  readonly without: readonly string[];
}

/** What the sections of settings are made of. */
interface SettledBy {
  readonly values: ScopeTables;
  readonly vocabulary: Vocabulary;
  readonly common: Table<PoolSays>;
  readonly errors: Table<Group<ErrorFile>>;
}

/** The `global` section and every `defaults` section that some pool inherits. */
export function settingSections(
  tables: Tables,
  once: InputTable<ListenOptions>,
  pools: Table<Pool>,
  { values, vocabulary, common, errors }: SettledBy,
): DerivedTable<SectionRow>[] {
  const global = tables.derive<ListenOptions, SectionRow>('haproxy: global', once, (listen, read) => {
    const directives = [...ours(...globalBase(listen)), ...settled('global', read, values, vocabulary)];
    return keyed({ type: 'section', kind: 'global', directives });
  });
  const needed = tables.derive<Pool, NeededDefaults>('haproxy: defaults of pools', pools, ({ settings: { families } }) => {
    const without = inheritedOf(families, vocabulary);
    const name = nameWithout(without);
    return without.length === 0 ? [] : [[name, { name, without }]];
  });
  const inherited = vocabulary.on('pool').flatMap(({ id, family }) => (family.inherited === false ? [] : [id]));
  const always = tables.derive<ListenOptions, NeededDefaults>('haproxy: defaults of all', once, () => [
    [baseDefaults, { name: baseDefaults, without: [] }],
    [frontendDefaults, { name: frontendDefaults, without: inherited }],
  ]);
  const all = tables.group<NeededDefaults>('haproxy: needed defaults', [needed, always], { by: (row) => row.name });
  const defaults = tables.derive<Group<NeededDefaults>, SectionRow>('haproxy: defaults', all, (group, read, name) => {
    const without = group.first()?.without ?? [];
    const pooled = inherited.filter((id) => !without.includes(id)).flatMap((id) => read(common, id)?.directives ?? []);
    const said = [...settled('defaults', read, values, vocabulary), ...pooled];
    const base = ours(...defaultsBase, ...(read(once, 'listen')?.serverStateFile ? stateOfServers : []));
    const files = errorFileDirectives(read(errors, 'all')?.members() ?? []);
    const directives = [...base.filter(({ directive }) => !isOverridden(directive, said)), ...files, ...said];
    return keyed({ type: 'section', kind: 'defaults', name, directives });
  });
  return [global, defaults];
}

/** What the operator's ConfigMap and the fallbacks say, for all families on a target. */
export function settled(on: 'global' | 'defaults', read: Read, values: ScopeTables, vocabulary: Vocabulary): OwnedDirective[] {
  const layers = values.global(read, on);
  return vocabulary.on(on).flatMap((entry) => applied(entry, layers, read));
}

function applied(entry: FamilyEntry, layers: Layers, read: Read): OwnedDirective[] {
  const merged = merge(entry, layers);
  const origin = settingOrigin(entry, merged, undefined);
  const added: OwnedDirective[] = [];
  const target = { add: (directive: Directive) => void added.push(owned(checkedDirective(directive), origin)) };
  const outcome = applyFamily(entry, merged, { global: target, defaults: target }, layers.global?.object, read.note);
  return outcome === 'applied' && merged.closedBy === undefined ? added : [];
}

/** Two directives about the same timeout or option: ours gives way. */
function isOverridden(base: Directive, said: readonly OwnedDirective[]): boolean {
  const [keyword, name] = base.words;
  return said.some(({ directive: { words } }) => words[0] === keyword && words[1] === name);
}

function globalBase(listen: ListenOptions): Directive[] {
  return [
    haproxy`default-path config`,
    ...(listen.statsSocket === '' ? [] : [haproxy`stats socket ${new Path(listen.statsSocket)} mode 600 level admin expose-fd listeners`]),
    haproxy`stats timeout 36s`,
    // Otherwise two HAProxies of one user share a port, and neither says so.
    haproxy`noreuseport`,
    ...(listen.serverStateFile === '' ? [] : [haproxy`server-state-file ${new Path(listen.serverStateFile)}`]),
    haproxy`hard-stop-after 30m`,
    // Without it HAProxy takes the name of the host for its own, and finds itself among no peers where it counts.
    haproxy`localpeer ${countersSection}`,
    haproxy`log 127.0.0.1 local0 notice`,
    haproxy`ssl-default-bind-options ssl-min-ver TLSv1.2 no-tls-tickets`,
    haproxy`tune.ssl.default-dh-param 2048`,
  ];
}

export const stateOfServers: readonly Directive[] = [haproxy`load-server-state-from-file global`];

export const defaultsBase: readonly Directive[] = [
  haproxy`mode http`,
  haproxy`log global`,
  haproxy`option httplog`,
  haproxy`option dontlognull`,
  haproxy`option http-keep-alive`,
  // A connection that is idle while HAProxy reloads gets one more answer, instead of a reset.
  haproxy`option idle-close-on-response`,
  haproxy`option redispatch`,
  haproxy`timeout connect 5s`,
  haproxy`timeout client 50s`,
  haproxy`timeout server 50s`,
  haproxy`timeout http-request 5s`,
  haproxy`timeout http-keep-alive 1m`,
  haproxy`timeout queue 5s`,
  haproxy`timeout tunnel 1h`,
];
