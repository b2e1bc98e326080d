import { describe, expect, it } from 'vitest';
import { patternNameProblem, patternsOf } from './pattern-file.js';

describe('a file of patterns', () => {
  it('has a pattern on each line that is neither empty nor a comment, once', () => {
    expect(patternsOf('# monitors\r\n192.0.2.1\r\n\t 10.0.0.0/8  \n\na text # with a sharp\n192.0.2.1')).toEqual([
      '192.0.2.1',
      '10.0.0.0/8',
      'a text # with a sharp',
    ]);
    expect(patternsOf('')).toEqual([]);
  });

  it('has no line that HAProxy cannot read', () => {
    expect(() => patternsOf('one\na\u0007b')).toThrow('control characters');
  });

  it.each(['monitors', 'bad-agents.txt', 'list.lst', 'A_1'])('may be called %s', (name) => {
    expect(patternNameProblem(name)).toBeUndefined();
  });

  it.each([
    '',
    '.',
    '..',
    '.hidden',
    '-x',
    '../haproxy.cfg',
    'a/b',
    'a b',
    'é',
    'trusted-sources.lst',
    'shop_web_allow-list-0123456789abcdef.lst',
  ])('may not be called %j', (name) => {
    expect(patternNameProblem(name)).toBeDefined();
  });
});
