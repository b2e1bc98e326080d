import { createPipeline, type Key, SecretText } from '@signalbox/core';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { haproxyOrg } from './haproxy-org.js';
import { applied } from './testing/applied.js';

const [set] = haproxyOrg({ configMap: 'ops/haproxy' }).annotations ?? [];
const families = set?.families ?? [];
const known = set?.withoutEffect ?? [];
const keys = families.flatMap((family) =>
  Object.entries(family.keys as Readonly<Record<string, Key>>).map(([name, key]) => ({ family, name, key })),
);

it('composes: no key is defined twice, and no family waits for another in a circle', () => {
  expect(() => createPipeline({ plugins: [haproxyOrg()], defaultCertificate: { otherwise: new SecretText('') } })).not.toThrow();
});

it('has the ConfigMap that the operator names', () => {
  expect(set?.configMap).toBe('ops/haproxy');
  expect(haproxyOrg().annotations?.[0]).not.toHaveProperty('configMap');
});

it('turns away before it sends elsewhere, and sends elsewhere before it changes headers', () => {
  const onRoute = families.filter((family) => family.on === 'route').map(({ name }) => name);
  expect(onRoute).toEqual(['deny-list', 'allow-list', 'ssl-redirect', 'request-set-header', 'response-set-header']);
});

describe('every family', () => {
  it.each(families.map((family) => [family.name, family] as const))(
    '%s says since when it is there, and can be applied to its fallbacks',
    (_name, family) => {
      expect(family.since).toMatch(/^\d+\.\d+\.\d+$/);
      expect(() => applied(family)).not.toThrow();
    },
  );
});

describe('every key', () => {
  it.each(keys.map((each) => [each.name, each] as const))('%s has a documentation that is a sentence', (_name, { key }) => {
    expect(key.options.doc).toMatch(/^[A-Z].*\.$/);
  });

  it.each(known.map((each) => [each.key, each] as const))('%s, which has no effect, says what it is for and why', (_name, each) => {
    expect(each.doc).toMatch(/^[A-Z].*\.$/);
    expect(each.reason).toMatch(/^[a-z].*\.$/);
    expect(each.scopes.length).toBeGreaterThan(0);
  });
});

/** Keys that HAProxy's own controller has not. */
const own: readonly string[] = ['trusted-sources'];

it("knows every key that HAProxy's own controller reads from annotations and its ConfigMap", () => {
  const all = [...keys.flatMap(({ name, key }) => [name, ...(key.options.aliases ?? [])]), ...known.map(({ key }) => key)];
  const catalogue = readFileSync(new URL('../fixtures/keys.txt', import.meta.url), 'utf8')
    .split('\n')
    .filter((line) => line !== '');
  expect(all.filter((name) => !own.includes(name)).toSorted()).toEqual(catalogue.toSorted());
});

describe('the timeouts', () => {
  const timeouts = keys.filter(({ name }) => name.startsWith('timeout-'));

  it.each(timeouts.map(({ name, family }) => [name, family] as const))('%s is a line of its own', (name, family) => {
    expect(applied(family, { [name]: '1500' }).lines).toEqual([`timeout ${name.replace('timeout-', '')} 1500ms`]);
  });

  it.each(timeouts.map(({ name, family }) => [name, family] as const))('%s cannot be for ever', (name, family) => {
    expect(() => applied(family, { [name]: '0' })).toThrow();
  });
});

it('checks, and tells servers their client, unless that is switched off', () => {
  const lines = (name: string, text?: string) =>
    applied(families.find((family) => family.name === name) ?? never(), text === undefined ? {} : { [name]: text }).lines;
  expect(lines('check')).toEqual(['default-server check']);
  expect(lines('check', 'disabled')).toEqual([]);
  expect(lines('check-interval', '4s')).toEqual(['default-server inter 4s']);
  expect(lines('forwarded-for')).toEqual(['option forwardfor']);
  expect(lines('forwarded-for', 'false')).toEqual([]);
  expect(lines('maxconn', '2000')).toEqual(['maxconn 2000']);
  expect(lines('scale-server-slots', '10')).toEqual([]);
});

function never(): never {
  throw new TypeError('There is no such family.');
}
