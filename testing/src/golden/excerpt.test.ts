import type { ConfigFile } from '@signalbox/core';
import { expect, it } from 'vitest';
import { configExcerpt, rowsExcerpt } from './excerpt.js';

const files = (config: string, map: string): ConfigFile[] => [
  { path: 'certs/a.pem', content: 'PRIVATE\n', secret: true },
  { path: 'haproxy.cfg', content: config, secret: false },
  { path: 'maps/a.map', content: map, secret: false },
];
const empty = files('global\n  a\n  b\n\ndefaults base\n  mode http\n\nbackend old\n  x\n', 'k v\n');

it('shows what is new, what came and what went', () => {
  const full = files('global\n  a\n  c\n\ndefaults base\n  mode http\n\ndefaults base-1 \n  log global\n\nbackend new\n  # Ingress a/b\n  y\n', 'k v\nl w\n');
  expect(configExcerpt(full, empty)).toBe(`global
  # … as without objects, but for:
  # gone: b
  c

defaults base-1 
  # … as "defaults base", but for:
  # gone: mode http
  log global

backend new
  # Ingress a/b
  y

# gone: backend old
`);
  expect(rowsExcerpt(full, empty)).toBe('[maps/a.map]\nl w\n');
});

it('shows nothing where nothing differs', () => {
  expect(configExcerpt(empty, empty)).toBe('');
  expect(rowsExcerpt(empty, empty)).toBe('');
});

it('never shows what is secret', () => {
  expect(rowsExcerpt(empty, [])).toBe('[maps/a.map]\nk v\n');
});
