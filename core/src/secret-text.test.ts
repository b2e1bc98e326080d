import { inspect } from 'node:util';
import { dequal } from 'dequal';
import { describe, expect, it } from 'vitest';
import { SecretText } from './secret-text.js';

describe('SecretText', () => {
  const secret = new SecretText('the key');

  it('prints as [redacted] in every way in which things are printed', () => {
    const shown = [`${String(secret)}`, JSON.stringify({ secret }), inspect({ secret }, { depth: 9, showHidden: true }), inspect(secret)];
    for (const text of shown) {
      expect(text).toContain('[redacted]');
      expect(text).not.toContain('the key');
    }
  });

  it('is equal to another of the same text, and to no other', () => {
    expect(dequal(secret, new SecretText('the key'))).toBe(true);
    expect(dequal(secret, new SecretText('another'))).toBe(false);
  });
});
