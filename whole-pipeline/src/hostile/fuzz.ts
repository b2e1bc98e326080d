/** `npm run fuzz`: a million hostile values of each type, or as many as the time allows. Ends with 1 at the smallest value that fails. */
import { parseArgs } from 'node:util';
import { typeOf } from './field.js';
import { hostileFields } from './fields.js';
import { makeNeighbours } from './neighbours.js';
import { runField } from './run-field.js';

const { values: options } = parseArgs({
  options: {
    minutes: { type: 'string', default: 'Infinity' },
    seed: { type: 'string' },
    values: { type: 'string', default: '1000000' },
    field: { type: 'string', default: '' },
  },
});
const seed = Number(options.seed ?? Date.now() % 1_000_000_000);
const until = performance.now() + Number(options.minutes) * 60_000;
const fields = hostileFields.filter(({ name }) => name.startsWith(options.field));
const perRound = 20_000;
const around = await makeNeighbours();
const done = new Map<string, number>();
console.log(`seed ${String(seed)}, ${options.values} values of each type, fields: ${String(fields.length)}`);

for (
  let round = 0;
  performance.now() < until && fields.some((field) => (done.get(typeOf(field)) ?? 0) < Number(options.values));
  round += 1
) {
  for (const field of fields) {
    const before = done.get(typeOf(field)) ?? 0;
    if (before >= Number(options.values)) continue;
    const roundSeed = seed + round * 1000;
    const { values, failing } = runField(field, around, {
      seed: roundSeed,
      count: Math.min(perRound, Number(options.values) - before),
      until,
    });
    done.set(typeOf(field), before + values);
    if (failing === undefined) continue;
    console.log(`${field.name} fails: ${failing.why}\nthe smallest value: ${JSON.stringify(failing.value)}`);
    console.log(`again: npm run fuzz -- --seed ${String(roundSeed)} --field ${JSON.stringify(field.name)} --values ${String(perRound)}`);
    process.exit(1);
  }
  console.log(
    `round ${String(round)}, seed ${String(seed + round * 1000)}: ${[...done].map(([type, count]) => `${type} ${String(count)}`).join(', ')}`,
  );
}
