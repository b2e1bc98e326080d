import { expect, it } from 'vitest';
import { applied } from '../testing/applied.js';
import { srcIpHeader } from './src-ip-header.js';

const lines = (text: string) => applied(srcIpHeader, { 'src-ip-header': text }).lines;

it('takes the address of the client from a header', () => {
  expect(lines(' X-Real-IP ')).toEqual(['http-request set-src hdr(X-Real-IP)']);
  expect(srcIpHeader.keys).toHaveProperty('src-ip-header.options.guard', true);
});

it.each(['', ' ', 'X Real', 'X-Real-IP)', 'X:Y', 'a,b', 'grün', 'X\nY', 'x'.repeat(201)])('cannot be %j', (text) => {
  expect(() => lines(text)).toThrow();
});
