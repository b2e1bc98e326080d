import { hash } from 'node:crypto';
import type { Tracked } from '../annotation/family.js';
import { signalboxError } from '../errors.js';
import { type Directive, haproxy, sample, type SampleExpression } from '../haproxy/emitter/index.js';
import { type CounterTable, counterTable, countersSection } from '../haproxy/counter-table.js';

/** HAProxy counts so many things of one request. */
const mostSlots = 3;

/** What a counter that a request has says of it. */
const samples: Readonly<Record<Tracked['counter'], (slot: number, table: string) => SampleExpression>> = {
  http_req_rate: (slot, table) => sample`sc${slot}_http_req_rate(${table})`,
  http_err_rate: (slot, table) => sample`sc${slot}_http_err_rate(${table})`,
  http_fail_rate: (slot, table) => sample`sc${slot}_http_fail_rate(${table})`,
  conn_rate: (slot, table) => sample`sc${slot}_conn_rate(${table})`,
  bytes_in_rate: (slot, table) => sample`sc${slot}_bytes_in_rate(${table})`,
  bytes_out_rate: (slot, table) => sample`sc${slot}_bytes_out_rate(${table})`,
};

/**
 * The counters that one family asks for in one rule set. Two limits on one request must not share a slot: the second would not count. Slots
 * are taken in the order of the calls, after those of the families before.
 */
export class Tracker {
  /** One for each slot that was taken. */
  readonly tables: CounterTable[] = [];
  readonly #family: string;
  readonly #firstSlot: number;
  readonly #add: (rule: Directive) => void;
  readonly #known = new Map<string, SampleExpression>();

  constructor(family: string, firstSlot: number, add: (rule: Directive) => void) {
    this.#family = family;
    this.#firstSlot = firstSlot;
    this.#add = add;
  }

  /** Adds the rules that count. Asked again for the same, it gives the same: a request counts once. */
  track({ by, counter, period, size = 102_400 }: Tracked): SampleExpression {
    const table = counterTable(counter, period, size);
    const what = [table.name, by === 'src' ? by : by.text].join(' ');
    const before = this.#known.get(what);
    if (before !== undefined) return before;
    const counted = this.#count(table, by, this.#freeSlot());
    this.#known.set(what, counted);
    return counted;
  }

  #freeSlot(): number {
    const slot = this.#firstSlot + this.tables.length;
    if (slot < mostSlots) return slot;
    throw signalboxError(
      'EMITTER_REFUSED',
      `HAProxy counts at most ${String(mostSlots)} things of one request, and the families before this one count as many. Leave one of them out.`,
    );
  }

  /** The owner is data, from the row of the route: so owners of equal settings share these rules, and none the counters of another. */
  #count(table: CounterTable, by: Tracked['by'], slot: number): SampleExpression {
    const name = [countersSection, table.name].join('/');
    // Families that count in one table have counters of their own. Hex, so that an owner, this and an address are one key only.
    const family = `-${hash('sha256', [this.#family, by === 'src' ? by : by.text].join(' ')).slice(0, 8)}-`;
    // A key that is too long is cut: what may be long comes as its hash.
    this.#add(
      by === 'src'
        ? haproxy`http-request set-var(txn.tracked${slot}) src`
        : haproxy`http-request set-var(txn.tracked${slot}) ${by},sha1,hex`,
    );
    this.#add(
      haproxy`http-request track-sc${slot} var(txn.path_match),field(3,.),concat(${family},txn.tracked${slot}) table ${name} if { var(txn.tracked${slot}) -m found }`,
    );
    this.tables.push(table);
    return samples[table.counter](slot, name);
  }
}
