import { expect, it } from 'vitest';
import { applied } from '../testing/applied.js';
import { checkHttp } from './check-http.js';

it.each([
  ['/ready', ['option httpchk OPTIONS /ready']],
  ['GET /ready', ['option httpchk GET /ready']],
  ['  HEAD   /a?b=%20&c#  ', ['option httpchk HEAD "/a?b=%20&c#"']],
  ['OPTIONS * HTTP/1.0', ['option httpchk OPTIONS * HTTP/1.0']],
  ['GET /ready HTTP/1.1', ['option httpchk GET /ready HTTP/1.1', 'http-check send hdr Host localhost']],
  ['/a$HOME"\\', ['option httpchk OPTIONS "/a\\x24HOME\\x22\\x5c"']],
])('reads %j', (text, lines) => {
  expect(applied(checkHttp, { 'check-http': text }).lines).toEqual(lines);
});

it.each([
  '',
  'ready',
  'GET',
  'GET ready',
  'get /ready',
  'GET *',
  'GET /a HTTP/2',
  'GET /a HTTP/1.1\\r\\nHost: x',
  'GET /a HTTP/1.1 x',
  'GET /a\tb',
  '/a\nb',
  '/é',
])('refuses %j', (text) => {
  expect(() => applied(checkHttp, { 'check-http': text })).toThrow();
});

it('says nothing where it is not set', () => {
  expect(applied(checkHttp).lines).toEqual([]);
});
