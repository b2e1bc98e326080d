import { describe, expect, test } from 'vitest';

import { guarded, renderDirective } from './directive.js';
import { condition } from './haproxy.js';
import { raw } from './raw.js';

const lines = (text: string): readonly string[] => raw(text, 'config-snippet of Ingress shop/web').map(renderDirective);

describe('a raw snippet', () => {
  test('keeps its lines, marked, without comments and empty lines', () => {
    const text = '# first\r\n\n  http-request set-header X "a # b" \t if c  # why\n\tno option logasap\n';
    expect(lines(text)).toEqual(['http-request set-header X "a # b" if c', 'no option logasap']);
    expect(raw(text, 'x')).toMatchObject([{ raw: true, conditionAt: 4 }, { raw: true }]);
  });

  test('can be guarded', () => {
    const [directive] = raw('http-request deny if a', 'x');
    expect(directive && renderDirective(guarded(directive, condition`g`))).toBe('http-request deny if g a');
  });

  test('may have blocks that close', () => {
    expect(lines('.if version_atleast(3.0)\nmaxconn 1\n.else\nmaxconn 2\n.endif')).toHaveLength(5);
  });

  test.for([
    ['another section', 'timeout client 1s\nbackend x'],
    ['another section in quotes', '"backend" x'],
    ['another section behind "no"', 'no backend x'],
    ['another section behind "default"', 'default "frontend" x'],
    ['a change of which rules hold', 'tcp-request content set-var(txn.rs) str(none)'],
    ['such a change in disguise', 'tcp-request content un"set"-var(txn.\x72s)'],
    ['such a change by a format', "http-request set-var-fmt('txn.rs',ifexists) x"],
    ['another section in pieces', 'back"end" x'],
    ['another section by an escape', '\\x62ackend x'],
    ['a keyword from the environment', '"$KEYWORD" x'],
    ['an open quote', 'http-request set-header X "a'],
    ['an open single quote', "http-request set-header X 'a"],
    ['a backslash at the end', 'http-request set-header X a\\'],
    ['a carriage return within a line', 'http-request deny\rbackend x'],
    ['NUL', 'http-request deny\0'],
    ['NUL by an escape', 'http-request set-header X a\\x00'],
    ['an open block', '.if TRUE\nmaxconn 1'],
    ['a block that closes nothing', '.endif'],
    ['half a block', '.else\n.endif'],
    ['a way to stop HAProxy', '.alert "x"'],
    ['a condition without an end', 'http-request deny if { path a'],
  ])('is refused with %s', ([, text = '']) => {
    expect(() => lines(text)).toThrow(/^Line \d of the config-snippet of Ingress shop\/web: /);
  });

  test('is refused without a word of its text, which may be secret', () => {
    expect(() => lines('http-request set-header Authorization canary if {')).toThrow(/^((?!canary).)*$/);
    expect(raw('stats auth ops:canary', 'x')).toMatchObject([{ raw: true, secret: true }]);
  });

  test('is refused when a line is too long, before HAProxy cuts it', () => {
    expect(() => lines(`acl a path ${'x '.repeat(62)}`)).toThrow(/^Line 1 of the .*64 words/);
  });
});
