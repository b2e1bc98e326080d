import { checkFiles } from '@signalbox/testing';
import { expect, it } from 'vitest';
import type { HostileField } from './field.js';
import { operatorConfigMap, operatorValues } from './keys.js';
import { makeNeighbours } from './neighbours.js';
import { hostileTexts } from './texts.js';
import { Trial } from './trial.js';

const seed = 20_261_122;
const count = 100_000;

it("100,000 hostile values in the operator's ConfigMap stay values", { timeout: 240_000 }, async () => {
  const { neighbours, defaultPem } = await makeNeighbours();
  const field: HostileField = {
    name: "ConfigMap: the operator's",
    atOnce: operatorValues,
    objects: (values) => [operatorConfigMap(values)],
    changesOthers: true,
  };
  const trial = new Trial(field, neighbours, defaultPem);
  const startMs = performance.now();
  for (let at = 0; at * operatorValues < count; at += 1) {
    const values = hostileTexts(seed + Math.floor(at / 30), operatorValues * 30).slice(
      (at % 30) * operatorValues,
      ((at % 30) + 1) * operatorValues,
    );
    expect(trial.take(values), JSON.stringify(values)).toBeUndefined();
    if (at % 150 !== 0) continue;
    const { ok, output } = await checkFiles(trial.files);
    expect(ok, `${output.slice(0, 2000)} ${JSON.stringify(values)}`).toBe(true);
  }
  console.log(
    `the operator's ConfigMap: ${String(count)} values in ${((performance.now() - startMs) / 1000).toFixed(1)} s, seed ${String(seed)}`,
  );
});
