import { allKeys, type HaproxyModel } from '../haproxy/model.js';
import type { HaproxyRow, SectionRow } from '../haproxy/rows.js';
import type { Table } from '../table/index.js';
import { splitLanes } from './lanes.js';
import { plan, type Step } from './plan.js';
import { Running } from './running.js';
import type { ReloadReason } from './target.js';

/** What it takes to bring a HAProxy from one model to another. @public */
export interface ModelComparison {
  /** In order. */
  readonly steps: readonly Step[];
  /** Those of `steps` that a running HAProxy takes up. */
  readonly live: readonly Step[];
  /** Why HAProxy has to be reloaded for the others; empty where all is taken up while it runs. */
  readonly reasons: readonly ReloadReason[];
  /** New pools that serve at once, and get their own names by a reload a little later. */
  readonly stands: readonly string[];
}

/** Where rows that are only in the first model are looked for. */
const empty: Table<HaproxyRow> = { name: 'nothing', rows: new Map(), failures: new Map() };

/** Compares two models as a local target would that has applied the first. Pure. @public */
export function compareModels(from: HaproxyModel, to: HaproxyModel): ModelComparison {
  const applied = new Map(plan(allKeys(from), new Map()).flatMap(({ key, after }) => (after === undefined ? [] : [[key, after] as const])));
  const gone = [...applied.keys()].map((key) => [key, empty] as const);
  const steps = plan(new Map([...gone, ...allKeys(to)]), applied);
  const running = new Running();
  running.load(applied.values(), running.spareSteps([...applied.values()].filter(isSection)));
  const spared = splitLanes(steps, { running, maySpare: true });
  // A reload that comes anyway brings the new pools along.
  const { live, later, stands } = spared.later.length === 0 ? spared : splitLanes(steps, { running, maySpare: false });
  return {
    steps: steps.filter(({ onlyOrigin }) => onlyOrigin !== true),
    live: live.filter(({ onlyOrigin }) => onlyOrigin !== true),
    reasons: later.flatMap(({ step, cause }) => (cause === undefined ? [] : [{ cause, step }])),
    stands: stands.flatMap(({ name }) => name ?? []),
  };
}

function isSection(row: HaproxyRow): row is SectionRow {
  return row.type === 'section';
}
