import type { HaproxyModel } from '../haproxy/model.js';
import type { Origin } from '../resource/origin.js';
import { formatRef } from '../resource/resource.js';

/** Where the raw lines of a model come from, each object and field once. */
export function rawOrigins({ tables }: HaproxyModel): readonly Origin[] {
  const origins = new Map<string, Origin>();
  for (const table of tables) {
    for (const row of table.rows.values()) {
      if (row.type !== 'section') continue;
      for (const { directive, origin } of row.directives)
        if (directive.raw === true && origin !== undefined) origins.set([formatRef(origin.object), origin.field].join(' '), origin);
    }
  }
  return [...origins.values()];
}
