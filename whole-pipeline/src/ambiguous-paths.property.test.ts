import { haproxyOrg } from '@signalbox/haproxy-org';
import { ingress } from '@signalbox/ingress';
import { configMapOf, ingressOf } from '@signalbox/testing';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { readingsOf } from './path-readings.js';
import { rawRequest } from './raw-request.js';
import { Scene } from './scene.js';

const hex = (char: string): string => char.charCodeAt(0).toString(16);
/** Ways to write a character that some server reads as that character. */
const spellings = (char: string): string[] => [
  `%${hex(char)}`,
  `%${hex(char).toUpperCase()}`,
  `%25${hex(char)}`,
  `%2525${hex(char)}`,
  `%${(0xc0 | (char.charCodeAt(0) >> 6)).toString(16)}%${(0x80 | (char.charCodeAt(0) & 0x3f)).toString(16)}`,
];
const letter = (char: string): fc.Arbitrary<string> =>
  fc.oneof({ weight: 9, arbitrary: fc.constant(char) }, { weight: 1, arbitrary: fc.constantFrom(...spellings(char)) });
const slash = fc.oneof(
  { weight: 6, arbitrary: fc.constant('/') },
  {
    weight: 1,
    arbitrary: fc.constantFrom('//', '/./', '/x/../', '/;/', '\\', '/x/%2e./', '/..;a/', ...spellings('/'), ...spellings('\\')),
  },
);
const noise = fc.constantFrom(
  '',
  '',
  '',
  '/',
  '/x',
  ';x',
  '%00',
  '/.',
  '/..',
  '%3bx',
  ';/..',
  '/..%2f',
  '%',
  '%a',
  '?/..',
  '%c0',
  'x',
  '%20',
);
const admin = fc.tuple(slash, ...[...'admin'].map(letter), noise).map((parts) => parts.join(''));
const pieces = fc.array(
  fc.constantFrom(
    'admin',
    'adm',
    'in',
    '/',
    '/',
    '.',
    '..',
    '%2e',
    '%2F',
    '\\',
    '%5C',
    ';',
    'x',
    '%61',
    '%25',
    '61',
    '2e',
    '%00',
    '%c0%af',
    '%C0%AE',
  ),
  { maxLength: 8 },
);
const target = fc
  .oneof(
    fc.tuple(slash, fc.constantFrom('', '', 'x', '..', '.;', '%2e'), admin).map((parts) => parts.join('')),
    admin,
    pieces.map((parts) => ['/', ...parts].join('')),
  )
  .map((text) => (text.startsWith('/') ? text : `/${text}`));

it('no path that a server may read as the guarded one gets to the open backend', { timeout: 120_000 }, async () => {
  await using scene = await Scene.create({ plugins: [ingress(), haproxyOrg({ configMap: 'ops/settings' })] });
  await scene.backend('open');
  const rules = (path: string) => ({ rules: { 'g.example': [{ path, service: 'open' }] } });
  await scene.serve(
    configMapOf({ name: 'settings', namespace: 'ops', data: { 'ssl-redirect': 'false' } }),
    ingressOf({ name: 'open', ...rules('/') }),
    ingressOf({ name: 'admin', annotations: { 'haproxy.org/deny-list': '127.0.0.1' }, ...rules('/admin') }),
  );
  const { httpPort: port } = scene.haproxy.listen;
  const seen = { refused: 0, denied: 0, served: 0 };
  await fc.assert(
    fc.asyncProperty(fc.array(target, { minLength: 40, maxLength: 40 }), async (targets) => {
      await Promise.all(
        targets.map(async (each) => {
          const { status, echo } = await rawRequest({ port }, `GET ${each} HTTP/1.1`, ['Host: g.example']);
          seen[status === 400 ? 'refused' : status === 403 ? 'denied' : 'served'] += 1;
          if (status === 400 || status === 403) return;
          expect(echo?.path).toBe(each);
          const [path = ''] = each.split('?');
          expect([...readingsOf(path)].filter((reading) => /^\/admin(\/|$)/.test(reading))).toEqual([]);
        }),
      );
    }),
    { numRuns: Number(process.env['FUZZ_RUNS'] ?? 50) },
  );
  // Otherwise it would show little.
  expect(Math.min(...Object.values(seen))).toBeGreaterThan(20);
});
