import { expect, it } from 'vitest';
import { applied } from '../testing/applied.js';
import { pathRewrite } from './path-rewrite.js';

const lines = (text: string) => applied(pathRewrite, { 'path-rewrite': text }).lines;

it('is a rule for each line', () => {
  expect(lines('/a /b\n\n  /c(.*)   /d \n/e')).toEqual([
    'http-request replace-path /a /b',
    'http-request replace-path /c(.*) /d',
    'http-request replace-path (.*) /e',
  ]);
});

it.each([
  ['/(.*) /x\\1', '"/x\\x5c1"'],
  ['/a 100%', '100%%'],
  ['/a %[src]', '%%[src]'],
  ['/a \\n', '"\\x5c\\x5cn"'],
  ['/a \\\\1', '"\\x5c\\x5c\\x5c1"'],
  ['/a \\', '"\\x5c\\x5c"'],
])('%s: groups are groups, all else is literal', (line, replacement) => {
  expect(lines(line)[0]?.split(' ').at(-1)).toBe(replacement);
});

it.each(['/a /b /c', '/a( /b', '/a[ /b', '/a\\ /b', '/a /b\n/c /d /e', '/a\u0000 /b'])('cannot be %j', (text) => {
  expect(() => lines(text)).toThrow();
});
