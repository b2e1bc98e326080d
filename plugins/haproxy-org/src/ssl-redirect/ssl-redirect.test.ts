import { describe, expect, it } from 'vitest';
import { applied } from '../testing/applied.js';
import { sslRedirect } from './ssl-redirect.js';

const to = (port: string, code = 302) => [
  `http-request redirect location https://%[req.fhdr(Host),host_only]${port}%[pathq] code ${code} unless { ssl_fc }`,
];

describe('where it is not set', () => {
  it('redirects the hosts of spec.tls, and no others', () => {
    expect(applied(sslRedirect, {}, { tls: true }).lines).toEqual(to(':8443'));
    expect(applied(sslRedirect, {}, { tls: false }).lines).toEqual([]);
  });

  it('does not where there is no HTTPS', () => {
    expect(applied(sslRedirect, {}, { tls: true, httpsPort: 0 }).lines).toEqual([]);
  });
});

it('redirects where it is on, whatever spec.tls says, and nowhere where it is off', () => {
  expect(applied(sslRedirect, { 'ssl-redirect': 'on' }).lines).toEqual(to(':8443'));
  expect(applied(sslRedirect, { 'ssl-redirect': 'OFF' }, { tls: true }).lines).toEqual([]);
});

describe('the port', () => {
  it('is left out of the URL if it is 443', () => {
    expect(applied(sslRedirect, {}, { tls: true, httpsPort: 443 }).lines).toEqual(to(''));
    expect(applied(sslRedirect, { 'ssl-redirect-port': '443' }, { tls: true }).lines).toEqual(to(''));
  });

  it('is the one that is set before that of the frontend', () => {
    expect(applied(sslRedirect, { 'ssl-redirect-port': '9443' }, { tls: true, httpsPort: 443 }).lines).toEqual(to(':9443'));
    expect(applied(sslRedirect, { 'ssl-redirect-port': '443' }, { tls: true, httpsPort: 0 }).lines).toEqual(to(''));
  });

  it.each(['0', '65536', 'https', ''])('cannot be %j', (port) => {
    expect(() => applied(sslRedirect, { 'ssl-redirect-port': port })).toThrow();
  });
});

it.each([301, 302, 303, 307, 308])('answers %d where that is asked for', (code) => {
  expect(applied(sslRedirect, { 'ssl-redirect-code': String(code) }, { tls: true }).lines).toEqual(to(':8443', code));
});

it.each(['200', '304', '999', '302.0'])('cannot answer %s', (code) => {
  expect(() => applied(sslRedirect, { 'ssl-redirect-code': code })).toThrow();
});
