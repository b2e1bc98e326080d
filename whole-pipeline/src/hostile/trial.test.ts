import { describe, expect, it } from 'vitest';
import { ingressOf } from '@signalbox/testing';
import type { HostileField } from './field.js';
import { hostileFields, victims } from './fields.js';
import { makeNeighbours } from './neighbours.js';
import { misreading, wordsOf } from './parse-back.js';
import { smallestFailing, Trial } from './trial.js';

describe('a trial', () => {
  it('sees a value that is neither told nor in effect, and finds the part of it that matters', async () => {
    const { neighbours, defaultPem } = await makeNeighbours();
    // Only other hosts are looked for, so no value is found in effect.
    const blind: HostileField = {
      name: 'path: blind',
      atOnce: 20,
      objects: (values, id) => [
        ingressOf({
          name: id,
          namespace: victims,
          rules: { 'a.example': values.map((path) => ({ path, type: 'Exact', service: 'web' })) },
        }),
      ],
      field: (at) => `spec.rules[0].http.paths[${String(at)}]`,
      row: (value) => (value.includes('x') ? '' : `a.example${value}`),
    };
    const wrong = (values: readonly string[]): string | undefined => new Trial(blind, neighbours, defaultPem).take(values);
    expect(wrong(['/a', '/b'])).toBeUndefined();
    expect(smallestFailing(['/a', '/some-x-where'], wrong)).toEqual({ why: 'neither told nor in effect: "/x"', value: '/x' });
  });

  it("sees when another's output changes", async () => {
    const { neighbours, defaultPem } = await makeNeighbours();
    const [field] = hostileFields;
    const stealing: HostileField = {
      ...(field as HostileField),
      objects: () => neighbours.slice(0, 1).map((object) => ({ ...object, data: { 'timeout-client': '1s' } })),
    };
    expect(new Trial(stealing, neighbours, defaultPem).take(['a'])).toMatch(/another's output changed: defaults/);
  });

  it('reads lines back', () => {
    expect(['a b', 'a "b c"', "a 'b # c' # d", 'a\\ b c', 'a b\\"c d'].map(wordsOf)).toEqual([2, 2, 2, 2, 3]);
    expect(() => wordsOf('a "b')).toThrow('quote');
    const model = { tables: [{ rows: new Map([['a', { type: 'map', map: 'host', key: 'a', value: 'b' }]]) }] };
    const file = (content: string) => [{ path: 'maps/host.map', content, secret: false }];
    expect(misreading({ model } as never, file('a b\n'))).toBeUndefined();
    expect(misreading({ model } as never, file('a b\nc d\n'))).toMatch(/2 map rows in files, 1/);
    expect(misreading({ model } as never, file('a b c\n'))).toMatch(/map row/);
  });
});
