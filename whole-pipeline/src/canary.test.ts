import { expect, it } from 'vitest';
import { canary, CanaryWatch } from './canary.js';

const secret = canary();
const watch = new CanaryWatch({ secret });
const base64 = (text: string): string => Buffer.from(text).toString('base64');

it.each([
  ['as it is', `x ${secret} y`],
  ['half of it', secret.slice(0, 20)],
  ['over two lines', `${secret.slice(0, 9)}\n  ${secret.slice(9)}`],
  ['in hex', Buffer.from(secret).toString('hex')],
  ['in base64', base64(secret)],
  ['in base64 of something longer', base64(`a${secret}bc`)],
  ['in base64 of something longer still', base64(`ab${secret}`)],
])('sees a secret %s', (_how, text) => {
  expect(watch.seenIn(text)).toEqual(['secret']);
});

it('sees a secret anywhere in a value, and none where there is none', () => {
  expect(watch.seenInValue({ a: [new Map([['b', { c: secret }]])] })).toEqual(['secret']);
  expect(watch.seenInValue({ a: [new Map([['b', { c: canary() }]])] })).toEqual([]);
});
