import { describe, expect, it } from 'vitest';
import { headerLines } from './header-lines.js';
import { requestSetHeader } from './request-set-header/request-set-header.js';
import { responseSetHeader } from './response-set-header/response-set-header.js';
import { applied, parse } from './testing/applied.js';

const read = (text: string) => parse(headerLines({ doc: '' }), text);

describe('a line', () => {
  it.each([
    ['X-Team blue', { name: 'X-Team', value: 'blue' }],
    ['X-Team   blue  sky ', { name: 'X-Team', value: 'blue  sky' }],
    ['X-Team "blue  sky"', { name: 'X-Team', value: 'blue  sky' }],
    ['X-Team " blue "', { name: 'X-Team', value: ' blue ' }],
    ['X-Team ""', { name: 'X-Team', value: '' }],
    ['X-Team "', { name: 'X-Team', value: '"' }],
    ['X-Team "a" and "b"', { name: 'X-Team', value: 'a" and "b' }],
    ['X-Team say "hi"', { name: 'X-Team', value: 'say "hi"' }],
    ["X-Team 'blue'", { name: 'X-Team', value: "'blue'" }],
    ['X-Team %[src] %ci $HOME \\n #', { name: 'X-Team', value: '%[src] %ci $HOME \\n #' }],
    ["!#$%&'*+-.^_`|~1 x", { name: "!#$%&'*+-.^_`|~1", value: 'x' }],
    ['Host internal.example', { name: 'Host', value: 'internal.example' }],
  ])('%j is a name and a value', (text, line) => {
    expect(read(text)).toEqual([line]);
  });

  it.each([
    'X-Team',
    'X-Team:',
    'X-Team: blue',
    '"X-Team" blue',
    'X(Team) blue',
    'X-Téam blue',
    'Transfer-Encoding chunked',
    'content-length 0',
    'Connection close',
    'upgrade websocket',
    'X-Team a\tb',
    'X-Team a\u0000b',
    'X-Team a\rb',
    'X-Team a\u2028b',
    'X-Team \ud800',
  ])('%j is refused', (text) => {
    expect(() => read(text)).toThrow();
  });
});

it('goes by lines, blank ones and all ends of lines', () => {
  expect(read('\n  A 1\r\n\n\tB 2\n')).toEqual([
    { name: 'A', value: '1' },
    { name: 'B', value: '2' },
  ]);
});

it('is refused as a whole where one line is bad', () => {
  expect(() => read('A 1\nB\nC 3')).toThrow();
});

it('sets literal text', () => {
  const text = 'X-A 100% %[src]\nX-B ""';
  expect(applied(requestSetHeader, { 'request-set-header': text }).lines).toEqual([
    'http-request set-header X-A "100%% %%[src]"',
    'http-request set-header X-B %[str()]',
  ]);
  expect(applied(responseSetHeader, { 'response-set-header': text }).lines).toEqual([
    'http-response set-header X-A "100%% %%[src]"',
    'http-response set-header X-B %[str()]',
  ]);
});
