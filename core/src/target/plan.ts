import { dequal } from 'dequal';
import { routeMaps } from '../haproxy/compile/route-rows.js';
import type { DirtyKeys } from '../haproxy/model.js';
import type { HaproxyRow } from '../haproxy/rows.js';
import type { Origin } from '../resource/origin.js';

/** One thing to do to bring HAProxy nearer to what is wanted. @public */
export interface Step {
  readonly kind: 'add' | 'change' | 'remove';
  /** Key of the row. */
  readonly key: string;
  /** What is to be; absent when it goes. */
  readonly after?: HaproxyRow;
  /** What was applied; absent when it is new. */
  readonly before?: HaproxyRow;
  /** What the step is for: the object and field that it comes from. */
  readonly reason?: Origin;
  /** Nothing differs but where the row comes from: comments say it, and HAProxy does not notice. */
  readonly onlyOrigin?: true;
}

/**
 * Desired − applied, over the dirty keys, in the order in which a running HAProxy can take the steps so that each request is answered
 * as before or as after: what is referred to comes before what refers to it, and goes after it.
 * @public
 */
export function plan(dirty: DirtyKeys, applied: ReadonlyMap<string, HaproxyRow>): Step[] {
  const steps: Step[][] = Array.from({ length: 3 * order.length + 1 }, () => []);
  for (const [key, table] of dirty) {
    const after = table.rows.get(key);
    const before = applied.get(key);
    if (after === undefined && before === undefined) continue;
    if (after !== undefined && before !== undefined && (after === before || dequal(after, before))) continue;
    const reason = reasonOf(before, after);
    const kind = before === undefined ? 'add' : after === undefined ? 'remove' : 'change';
    const onlyOrigin = before !== undefined && after !== undefined && isSameForHaproxy(before, after);
    // Written out, because the first plan has hundreds of thousands, and spreading takes twice the place.
    const step: Step =
      before !== undefined || reason === undefined
        ? { kind, key, ...(after && { after }), ...(before && { before }), ...(reason && { reason }), ...(onlyOrigin && { onlyOrigin }) }
        : { kind, key, after: after as HaproxyRow, reason };
    steps[rank(step)]?.push(step);
  }
  return new Array<Step>().concat(...steps);
}

/**
 * Certificates and files, then sections, servers, rows that point at them; removals the other way round. A host is looked up before its paths,
 * so it comes after them; and what guards a host comes before its paths do.
 */
const order: readonly string[] = ['list', 'file', 'certificate', 'section', 'server', 'crt', 'map guarded', 'map path', 'map host'];

function placeOf(row: HaproxyRow | undefined): number {
  return order.indexOf(row?.type === 'map' ? `map ${mapRoles[row.map] ?? 'path'}` : (row?.type ?? 'map path'));
}

const mapRoles: Readonly<Record<string, 'guarded' | 'host'>> = {
  [routeMaps.guarded]: 'guarded',
  [routeMaps.host]: 'host',
  [routeMaps.wildcard]: 'host',
};

function rank({ kind, after, before }: Step): number {
  const at = placeOf(after ?? before);
  return kind === 'remove' ? 3 * order.length - at : (kind === 'add' ? 0 : order.length) + at;
}

function isSameForHaproxy(before: HaproxyRow, after: HaproxyRow): boolean {
  if (before.type === 'section' && after.type === 'section') {
    const words = (row: typeof before): unknown => [row.from, row.directives.map(({ directive }) => directive)];
    return dequal(words(before), words(after));
  }
  const { origin: _before, ...one } = before;
  const { origin: _after, ...other } = after;
  return dequal(one, other);
}

/** What made a row differ: of a section, the first directive that came, or else the first that went. */
function reasonOf(before: HaproxyRow | undefined, after: HaproxyRow | undefined): Origin | undefined {
  if (before?.type === 'section' && after?.type === 'section') {
    const isNew = (other: typeof after) => (each: (typeof after)['directives'][number]) =>
      each.origin !== undefined && !other.directives.some((known) => dequal(known, each));
    const differing = after.directives.find(isNew(before)) ?? before.directives.find(isNew(after));
    if (differing?.origin !== undefined) return differing.origin;
  }
  return after?.origin ?? before?.origin;
}
