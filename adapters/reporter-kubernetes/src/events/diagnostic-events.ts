import { type Diagnostic, kindKey, objectKey, type ObjectRef, type ResourceKind } from '@signalbox/core';
import type { ApiCaller, Term } from '../api-caller.js';
import type { Clock } from '../clock.js';
import type { Troubles } from '../troubles.js';
import { EventAllowance, type EventLimits } from './event-limits.js';
import type { DiagnosticOfObject } from './event-object.js';
import { EventTerm } from './event-term.js';
import { ObjectUids } from './object-uids.js';

export interface DiagnosticEventsOptions {
  readonly caller: ApiCaller;
  readonly clock: Clock;
  readonly troubles: Troubles;
  readonly kinds: ReadonlyMap<string, ResourceKind>;
  readonly isTold: (diagnostic: Diagnostic) => boolean;
  readonly uidOf: ((object: ObjectRef) => string | undefined) | undefined;
  /** Whom Events name as their source. */
  readonly component: string;
  readonly identity: string;
  /** The name under which is written. */
  readonly manager: string;
  readonly limits: EventLimits;
  readonly refreshMs: number;
}

/** What an Event is to tell. */
export interface Told {
  readonly diagnostic: DiagnosticOfObject;
  readonly kind: ResourceKind;
}

/** Writes an Event to the object of each diagnostic, and again when it is so once more, or still so after a while. */
export class DiagnosticEvents {
  readonly #options: DiagnosticEventsOptions;
  /** What holds now, in the order in which it came. */
  readonly #current = new Map<string, Told>();
  readonly #uids: ObjectUids;
  readonly #allowance: EventAllowance;
  /** Absent while another leads. */
  #term: EventTerm | undefined;

  constructor(options: DiagnosticEventsOptions) {
    this.#options = options;
    this.#uids = new ObjectUids(options.caller, options.clock, options.uidOf);
    this.#allowance = new EventAllowance(options.limits, options.clock);
  }

  report({ added, removed }: { readonly added: readonly Diagnostic[]; readonly removed: readonly Diagnostic[] }): void {
    for (const diagnostic of removed.filter(isOfObject)) {
      const key = keyOf(diagnostic);
      this.#current.delete(key);
      this.#uids.forget(diagnostic.object);
      this.#term?.settle(key);
    }
    for (const diagnostic of added.filter(isOfObject)) {
      const kind = this.#options.kinds.get(kindKey(diagnostic.object));
      if (kind === undefined || !this.#options.isTold(diagnostic)) continue;
      const key = keyOf(diagnostic);
      this.#current.set(key, { diagnostic, kind });
      this.#term?.add(key);
    }
  }

  /** Tells what holds, and what comes, for as long as the term lasts. */
  async run(term: Term): Promise<void> {
    this.#term = new EventTerm(this.#options, this.#current, this.#uids, this.#allowance, term);
    try {
      await this.#term.run();
    } finally {
      this.#term = undefined;
    }
  }
}

function isOfObject(diagnostic: Diagnostic): diagnostic is DiagnosticOfObject {
  return diagnostic.object !== undefined;
}

function keyOf({ object, code, field, message }: DiagnosticOfObject): string {
  return JSON.stringify([kindKey(object), objectKey(object), code, field, message]);
}
