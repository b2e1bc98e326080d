import { expect, it } from 'vitest';
import { applied } from '../testing/applied.js';
import { pathRewrite } from './path-rewrite.js';

const lines = (text: string) => applied(pathRewrite, { 'path-rewrite': text }).lines;

it('is a rule for each line', () => {
  expect(lines('/a /b\n\n  /c(.*)   /d \n/e')).toEqual([
    'http-request replace-path (*LIMIT_MATCH=20000)/a /b',
    'http-request replace-path (*LIMIT_MATCH=20000)/c(.*) /d',
    'http-request replace-path (*LIMIT_MATCH=20000)(.*) /e',
  ]);
});

it.each([
  ['/(.*) /x\\1', '"/x\\x5c1"'],
  ['(.*) \\1x', '"\\x5c1x"'],
  ['/a /100%', '/100%%'],
  ['/a /%[src]', '/%%[src]'],
  ['/a /\\n', '"/\\x5c\\x5cn"'],
  ['/a /\\\\1', '"/\\x5c\\x5c\\x5c1"'],
  ['/a /\\', '"/\\x5c\\x5c"'],
])('%s: groups are groups, all else is literal', (line, replacement) => {
  expect(lines(line)[0]?.split(' ').at(-1)).toBe(replacement);
});

it.each(['/a b', 'b', '/a \\\\b', '/a /b /c', '/a( /b', '/a[ /b', '/a\\ /b', '/a /b\n/c /d /e', '/a\u0000 /b'])('cannot be %j', (text) => {
  expect(() => lines(text)).toThrow();
});

it.each([
  'a{2,1}',
  '[z-a]',
  '(?<n>a)(?<n>b)',
  '*a',
  '(?1)',
  '(*FOO)a',
  '(*LIMIT_MATCH=9999999)a',
  '(?<=a+)b',
  'a(?<!b)',
  '(?R)',
  '\\g{9}',
  '\\x{110000}',
  '(?(1)a)',
])('is refused before HAProxy is asked: %s', (source) => {
  expect(() => lines(`${source} /x`)).toThrow();
});

it.each(['(?i)/API/(.*)', '(?>a+)b', 'a++b', '^/[[:alpha:]]+$', '/(a|b)?', '/\\d{2,4}', '(?=/a).*', '/a(?!b)'])('may be %s', (source) => {
  expect(lines(`${source} /x`)).toHaveLength(1);
});

it('has 32 lines at most', () => {
  expect(lines('/a /b\n'.repeat(32))).toHaveLength(32);
  expect(() => lines('/a /b\n'.repeat(33))).toThrow();
});
