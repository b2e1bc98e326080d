import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { errorCodes, SignalboxError } from './errors.js';

describe('SignalboxError', () => {
  it('has the codes that docs/reference/errors.md lists, and no others', () => {
    const page = readFileSync(new URL('../../docs/reference/errors.md', import.meta.url), 'utf8');
    const listed = [...page.matchAll(/^\| `([A-Z_]+)` +\|/gm)].map(([, code]) => code);
    expect(listed).toEqual(Object.keys(errorCodes));
  });

  it('is told from other errors, also when another copy of the package made it', () => {
    const foreign = Object.defineProperty(new Error('x'), Symbol.for('@signalbox/error'), { value: true });
    expect([new SignalboxError('TABLE_MISUSE', 'x'), foreign, new Error('x'), null].map((each) => SignalboxError.is(each))).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });
});
