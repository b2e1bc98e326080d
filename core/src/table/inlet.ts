import type { Slot } from './slot.js';
import type { Store } from './store.js';
import type { UndoLog } from './undo-log.js';

/** What a computed table keeps for one row of its source. @internal */
export class Dependent {
  readonly inlet: Inlet<Dependent>;
  readonly source: Slot;
  /** The next in the chain of those that depend on the same slot. */
  next: Dependent | undefined = undefined;
  isDirty = false;

  constructor(inlet: Inlet<Dependent>, source: Slot) {
    this.inlet = inlet;
    this.source = source;
  }

  /** Has this computed again, in this commit. */
  wake(): void {
    if (this.isDirty) return;
    this.isDirty = true;
    this.inlet.dirty.push(this);
  }
}

/** @internal */
export type DependentClass<D extends Dependent> = new (inlet: Inlet<Dependent>, source: Slot) => D;

/**
 * Where the rows of a source flow into a computed table.
 * @internal
 */
export class Inlet<out D extends Dependent> {
  readonly source: Store;
  /** Put before keys, where a table has several sources. */
  readonly prefix: string;
  readonly dirty: Dependent[] = [];
  readonly #kind: DependentClass<D>;
  /** Whether the rows that the source had before this inlet was made were taken over. */
  isFilled: boolean;

  constructor(source: Store, kind: DependentClass<D>, prefix = '') {
    this.source = source;
    this.prefix = prefix;
    this.#kind = kind;
    this.isFilled = source.slots.size === 0;
    source.inlets.push(this);
  }

  get isDirty(): boolean {
    return this.dirty.length > 0 || !this.isFilled;
  }

  /** The row in a slot of the source has changed. */
  wake(slot: Slot, undo: UndoLog | undefined): void {
    (this.#find(slot) ?? this.#attach(slot, undo)).wake();
  }

  /** Hands over all that has to be computed. */
  takeDirty(undo: UndoLog | undefined): D[] {
    if (!this.isFilled) this.#fill(undo);
    return this.dirty.splice(0) as D[];
  }

  /** Lets go of a dependent whose source has neither row nor failure any more. */
  detach(dependent: Dependent, undo: UndoLog | undefined): void {
    const { source } = dependent;
    remove(dependent, source);
    undo?.call(add, dependent, source);
    source.store.tidy(source);
  }

  #find(slot: Slot): Dependent | undefined {
    for (let dependent = slot.dependents; dependent !== undefined; dependent = dependent.next) {
      if (dependent.inlet === this) return dependent;
    }
    return undefined;
  }

  #attach(slot: Slot, undo: UndoLog | undefined): Dependent {
    const Kind = this.#kind;
    const dependent = new Kind(this, slot);
    add(dependent, slot);
    undo?.call(remove, dependent, slot);
    return dependent;
  }

  #fill(undo: UndoLog | undefined): void {
    for (const slot of this.source.slots.values()) this.wake(slot, undo);
    undo?.field(this, 'isFilled');
    this.isFilled = true;
  }
}

function add(dependent: Dependent, slot: Slot): void {
  dependent.next = slot.dependents;
  slot.dependents = dependent;
}

function remove(dependent: Dependent, slot: Slot): void {
  if (slot.dependents === dependent) {
    slot.dependents = dependent.next;
  } else {
    let before = slot.dependents;
    while (before !== undefined && before.next !== dependent) before = before.next;
    if (before !== undefined) before.next = dependent.next;
  }
  dependent.next = undefined;
}
