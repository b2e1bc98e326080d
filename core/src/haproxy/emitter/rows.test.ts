import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { crtListRow } from './crt-list-row.js';
import { renderDirective } from './directive.js';
import { fileName } from './file-name.js';
import { sample } from './haproxy.js';
import { mapRow, patternRow } from './map-row.js';
import { Name } from './name.js';
import { Path } from './path.js';
import { patternLines } from './pattern-lines.js';
import { runtimeCommand, runtimeWord } from './runtime-word.js';
import { anyText } from './fixtures/hostile.js';

describe('a row of a map', () => {
  test('is key, blank, value', () => expect(mapRow('a"b\\', 'x  y # "z"')).toBe('a"b\\ x  y # "z"'));

  test.for([
    ['', 'x'],
    ['a b', 'x'],
    ['a\tb', 'x'],
    ['#a', 'x'],
    ['a', ''],
    ['a', ' x'],
    ['a', 'x '],
    ['a', 'x\n'],
    ['a\n', 'x'],
    ['a', '\0'],
  ] as const)('is refused: %j', ([key, value]) => expect(() => mapRow(key, value)).toThrow());
});

test.for(['', '#a', ' a', 'a ', 'a\nb'])('a row of patterns is refused: %j', (pattern) => {
  expect(() => patternRow(pattern)).toThrow();
});

describe('a line of a crt-list', () => {
  const file = new Path('certs/a.pem');

  test('has options in brackets and names', () => {
    expect(crtListRow({ file })).toBe('certs/a.pem');
    expect(crtListRow({ file, names: ['a.org', '*.a.org', '!b.a.org', '*'] })).toBe('certs/a.pem a.org *.a.org !b.a.org *');
    const options = [
      { keyword: 'alpn', value: 'h2,http/1.1' },
      { keyword: 'allow-0rtt' },
      { keyword: 'ca-file', value: new Path('certs/ca.pem') },
    ];
    expect(crtListRow({ file, options, names: ['xn--bcher-kva.example'] })).toBe(
      'certs/a.pem [alpn h2,http/1.1 allow-0rtt ca-file certs/ca.pem] xn--bcher-kva.example',
    );
  });

  test.for(['', 'a b', 'a\nb', '*.*.a', 'a.*', '#a', '[a]', 'bücher.example', 'a..b', '.a', 'a/b', '!', 'a'.repeat(256)])(
    'refuses the name %j',
    (name) => {
      expect(() => crtListRow({ file, names: [name] })).toThrow();
    },
  );

  test.for(['', 'a b', 'a]', '[a', '#a', 'a\n'])('refuses the option %j', (keyword) => {
    expect(() => crtListRow({ file, options: [{ keyword }] })).toThrow();
    expect(() => crtListRow({ file, options: [{ keyword: 'alpn', value: keyword }] })).toThrow();
  });
});

describe('a file name', () => {
  test('is readable, and always the same', () => {
    expect(fileName(['shop', 'Web', 'allow list'], 'lst')).toMatch(/^shop_web_allow-list-[0-9a-f]{16}\.lst$/);
    expect(fileName(['a', 'b'], 'lst')).toBe(fileName(['a', 'b'], 'lst'));
  });

  test('tells lists of parts apart', () => {
    const names = [['a', 'b'], ['ab'], ['a', '', 'b'], ['a/b'], ['A', 'b'], ['a b'], ['1:a', 'b'], [], ['']].map((parts) =>
      fileName(parts, 'map'),
    );
    expect(new Set(names).size).toBe(names.length);
  });

  test('is short and harmless, and a Path takes it', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(anyText, fc.constantFrom('..', '../..', '.', '-', '-f', '/', 'con', 'NUL')), { maxLength: 5 }),
        (parts) => {
          const name = fileName(parts, 'lst');
          expect(name).toMatch(/^[a-z0-9][a-z0-9_-]{0,80}\.lst$/);
          expect(new Path(name).text).toBe(name);
        },
      ),
    );
  });

  test('is refused for text that has no encoding, or a strange extension', () => {
    expect(() => fileName(['a\nb'], 'lst')).toThrow();
    expect(() => fileName(['\ud800'], 'lst')).toThrow();
    expect(() => fileName(['a'], '../x')).toThrow();
  });
});

describe('a Runtime API command', () => {
  test('has blanks, semicolons and backslashes escaped', () => {
    expect(runtimeCommand('set', 'map', 'a.map', 'k;y', 'a b\\"c"')).toBe('set map a.map k\\;y a\\ b\\\\"c"');
  });

  test.for(['', 'a\nb', '\r', '\0', '<<', 'a<<', '<<END'])('refuses the word %j', (word) => expect(() => runtimeWord(word)).toThrow());

  test('is refused when it is too long', () => {
    expect(() => runtimeCommand('a', ...Array.from({ length: 64 }, () => 'b'))).toThrow(/64/);
    expect(() => runtimeCommand('a', 'b'.repeat(15_000))).toThrow(/15000/);
  });
});

describe('lines of patterns', () => {
  test('hold any number, in order', () => {
    const patterns = Array.from({ length: 200 }, (_, i) => `p${i}`);
    const lines = patternLines(new Name('x'), sample`path`, 'str', patterns, { ignoreCase: true });
    expect(lines).toHaveLength(4);
    expect(lines.flatMap(({ words }) => words.slice(6))).toEqual(patterns);
    expect(lines.every(({ words }) => words.slice(0, 6).join(' ') === 'acl x path -m str -i')).toBe(true);
  });

  test('have a line for each of some very long ones', () => {
    expect(patternLines(new Name('x'), sample`path`, 'str', ['a'.repeat(4000), 'b'.repeat(4000), 'c'])).toHaveLength(3);
  });

  test('protect a pattern that looks like a flag', () => {
    expect(patternLines(new Name('x'), sample`path`, 'beg', ['-f', '}']).map(renderDirective)).toEqual(['acl x path -m beg -- -f }']);
  });

  test('are refused when there are none', () => expect(() => patternLines(new Name('x'), sample`path`, 'str', [])).toThrow());
});
