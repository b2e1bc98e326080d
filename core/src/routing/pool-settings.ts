import { isSet, type Layers, merge } from '../annotation/settings.js';
import type { ScopeTables } from '../annotation/scope-tables.js';
import type { Vocabulary } from '../annotation/vocabulary.js';
import { refusing } from '../haproxy/owned-directive.js';
import type { CertificateRow, OwnedDirective } from '../haproxy/rows.js';
import type { Read, Table } from '../table/index.js';
import type { Owner } from './model.js';
import { askPoolFamily, type PoolSays } from './pool-families.js';

/** What annotations say of a pool. What only the operator says is not here: all pools have it. */
export interface PoolSettings {
  /** Families that the pool has directives of its own for. */
  readonly families: readonly string[];
  readonly directives: readonly OwnedDirective[];
  /** Files that the directives name. */
  readonly files: readonly CertificateRow[];
}

/** Who says something of pools. */
export interface SettingsSources {
  readonly values: ScopeTables;
  readonly vocabulary: Vocabulary;
  /** What all pools have, by family. */
  readonly common: Table<PoolSays>;
}

/** What the owner and the Service say of a pool. `service` is the namespace/name. */
export function poolSettings(owner: Owner, service: string, read: Read, { values, vocabulary, common }: SettingsSources): PoolSettings {
  const own: Layers = { ...(owner.closedBy === undefined && values.owner(read, owner)), ...values.service(read, service) };
  const entries = vocabulary.on('pool').filter((entry) => isSet(entry, own, ['ingress', 'service']));
  // What closes an Ingress is in its rule sets; what closes a Service is here.
  const closed = own.service?.closedBy === undefined ? [] : [refusing({ object: own.service.object, field: own.service.closedBy })];
  if (entries.length === 0) return closed.length === 0 ? noSettings : { ...noSettings, directives: closed };
  const layers: Layers = { ...own, ...values.global(read, 'pool') };
  const families: string[] = [];
  const said: PoolSays[] = [];
  for (const entry of entries) {
    const says = askPoolFamily(entry, merge(entry, layers), owner.origin.object, read.note);
    // What says no more than all pools have must not make it a pool of its own.
    if (says.isClosed !== true && isSame(says, read(common, entry.id))) continue;
    families.push(entry.id);
    said.push(says);
  }
  // What lets nobody pass stands before all that could.
  said.sort((a, b) => Number(b.isClosed === true) - Number(a.isClosed === true));
  return {
    families,
    directives: [...closed, ...said.flatMap(({ directives }) => directives)],
    files: said.flatMap(({ files }) => files),
  };
}

/** Most pools have none of their own. */
const noSettings: PoolSettings = { families: [], directives: [], files: [] };

function isSame(a: PoolSays, b: PoolSays | undefined): boolean {
  const words = ({ directives }: PoolSays): string => JSON.stringify(directives.map(({ directive }) => directive.words));
  return b !== undefined && b.isClosed !== true && words(a) === words(b);
}
