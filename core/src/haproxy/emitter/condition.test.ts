import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { allOf, anyOf, not, parseAlternatives } from './condition.js';
import type { Condition } from './condition.js';
import { guarded, renderDirective } from './directive.js';
import { condition, haproxy } from './haproxy.js';
import { isRefusal } from './refusal.js';

const text = ({ words }: Condition): string => words.join(' ');

describe('a condition', () => {
  test('composes by and, or and not', () => {
    const a = condition`a`;
    const braces = condition`{ path -m str ${'x y'} } !b`;
    expect(text(allOf(a, braces))).toBe('a { path -m str "x y" } !b');
    expect(text(anyOf(a, braces))).toBe('a or { path -m str "x y" } !b');
    expect(text(not(braces))).toBe('!{ path -m str "x y" } or b');
    expect(text(not(anyOf(a, braces)))).toBe('!a !{ path -m str "x y" } or !a b');
  });

  test('stands in another one for what it means', () => {
    const either = condition`a || b`;
    expect(text(condition`${either} c`)).toBe('a c or b c');
    expect(text(condition`c !${either}`)).toBe('c !a !b');
    expect(text(condition`! ${either} or !!c`)).toBe('!a !b or c');
    expect(renderDirective(haproxy`http-request deny unless ${either} or ${'named'}`)).toBe('http-request deny unless a or b or named');
  });

  test('does not take the name of an ACL that starts like a word of its own for that word', () => {
    expect(text(not(condition`order { path or }`))).toBe('!order or !{ path or }');
  });

  test('refuses to grow without bound', () => {
    const many = condition`a or b`;
    expect(() => allOf(many, many, many, many, many, many, many)).toThrow(/64 alternatives/);
  });
});

describe('a guarded directive', () => {
  const guard = condition`{ var(txn.rs) -m str ${'x'} }`;

  test('keeps its own condition', () => {
    expect(renderDirective(guarded(haproxy`http-request deny`, guard))).toBe('http-request deny if { var(txn.rs) -m str x }');
    expect(renderDirective(guarded(haproxy`http-request deny if a or b`, guard))).toBe(
      'http-request deny if { var(txn.rs) -m str x } a or { var(txn.rs) -m str x } b',
    );
    expect(renderDirective(guarded(haproxy`http-request deny unless a or b`, guard))).toBe(
      'http-request deny if { var(txn.rs) -m str x } !a !b',
    );
    expect(renderDirective(guarded(haproxy`http-request set-header X ${'if'} unless a b`, guard))).toBe(
      'http-request set-header X if if { var(txn.rs) -m str x } !a or { var(txn.rs) -m str x } !b',
    );
  });

  test('can be guarded again', () => {
    expect(renderDirective(guarded(guarded(haproxy`http-request deny if a`, guard), condition`b`))).toBe(
      'http-request deny if b { var(txn.rs) -m str x } a',
    );
  });

  test('means: the guard holds, and its own condition holds', () => {
    const literal = fc.record({ name: fc.constantFrom('a', 'b', 'c'), negated: fc.boolean() });
    const terms = fc.array(fc.array(literal, { minLength: 1, maxLength: 2 }), { minLength: 1, maxLength: 3 });
    const shown = fc.tuple(terms, fc.constantFrom('if', 'unless'), fc.constantFrom('a', 'b', 'g'));
    fc.assert(
      fc.property(
        shown,
        fc.record({ a: fc.boolean(), b: fc.boolean(), c: fc.boolean(), g: fc.boolean() }),
        ([own, keyword, guardName], facts) => {
          const words = own.map((group) => group.map(({ name, negated }) => (negated ? '!' : '') + name).join(' ')).join(' or ');
          const build = Object.assign([`http-request deny ${keyword} ${words}`], { raw: [`http-request deny ${keyword} ${words}`] });
          const { words: result, conditionAt = 0 } = guarded(haproxy(build), condition`${guardName}`);
          const holds = (text: readonly string[]): boolean =>
            parseAlternatives(text).some((group) =>
              group.every(([name = '']) => facts[name.replace('!', '') as 'a'] !== name.startsWith('!')),
            );
          expect(holds(result.slice(conditionAt + 1))).toBe(facts[guardName as 'a'] && holds(words.split(' ')) === (keyword === 'if'));
        },
      ),
    );
  });

  test('is refused when it is too long', () => {
    const long = haproxy`http-request deny if { path ${Array.from({ length: 55 }, (_, i) => i)} }`;
    try {
      guarded(long, guard);
      expect.unreachable();
    } catch (error) {
      expect(isRefusal(error, 'size')).toBe(true);
    }
  });
});
