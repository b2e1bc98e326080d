import type { DirtyKeys } from '../haproxy/model.js';
import type { Step } from './plan.js';
import type { Outcome, ReloadReason } from './target.js';

/** What an attempt has done so far. */
export class Attempt {
  /** What a reload brought. */
  done: readonly Step[] = [];
  /** What HAProxy took up while it ran. */
  live: readonly Step[] = [];
  drift: readonly string[] = [];
  readonly sent: { commands: number; bytes: number } = { commands: 0, bytes: 0 };
  readonly #dirty: DirtyKeys;
  readonly #startedAt: number;

  constructor(dirty: DirtyKeys, startedAt: number) {
    this.#dirty = dirty;
    this.#startedAt = startedAt;
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
    const keys = new Map(
      (waiting ?? []).flatMap(({ key }) => [this.#dirty.get(key)].flatMap((table) => (table === undefined ? [] : [[key, table] as const]))),
    );
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
}

/** What HAProxy does not notice is no step to tell of. */
function isNoticed({ onlyOrigin }: Step): boolean {
  return onlyOrigin !== true;
}
