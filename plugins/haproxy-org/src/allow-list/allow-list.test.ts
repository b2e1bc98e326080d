import { expect, it } from 'vitest';
import { denyList } from '../deny-list/deny-list.js';
import { applied } from '../testing/applied.js';
import { allowList } from './allow-list.js';

it('denies all others', () => {
  expect(applied(allowList, { 'allow-list': '10.1.2.3/8, 2001:DB8::1 ,192.0.2.7\n192.0.2.7' })).toEqual({
    lines: ['http-request deny deny_status 403 unless { src -f patterns/allow-list }'],
    lists: { 'allow-list': ['10.0.0.0/8', '192.0.2.7', '2001:db8::1'] },
  });
});

it('denies those of a deny list', () => {
  expect(applied(denyList, { 'deny-list': '198.51.100.0/24' })).toEqual({
    lines: ['http-request deny deny_status 403 if { src -f patterns/deny-list }'],
    lists: { 'deny-list': ['198.51.100.0/24'] },
  });
});

it('takes pattern files too', () => {
  expect(applied(allowList, { 'allow-list': 'patterns/office 10.0.0.0/8,patterns/monitors' })).toEqual({
    lines: [
      'http-request deny deny_status 403 unless { src -f patterns/allow-list } or { src -f patterns/monitors } or { src -f patterns/office }',
    ],
    lists: { 'allow-list': ['10.0.0.0/8'] },
  });
  expect(applied(denyList, { 'deny-list': 'patterns/office' })).toEqual({
    lines: ['http-request deny deny_status 403 if { src -f patterns/office }'],
    lists: {},
  });
});

it('says nothing where it is not set', () => {
  expect([applied(allowList).lines, applied(denyList).lines]).toEqual([[], []]);
});

it.each([
  '',
  ',',
  'patterns/',
  'patterns/../haproxy.cfg',
  '10.0.0.0/33',
  '10.0.0',
  '10.0.0.0/8 x',
  'fe80::1%eth0',
  '2001:db8::/129',
  'localhost',
])('refuses %j, which closes the routes', (text) => {
  expect(allowList.keys).toHaveProperty('allow-list.options.guard', true);
  expect(denyList.keys).toHaveProperty('deny-list.options.guard', true);
  expect(() => applied(allowList, { 'allow-list': text })).toThrow();
  expect(() => applied(denyList, { 'deny-list': text })).toThrow();
});
