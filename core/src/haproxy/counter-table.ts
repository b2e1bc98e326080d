import type { Tracked } from '../annotation/family.js';
import { type Directive, Duration, haproxy } from './emitter/index.js';

/** Name of the peers section that holds all tables of counters, and of the one peer in it: HAProxy itself. */
export const countersSection = 'signalbox';

/** A stick table: what its counters count, over which period, and how many it holds. */
export interface CounterTable {
  /** Says all of that: `http_req_rate_10s_100k`. */
  readonly name: string;
  readonly counter: Tracked['counter'];
  readonly periodMs: number;
  readonly size: number;
}

/** An owner, a family and an IPv6 address: 12 + 8 + 45 characters with two dashes; or with a SHA-1 in hex. */
const longestKey = 68;

export function counterTable(counter: Tracked['counter'], period: Duration, size: number): CounterTable {
  return { name: [counter, period, sizeText(size)].join('_'), counter, periodMs: period.ms, size };
}

/** The line that makes a table. */
export function tableLine({ name, counter, periodMs, size }: CounterTable): Directive {
  const period = new Duration(periodMs);
  return haproxy`table ${name} type string len ${longestKey} size ${sizeText(size)} expire ${period} store ${counter}(${period})`;
}

/** As HAProxy writes sizes, where k is 1024. */
function sizeText(size: number): string {
  return size % 1024 === 0 ? [size / 1024, 'k'].join('') : String(size);
}
