import type { Collection } from '../resource/collection.js';
import type { ObjectRef } from '../resource/resource.js';

/** At a start nothing that HAProxy serves may be lost: as long as objects keep coming, and so much longer. */
const firstStandstillMs = 5_000;
/** Everybody else's changes wait as well. */
const laterMs = 1_000;

/** Decides how long what is computed is not applied yet, because objects to which it refers are on their way. */
export class Patience {
  readonly #collection: Collection;
  readonly #onGivenUp: (missing: readonly ObjectRef[]) => void;
  #isFirst = true;
  /** When it ends at the latest, by the monotonic clock; nothing: nobody waits. */
  #endsAt: number | undefined;
  /** How many were on their way when that was last looked at. */
  #expected = 0;

  /** @param onGivenUp - Told of what did not come in time. */
  constructor(collection: Collection, onGivenUp: (missing: readonly ObjectRef[]) => void) {
    this.#collection = collection;
    this.#onGivenUp = onGivenUp;
  }

  /** Whether to wait. */
  get isWaiting(): boolean {
    return this.#endsAt !== undefined;
  }

  /** How long at most, in milliseconds. */
  get dueInMs(): number {
    return (this.#endsAt ?? Number.POSITIVE_INFINITY) - performance.now();
  }

  /** Looks at what is on its way, after a commit and whenever something may have come. */
  update(): void {
    const { expected, hasChanges } = this.#collection;
    const isOver = expected === 0 && !(this.isWaiting && hasChanges);
    if (isOver) this.#endsAt = undefined;
    else if (this.#endsAt === undefined) this.#endsAt = performance.now() + (this.#isFirst ? firstStandstillMs : laterMs);
    else if (this.#isFirst && expected < this.#expected) this.#endsAt = performance.now() + firstStandstillMs;
    else if (this.dueInMs <= 0) this.#giveUp();
    this.#expected = expected;
    if (!this.isWaiting) this.#isFirst = false;
  }

  #giveUp(): void {
    this.#endsAt = undefined;
    const missing = this.#collection.expectNothing();
    if (missing.length > 0) this.#onGivenUp(missing);
  }
}
