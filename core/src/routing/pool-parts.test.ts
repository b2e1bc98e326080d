import { describe, expect, it } from 'vitest';
import { type Composition, compose, service, site } from '../fixtures/composition.js';

/** Sites of one Service, each with a list of its own. */
function withSites(count: number): Composition {
  const composition = compose();
  composition.writer.set(service('web'));
  for (let index = 0; index < count; index += 1) composition.writer.set(own(index));
  composition.commit();
  return composition;
}

const own = (index: number, third = 0) =>
  site(
    `site-${String(index).padStart(4, '0')}`,
    { host: `h${String(index)}.example` },
    { 'test/allow': `10.0.${String(third)}.${String(index % 250)}` },
  );

/** How many rule sets each backend of the Service has. */
function setsByBackend({ rows }: Composition): ReadonlyMap<string, number> {
  const sections = [...rows('section').values()].filter(({ kind, name }) => kind === 'backend' && name !== 'signalbox_404');
  return new Map(
    sections.map(({ name = '', directives }) => [name, new Set(directives.map(({ directive }) => directive.words.join(' '))).size]),
  );
}

function namesOf(composition: Composition): string[] {
  return [...setsByBackend(composition).keys()].sort();
}

describe('a pool', () => {
  it('holds up to 32 rule sets', () => {
    expect([...setsByBackend(withSites(32))]).toEqual([['a_svc_web_http', 32]]);
  });

  it('is split above that, and each route leads to the part that has its rules', () => {
    const composition = withSites(250);
    const counts = setsByBackend(composition);
    expect(Math.max(...counts.values())).toBeLessThanOrEqual(40);
    expect(counts.size).toBeGreaterThanOrEqual(8);
    expect(counts.size).toBeLessThanOrEqual(32);
    for (const [key, { value }] of composition.rows('map')) {
      if (!key.startsWith('map path-prefix ')) continue;
      const [backend = '', set = ''] = value.split('.');
      const section = composition.rows('section').get(`section backend ${backend}`);
      expect(section?.directives.filter(({ directive }) => directive.words.includes(set))).toHaveLength(1);
    }
    expect([...counts.keys()].every((name) => /^a_svc_web_http(:\d+)?$/.test(name))).toBe(true);
  });

  it('keeps its names when values change', () => {
    const composition = withSites(100);
    const before = namesOf(composition);
    for (let index = 0; index < 100; index += 7) composition.writer.set(own(index, 9));
    composition.commit();
    expect(namesOf(composition)).toEqual(before);
  });

  it('is one again when its rule sets are few', () => {
    const composition = withSites(60);
    for (let index = 20; index < 60; index += 1)
      composition.writer.delete({ group: 'test', kind: 'Site', namespace: 'a', name: own(index).metadata.name });
    composition.commit();
    expect([...setsByBackend(composition)]).toEqual([['a_svc_web_http', 20]]);
  });

  it('is not split for routes with equal settings', () => {
    const composition = compose();
    composition.writer.set(service('web'));
    for (let index = 0; index < 100; index += 1)
      composition.writer.set(site(`site-${String(index)}`, { host: `h${String(index)}.example` }, { 'test/fragile': 'false' }));
    composition.commit();
    expect([...setsByBackend(composition)]).toEqual([['a_svc_web_http', 1]]);
  });
});
