import { checkedDirective } from '../annotation/check-said.js';
import { applyFamily, merge, type Merged, type OwnedSetting } from '../annotation/settings.js';
import { settingOrigin } from '../annotation/setting-origin.js';
import type { PoolTarget } from '../annotation/family.js';
import type { ScopeTables } from '../annotation/scope-tables.js';
import type { FamilyEntry, Vocabulary } from '../annotation/vocabulary.js';
import { type Directive, fileName, Path } from '../haproxy/emitter/index.js';
import { owned, refusing } from '../haproxy/owned-directive.js';
import type { CertificateRow, OwnedDirective } from '../haproxy/rows.js';
import type { Diagnostic } from '../resource/diagnostic.js';
import type { Origin } from '../resource/origin.js';
import { formatRef, type ObjectRef } from '../resource/resource.js';
import type { DerivedTable, InputTable, Tables } from '../table/index.js';

/** What a family says of a pool. */
export interface PoolSays {
  /** It does not let any request pass, and this is the one thing that it says. */
  readonly isClosed?: true;
  readonly directives: readonly OwnedDirective[];
  /** Files that the directives name. */
  readonly files: readonly CertificateRow[];
}

const nothing: PoolSays = { directives: [], files: [] };

/** Asks a family for what it says of pools. `owner` is named where no object has a setting of the family. */
export function askPoolFamily(entry: FamilyEntry, merged: Merged, owner: ObjectRef | undefined, tell: (d: Diagnostic) => void): PoolSays {
  const origin = settingOrigin(entry, merged, owner);
  const closed = (): PoolSays => ({ isClosed: true, directives: [refusing(origin)], files: [] });
  if (merged.closedBy !== undefined) return closed();
  const directives: OwnedDirective[] = [];
  const files: CertificateRow[] = [];
  const pool: PoolTarget = {
    add: (directive) => {
      checkedDirective(directive);
      directives.push(owned(directive, originOfLine(entry, merged, directive) ?? origin));
    },
    certificate: (name, pem) => {
      const file = certificateFile(entry, merged, name);
      files.push({ type: 'certificate', file, pem, ...(origin && { origin }) });
      return new Path(file);
    },
  };
  const outcome = applyFamily(entry, merged, { pool }, owner, tell);
  if (outcome === 'closed') return closed();
  return outcome === 'applied' ? { directives, files } : nothing;
}

/** Lines that arrive as the value of a gathered key come from the object whose value they are. */
function originOfLine({ plugin }: FamilyEntry, { gathered = [] }: Merged, directive: Directive): Origin | undefined {
  const setting = gathered.find((each) => 'value' in each && Array.isArray(each.value) && each.value.includes(directive));
  return setting && { object: setting.object, field: setting.field, plugin };
}

/**
 * Named after the objects that have a say, never after what they say: who those are decides the content, since each key's value is that
 * of the nearest of them.
 */
function certificateFile(entry: FamilyEntry, { settings, gathered = [] }: Merged, name: string): string {
  const said: readonly OwnedSetting[] = [...Object.values(settings), ...gathered];
  const objects = new Map(said.map(({ object }) => [formatRef(object), [object.kind, object.namespace, object.name]]));
  return `certs/${fileName([entry.id, ...[...objects.values()].flat(), name], 'pem')}`;
}

/** What the operator's ConfigMap and the fallbacks say of pools, by id of the family. */
export function commonPoolSays(
  tables: Tables,
  once: InputTable<unknown>,
  values: ScopeTables,
  vocabulary: Vocabulary,
): DerivedTable<PoolSays> {
  return tables.derive<unknown, PoolSays>('pools: what all have', once, (_row, read) => {
    const layers = values.global(read, 'pool');
    return vocabulary.on('pool').map((entry) => [entry.id, askPoolFamily(entry, merge(entry, layers), undefined, read.note)]);
  });
}
