import { describe, expect, it } from 'vitest';
import { printable } from './printable.js';

describe('printable', () => {
  it('keeps ordinary text, in any language', () => {
    expect(printable('Straße "x" 道路 😀')).toBe('Straße "x" 道路 😀');
  });

  it('lets nothing through that moves a cursor, ends a line or turns the text around', () => {
    expect(printable('a\u001b[31m\r\nb\u202e\u2028\u0085\u200b')).toBe('a\\u001b[31m\\u000d\\nb\\u202e\\u2028\\u0085\\u200b');
  });

  it('mends what is no text', () => {
    expect(printable('a\ud800b')).toBe('a\ufffdb');
  });

  it('cuts, and says so', () => {
    expect(printable('x'.repeat(30), 10)).toBe(`${'x'.repeat(10)}… (20 more)`);
  });
});
