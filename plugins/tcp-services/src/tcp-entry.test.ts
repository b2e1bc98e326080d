import { describe, expect, it } from 'vitest';
import { parsePort, parseTarget } from './tcp-entry.js';

describe('an entry of the ConfigMap', () => {
  it('leads to a port of a Service, with TLS or without', () => {
    expect(parseTarget('db/postgres:5432')).toEqual({ namespace: 'db', service: 'postgres', port: 5432, tls: false });
    expect(parseTarget(' db/postgres:5432:ssl ')).toEqual({ namespace: 'db', service: 'postgres', port: 5432, tls: true });
  });

  it.each([
    '',
    'postgres',
    'db/postgres',
    'db/postgres:sql',
    'db/postgres:0',
    'db/postgres:65536',
    'db/postgres:1:tls',
    'a/b/c:1',
    'db/p\n:1',
  ])('is none: %j', (text) => {
    expect(parseTarget(text)).toBeUndefined();
  });

  it.each([
    ['1', 1],
    ['65535', 65_535],
    ['0', undefined],
    ['65536', undefined],
    ['080', undefined],
    ['8e1', undefined],
  ])('has the port %j', (text, port) => {
    expect(parsePort(text)).toBe(port);
  });
});
