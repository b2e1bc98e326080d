import { isDeepStrictEqual } from 'node:util';
import { formatRef, type HaproxyRow, type ModelComparison, type ReloadCause, type ReloadReason, type Step } from '@signalbox/core';
import { printable } from '../logging/printable.js';

/** What it takes to bring HAProxy from one state to another, as it matters to HAProxy. */
export interface Difference {
  /** In order. */
  readonly steps: readonly DiffStep[];
  /** Why HAProxy has to be reloaded; empty where it takes all up while it runs. */
  readonly reasons: readonly ReloadReason[];
  /** New pools that serve at once, and get their own names by a reload a little later. */
  readonly stands: readonly string[];
}

export interface DiffStep {
  readonly step: Step;
  readonly lane: 'live' | 'reload';
  /** Why it needs a reload; absent where it only waits for another one. */
  readonly cause?: ReloadCause;
}

/** Leaves out what only comes from another place: HAProxy is told nothing of that. */
export function differenceOf({ steps, live, reasons, stands }: ModelComparison): Difference {
  const told = new Set(steps.filter(isTold));
  const isLive = new Set(live);
  const causes = new Map(reasons.map(({ step, cause }) => [step, cause]));
  return {
    steps: Array.from(told, (step): DiffStep => {
      const cause = causes.get(step);
      return { step, lane: isLive.has(step) ? 'live' : 'reload', ...(cause !== undefined && { cause }) };
    }),
    reasons: reasons.filter(({ step }) => step === undefined || told.has(step)),
    stands,
  };
}

function isTold({ before, after }: Step): boolean {
  return before === undefined || after === undefined || !isDeepStrictEqual(withoutOrigins(before), withoutOrigins(after));
}

function withoutOrigins(row: HaproxyRow): object {
  const { origin: _, ...rest } = row;
  return rest.type === 'section' ? { ...rest, directives: rest.directives.map(({ origin: _origin, ...directive }) => directive) } : rest;
}

/** As `diff --json` prints it. Objects are written `Ingress default/web`. */
export interface DifferenceRecord {
  readonly steps: readonly StepRecord[];
  /** Whether HAProxy is reloaded at once. */
  readonly reload: boolean;
  readonly reasons: readonly ReasonRecord[];
  /** Names of the backends that a later reload is for. */
  readonly stands: readonly string[];
}

interface PlaceRecord {
  readonly object: string | null;
  readonly field: string | null;
}

interface StepRecord extends PlaceRecord {
  readonly do: Step['kind'];
  readonly type: HaproxyRow['type'];
  /** Tells rows apart, over all types. */
  readonly key: string;
  readonly lane: DiffStep['lane'];
  readonly cause?: ReloadCause;
}

interface ReasonRecord extends PlaceRecord {
  readonly cause: ReloadCause;
  readonly key: string | null;
}

export function differenceRecord({ steps, reasons, stands }: Difference): DifferenceRecord {
  return {
    steps: steps.flatMap(({ step, lane, cause }) => {
      const row = step.after ?? step.before;
      const key = printable(step.key, Infinity);
      return row === undefined ? [] : [{ do: step.kind, type: row.type, key, lane, ...placeRecord(step), ...(cause && { cause }) }];
    }),
    reload: reasons.length > 0,
    reasons: reasons.map(({ cause, step }) => ({
      cause,
      key: step === undefined ? null : printable(step.key, Infinity),
      ...placeRecord(step),
    })),
    stands,
  };
}

function placeRecord(step: Step | undefined): PlaceRecord {
  const { object, field } = step?.reason ?? {};
  return { object: object === undefined ? null : printable(formatRef(object)), field: field === undefined ? null : printable(field) };
}
