import { hash } from 'node:crypto';
import { dirtyKeys } from '../haproxy/model.js';
import type { HaproxyRow, OwnedDirective } from '../haproxy/rows.js';
import { formatRef, objectKey, type ObjectRef } from '../resource/resource.js';
import { SecretText } from '../secret-text.js';
import { Transaction } from '../table/index.js';
import type { Pipeline } from './pipeline.js';

/** What an object in quarantine would lead to if it were let out, as a digest; empty where no source holds it. */
export function outcomeOf({ collection, tables, model }: Pipeline, ref: ObjectRef): string {
  const held = collection.held(ref);
  const input = collection.input(ref);
  if (held === undefined || input === undefined) return '';
  return tables.preview(new Transaction().set(input, objectKey(ref), held), (delta) =>
    digest([...dirtyKeys(model, delta)].map(([key, table]) => [key, partOf(table.rows.get(key), ref)])),
  );
}

/** What of a row is from an object. */
function partOf(row: HaproxyRow | undefined, ref: ObjectRef): unknown {
  if (row === undefined) return null;
  const isFrom = ({ origin }: Pick<OwnedDirective, 'origin'>): boolean =>
    origin !== undefined && formatRef(origin.object) === formatRef(ref);
  if (row.type === 'section') return row.directives.filter(isFrom).map(({ directive }) => directive.words);
  if (row.type === 'certificate') return row.pem.hash;
  return isFrom(row) ? row : null;
}

function digest(value: unknown): string {
  return hash(
    'sha256',
    JSON.stringify(value, (_key, part: unknown) => (part instanceof SecretText ? part.hash : part)),
  );
}
