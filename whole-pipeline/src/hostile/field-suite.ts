import { checkFiles } from '@signalbox/testing';
import { describe, expect, it } from 'vitest';
import { type HostileField, typeOf } from './field.js';
import { hostileFields } from './fields.js';
import { makeNeighbours } from './neighbours.js';
import { runField } from './run-field.js';

const seed = 20_261_122;
const valuesPerType = 100_000;

/** How many values a field takes, if its type takes so many. */
function shareOf(field: HostileField, perType: number): number {
  return Math.ceil(perType / hostileFields.filter((other) => typeOf(other) === typeOf(field)).length);
}

/** Tests some of the fields; several files share them, so that several workers do. */
export async function testFields(isOurs: (type: string) => boolean): Promise<void> {
  const around = await makeNeighbours();
  describe('100,000 hostile values of each type', () => {
    it.each(hostileFields.filter((field) => isOurs(typeOf(field))))(
      '$name: told or in effect, and nothing else changes',
      { timeout: 240_000 },
      async (field) => {
        const startMs = performance.now();
        const { values, failing, files } = runField(field, around, { seed, count: shareOf(field, valuesPerType) });
        console.log(
          `${field.name}: ${String(values)} values in ${((performance.now() - startMs) / 1000).toFixed(1)} s, seed ${String(seed)}`,
        );
        expect(failing && `${failing.why}; the value is ${JSON.stringify(failing.value)}`).toBeUndefined();
        const { ok, output } = await checkFiles(files);
        expect(ok, output.slice(0, 2000)).toBe(true);
      },
    );
  });
}
