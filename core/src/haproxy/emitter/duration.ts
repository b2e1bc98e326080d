import { mark } from './brand.js';
import { refusal } from './refusal.js';

/** HAProxy keeps times in 31 bits. */
const longestMs = 2 ** 31 - 1;

const units: readonly (readonly [string, number])[] = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
];

/**
 * A length of time, for places where HAProxy expects one. Emitted in the largest unit that is exact: `new Duration(1500)` is `1500ms`,
 * `new Duration(5000)` is `5s`.
 * @see {@link https://docs.haproxy.org/3.2/configuration.html#2.5 | HAProxy: time format}
 * @public
 */
export class Duration {
  /** Whole milliseconds, from 0 to about 24 days. */
  readonly ms: number;

  /** @throws {@link SignalboxError} `EMITTER_REFUSED` unless `ms` is whole and in range. */
  constructor(ms: number) {
    if (!Number.isInteger(ms) || ms < 0 || ms > longestMs)
      throw refusal('form', `Expected whole milliseconds from 0 to ${longestMs}.`, undefined, ms);
    this.ms = ms;
    mark(this, 'Duration');
  }

  /** As HAProxy reads it. */
  toString(): string {
    const unit = this.ms === 0 ? undefined : units.find(([, size]) => this.ms % size === 0);
    return unit === undefined ? `${this.ms}ms` : `${this.ms / unit[1]}${unit[0]}`;
  }
}
