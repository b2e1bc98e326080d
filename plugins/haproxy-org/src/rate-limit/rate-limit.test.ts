import type { Key } from '@signalbox/core';
import { describe, expect, it } from 'vitest';
import { applied } from '../testing/applied.js';
import { rateLimit } from './rate-limit.js';

const limit = (more: Readonly<Record<string, string>> = {}) => applied(rateLimit, { 'rate-limit-requests': '3', ...more });

it('denies those above the limit, and serves the request that reaches it', () => {
  expect(limit().lines).toEqual(['http-request deny deny_status 403 if { sc0_http_req_rate(counters) gt 3 }']);
});

it('says nothing without a limit', () => {
  expect(applied(rateLimit, { 'rate-limit-period': '1m', 'rate-limit-whitelist': '10.0.0.0/8' })).toEqual({ lines: [], lists: {} });
});

it('leaves some clients out', () => {
  expect(limit({ 'rate-limit-whitelist': '10.0.0.1' })).toEqual({
    lines: ['http-request deny deny_status 403 if { sc0_http_req_rate(counters) gt 3 } !{ src -f patterns/rate-limit-whitelist }'],
    lists: { 'rate-limit-whitelist': ['10.0.0.1'] },
  });
});

it('closes the routes for what decides, and for nothing else', () => {
  const guards = Object.entries(rateLimit.keys as Readonly<Record<string, Key>>).filter(([, key]) => key.options.guard === true);
  expect(guards.map(([name]) => name)).toEqual(['rate-limit-requests', 'rate-limit-period']);
});

describe.each([
  ['rate-limit-requests', ['1', '2147483647'], ['0', '-1', '1.5', 'many', '']],
  ['rate-limit-period', ['1ms', '500', '1s', '24d'], ['0', '0s', '1y', '25d', '-1s', '1us', '']],
  ['rate-limit-size', ['1', '500', '100k', '100K', '10m'], ['0', '0k', '11m', '1g', '1.5k', 'k', '']],
  ['rate-limit-status-code', ['403', '429', '503'], ['418', '302', '0403', '9999', '']],
  ['rate-limit-whitelist', ['10.0.0.0/8, ::1', 'patterns/x'], ['patterns/', '']],
])('%s', (name, good, bad) => {
  it.each(good)('can be %j', (text) => {
    expect(limit({ [name]: text }).lines).toHaveLength(1);
  });

  it.each(bad)('cannot be %j', (text) => {
    expect(() => limit({ [name]: text })).toThrow();
  });
});
