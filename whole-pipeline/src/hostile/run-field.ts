import type { ConfigFile, Resource, SecretText } from '@signalbox/core';
import type { HostileField } from './field.js';
import { hostileTexts } from './texts.js';
import { type Failing, smallestFailing, Trial } from './trial.js';

/** What became of the values of one field type. */
export interface FieldResult {
  readonly values: number;
  readonly failing?: Failing;
  /** With the last values. */
  readonly files: readonly ConfigFile[];
}

const batch = 2000;

/** Takes `count` values of a field type through the pipeline, many at a time. Stops at the first that fails, or when it is time. */
export function runField(
  field: HostileField,
  { neighbours, defaultPem }: { readonly neighbours: readonly Resource[]; readonly defaultPem: SecretText },
  { seed, count, until = Infinity }: { readonly seed: number; readonly count: number; readonly until?: number },
): FieldResult {
  const trial = new Trial(field, neighbours, defaultPem);
  let values = 0;
  for (let at = 0; values < count && performance.now() < until; at += 1) {
    const texts = hostileTexts(seed + at, Math.min(batch, count - values));
    values += texts.length;
    if (trial.take(texts) === undefined) continue;
    const afresh = (some: readonly string[]): string | undefined => new Trial(field, neighbours, defaultPem).take(some);
    return { values, failing: smallestFailing(texts, afresh), files: trial.files };
  }
  return { values, files: trial.files };
}
