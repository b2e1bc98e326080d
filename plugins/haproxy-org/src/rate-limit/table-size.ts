import type { Key, KeyOptions, WithFallback } from '@signalbox/core';
import { parsed } from '../parsed.js';

const units: Readonly<Record<string, number>> = { k: 1024, m: 1024 ** 2 };
/** About 2 GB of memory. */
const largest = 10 * 1024 ** 2;

/** How many entries a table holds: `500`, `100k`, `1m`, where k is 1024. */
export function tableSize<const O extends KeyOptions>(options: O): Key<WithFallback<number, O>> {
  const accepts = 'a number from 1 to 10m, such as "500", "100k" or "1m" (k is 1024)';
  return parsed<number, O>(options, { type: 'size', accepts }, (text) => {
    const [, digits, unit = ''] = /^(\d{1,8})([km])?$/.exec(text.trim().toLowerCase()) ?? [];
    const size = Number(digits) * (units[unit] ?? 1);
    return size >= 1 && size <= largest ? size : undefined;
  });
}
