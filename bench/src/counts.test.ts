import { expect, it } from 'vitest';
import { counts } from './core-alone.js';

it('a change costs the same rows in a cluster of 100 Ingresses and in one of 1,000, whatever its shape', async () => {
  for (const report of await counts(1000)) expect(report).toMatchObject({ countsEqual: true });
}, 60_000);
