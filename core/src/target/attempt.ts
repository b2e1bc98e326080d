import type { DirtyKeys, HaproxyModel } from '../haproxy/model.js';
import type { HaproxyRow } from '../haproxy/rows.js';
import type { Table } from '../table/index.js';
import type { LaterStep, ReloadCause } from './lanes.js';
import type { Step } from './plan.js';
import type { Outcome, ReloadReason } from './target.js';

/** What could not be brought by a reload. */
export interface Failed {
  readonly waiting: readonly Step[];
  readonly inMs: number;
  readonly reasons: readonly ReloadReason[];
  readonly failure: { readonly error: unknown; readonly retryInMs: number };
}

/** What an attempt has done so far. */
export class Attempt {
  /** What a reload brought. */
  done: readonly Step[] = [];
  /** What HAProxy took up while it ran. */
  live: readonly Step[] = [];
  drift: readonly string[] = [];
  readonly sent: { commands: number; bytes: number } = { commands: 0, bytes: 0 };
  readonly #desired: HaproxyModel;
  readonly #dirty: DirtyKeys;
  readonly #startedAt = performance.now();

  constructor(desired: HaproxyModel, dirty: DirtyKeys) {
    this.#desired = desired;
    this.#dirty = dirty;
  }

  /** HAProxy does not answer now. It is asked again in so many milliseconds. */
  notNow(steps: readonly Step[], inMs: number): Outcome {
    return this.outcome({ waiting: steps, inMs, againInMs: inMs, reasons: [{ cause: 'unreachable' }] });
  }

  outcome({
    waiting,
    inMs = 0,
    reasons = [],
    reloadReasons,
    reload = 'none',
    ...rest
  }: Pick<Outcome, 'refused' | 'failure' | 'againInMs' | 'oldWorkers'> & {
    readonly reload?: Outcome['reload'];
    readonly waiting?: readonly Step[];
    readonly inMs?: number;
    readonly reasons?: readonly ReloadReason[];
    readonly reloadReasons?: readonly ReloadReason[];
  }): Outcome {
    const live = this.live.filter(isNoticed);
    const keys = new Map((waiting ?? []).flatMap(({ key }) => this.#keyed(key)));
    return {
      steps: [...live, ...this.done.filter(isNoticed)],
      ...(live.length > 0 && { live }),
      ...(this.sent.commands > 0 && { sent: this.sent }),
      ...(this.drift.length > 0 && { drift: this.drift }),
      ...(reload !== 'none' && { reasons: reloadReasons ?? [] }),
      ...(waiting !== undefined && { waiting: { keys, inMs, reasons } }),
      ...rest,
      reload,
      durationMs: performance.now() - this.#startedAt,
    };
  }

  /** A key with its table; one of an earlier attempt may not be dirty, and one that has gone is in none. */
  #keyed(key: string): [string, Table<HaproxyRow>][] {
    const table = this.#dirty.get(key) ?? this.#desired.tables.find(({ rows }) => rows.has(key)) ?? this.#desired.tables[0];
    return table === undefined ? [] : [[key, table]];
  }
}

/** What HAProxy does not notice is no step to tell of. */
function isNoticed({ onlyOrigin }: Step): boolean {
  return onlyOrigin !== true;
}

export function allLater(steps: readonly Step[], cause?: ReloadCause): LaterStep[] {
  return steps.map((step) => ({ step, ...(cause !== undefined && { cause }) }));
}

export function reasonsOf(later: readonly LaterStep[]): ReloadReason[] {
  return later.flatMap(({ step, cause }) => (cause === undefined ? [] : [{ cause, step }]));
}
