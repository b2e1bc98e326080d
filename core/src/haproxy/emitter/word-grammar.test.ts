import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { renderDirective } from './directive.js';
import type { Directive } from './directive.js';
import { haproxy, logFormat, sample } from './haproxy.js';
import { isRefusal } from './refusal.js';
import { anyText, hostile } from './fixtures/hostile.js';
import { asBytes, readArgument, readLine } from './fixtures/read-line.js';

// What HAProxy reads of a line, by an implementation of its grammar that is not the emitter's.

const examples = { examples: hostile.map((text): [string] => [text]), numRuns: 1000 };
const property = (check: (text: string) => void): void => fc.assert(fc.property(anyText, check), examples);

function read(directive: Directive): readonly string[] {
  return readLine(renderDirective(directive));
}

describe('a line, read again', () => {
  test('has the word of a word', () => {
    property((text) => {
      if (text === '') return;
      expect(read(haproxy`monitor-uri ${text}`)).toEqual(['monitor-uri', asBytes(text)]);
      expect(read(haproxy`monitor-uri "a b"${text}'c'`)).toEqual(['monitor-uri', `a b${asBytes(text)}c`]);
    });
  });

  test('has the text of a format with % doubled', () => {
    property((text) => {
      const [, , , format = ''] = read(haproxy`http-request set-header X <${text}>`);
      expect(format).toBe(`<${asBytes(text).replaceAll('%', '%%')}>`);
    });
  });

  test('has the text of an argument in its parentheses', () => {
    property((text) => {
      const [, , word = '', ...rest] = read(haproxy`http-request set-var(txn.a) str(${text}),concat(${text},b)`);
      expect(rest).toEqual([]);
      const first = readArgument(word.slice('str('.length));
      expect(first.value).toBe(asBytes(text));
      expect(first.rest.startsWith('),concat(')).toBe(true);
      expect(readArgument(first.rest.slice('),concat('.length))).toEqual({ value: asBytes(text), rest: ',b)' });
    });
  });

  test('has the patterns of an ACL, and no flag', () => {
    property((text) => {
      if (text === '' || text === '}') return;
      const words = read(haproxy`http-request deny if { path -m str ${[text, 'b']} } c`);
      const dashes = text.startsWith('-') ? ['--'] : [];
      expect(words).toEqual(['http-request', 'deny', 'if', '{', 'path', '-m', 'str', ...dashes, asBytes(text), 'b', '}', 'c']);
    });
  });

  test('has a regular expression that matches the text and nothing that is near', () => {
    property((text) => {
      if (text === '') return;
      const [, , , , source = ''] = read(haproxy`acl a path -m reg ^${text}$`).slice(1);
      const found = new RegExp(Buffer.from(source, 'latin1').toString('utf8'), 'u');
      expect(found.test(text)).toBe(true);
      expect(found.test(`${text}x`)).toBe(false);
    });
  });

  test('has as many words whatever the values are', () => {
    property((text) => {
      let directive: Directive;
      try {
        directive = haproxy`http-request return status 200 content-type ${text} lf-string ${logFormat`${text}${sample`str(${text})`}`} hdr X ${text} if { path ${text} } or !{ str(${text}) -m reg ${text} }`;
      } catch (error) {
        expect(isRefusal(error)).toBe(true);
        return;
      }
      const words = read(directive);
      expect(words.filter((word, index) => !(word === '--' && (words[index - 2] === '{' || words[index - 4] === '!{')))).toHaveLength(23);
      expect(renderDirective(directive)).not.toMatch(/[^\x20-\x7e]/);
      expect(words.slice(directive.conditionAt)[0]).toBe('if');
    });
  });
});
