import { inspect } from 'node:util';
import { dequal } from 'dequal';
import { expect, it } from 'vitest';
import { concealed, revealingJson } from './concealed.js';

it('hides data from whoever prints it, and from nobody else', () => {
  const data = concealed({ token: 'hunter2' });
  expect(data.token).toBe('hunter2');
  expect(Object.entries(data)).toEqual([['token', 'hunter2']]);
  for (const text of [inspect({ data }, { depth: Infinity }), JSON.stringify({ data }), inspect({ data }, { showHidden: true })]) {
    expect(text).not.toContain('hunter2');
    expect(text).toContain('[redacted');
  }
});

it('tells different data apart', () => {
  const [a, same, b] = ['x', 'x', 'y'].map((word) => concealed([word]));
  expect(dequal(a, same)).toBe(true);
  expect(dequal(a, b)).toBe(false);
  expect(JSON.stringify(a)).toBe(JSON.stringify(same));
  expect(JSON.stringify(a)).not.toBe(JSON.stringify(b));
});

it('is written out for its owner alone, at any depth', () => {
  const object = { metadata: { name: 'a' }, data: concealed({ token: 'hunter2' }), list: [concealed(['x'])] };
  expect(JSON.parse(revealingJson([object]))).toMatchObject([{ metadata: { name: 'a' }, data: { token: 'hunter2' } }]);
  expect(JSON.stringify(object)).not.toContain('hunter2');
});
