import { describe, expect, it } from 'vitest';
import { parseHost } from './host-name.js';

it.each([
  ['shop.example', 'shop.example'],
  ['Shop.EXAMPLE.', 'shop.example'],
  ['*.shop.example', '*.shop.example'],
  ['*.Example', '*.example'],
  ['localhost', 'localhost'],
  ['xn--bcher-kva.example', 'xn--bcher-kva.example'],
  ['1.example', '1.example'],
  ['', ''],
  [undefined, ''],
  [null, ''],
])('reads %j as %j', (found, host) => {
  expect(parseHost(found)).toEqual({ host });
});

describe('refuses', () => {
  it.each([
    'shop.example:8080',
    '10.0.0.1',
    '[::1]',
    '::1',
    'http://shop.example',
    'shop.example/x',
    '*',
    '*.',
    '*shop.example',
    'a.*.example',
    '*.*.example',
    '.example',
    'a..example',
    'shop.example..',
    '-a.example',
    'a-.example',
    'a_b.example',
    'bücher.example',
    'a b',
    ' shop.example',
    'a\nb',
    `${'a'.repeat(64)}.example`,
    `${'a.'.repeat(130)}example`,
  ])('%j', (found) => {
    expect(parseHost(found)).toHaveProperty('problem');
  });

  it('what is no text', () => {
    expect(parseHost(7)).toHaveProperty('problem');
    expect(parseHost(['a.example'])).toHaveProperty('problem');
  });

  it('a port by saying that it does not belong there', () => {
    expect(parseHost('shop.example:8080')).toEqual({
      problem: 'Found "shop.example:8080"; expected a DNS name such as "shop.example" or "*.shop.example" without a port.',
    });
  });
});
