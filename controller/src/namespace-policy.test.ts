import { configMapKind, secretKind, serviceKind } from '@signalbox/core';
import { describe, expect, it } from 'vitest';
import { namespacePairs } from './cli/values.js';
import { namespacePolicyOf } from './namespace-policy.js';

describe('namespacePolicyOf', () => {
  const allows = namespacePolicyOf(namespacePairs('*:shared', namespacePairs('shop:users, blog:users')));

  it.each([
    ['shop', 'users', true],
    ['blog', 'users', true],
    ['users', 'shop', false],
    ['other', 'users', false],
    ['other', 'shared', true],
    ['shared', 'other', false],
    ['*', 'users', false],
  ])('of %s to %s: %s', (from, to, expected) => {
    expect(allows(from, to, secretKind)).toBe(expected);
  });

  it('is for Secrets alone', () => {
    for (const kind of [configMapKind, serviceKind]) expect(allows('shop', 'users', kind)).toBe(false);
  });
});

describe('namespacePairs', () => {
  it.each(['', 'shop', 'shop:', ':users', 'shop:*', 'a:b:c', 'a:b,', 'A:b', 'a/b:c', '*', 'a b:c'])('refuses %j', (text) => {
    expect(() => namespacePairs(text)).toThrow('Expected FROM:TO');
  });
});
