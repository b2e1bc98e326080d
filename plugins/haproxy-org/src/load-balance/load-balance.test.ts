import { expect, it } from 'vitest';
import { applied } from '../testing/applied.js';
import { loadBalance } from './load-balance.js';

it('is roundrobin where it is not set', () => {
  expect(applied(loadBalance).lines).toEqual(['balance roundrobin']);
});

it.each([
  'roundrobin',
  'static-rr',
  'leastconn',
  'first',
  'source',
  'random',
  'random(2)',
  'rdp-cookie',
  'rdp-cookie(mstshash)',
  'uri',
  'uri whole',
  'uri path-only',
  'uri path-only depth 2',
  'uri len 10 depth 3',
  'url_param user_id',
  'url_param user_id check_post',
  'hdr(X-User)',
  'hdr(Host) use_domain_only',
])('takes %j', (text) => {
  expect(applied(loadBalance, { 'load-balance': text }).lines[0]).toBe(`balance ${text}`);
});

it('hashes consistently, so that servers can come and go while HAProxy runs', () => {
  expect(applied(loadBalance, { 'load-balance': 'uri' }).lines).toEqual(['balance uri', 'hash-type consistent']);
  expect(applied(loadBalance, { 'load-balance': 'hdr(X-User)' }).lines).toEqual(['balance hdr(X-User)', 'hash-type consistent']);
  expect(applied(loadBalance, { 'load-balance': 'static-rr' }).lines).toEqual(['balance static-rr']);
});

it('leaves out the bytes of check_post, which HAProxy ignores', () => {
  expect(applied(loadBalance, { 'load-balance': ' url_param  id check_post 64 \n' }).lines[0]).toBe('balance url_param id check_post');
});

it.each([
  '',
  'round-robin',
  'RoundRobin',
  'roundrobin x',
  'leastconn if TRUE',
  'random()',
  'random(0)',
  'random(99999)',
  'random(2) x',
  'uri len',
  'uri len 0',
  'uri len -1',
  'uri depth x',
  'uri x',
  'url_param',
  'url_param id max_wait 10',
  'url_param id check_post x',
  'url_param "a b"',
  'hdr()',
  'hdr(a b)',
  'hdr(a) x',
  'hdr(a)use_domain_only',
  'rdp-cookie()',
  'hash src',
  'roundrobin\nserver x 127.0.0.1:1',
])('refuses %j', (text) => {
  expect(() => applied(loadBalance, { 'load-balance': text })).toThrow();
});
