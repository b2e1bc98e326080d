import { describe, expect, it } from 'vitest';
import { type Composition, compose, service, settings, site } from '../../fixtures/composition.js';

const guard = { 'test/allow': '10.0.0.0/8' };
const admin = { path: { type: 'prefix', value: '/admin' } } as const;

/** Keys of the map of guarded hosts. */
function guarded({ rows }: Composition): string[] {
  return [...rows('map').values()].flatMap(({ map, key }) => (map === 'host-guarded' ? [key] : [])).sort();
}

describe('the guarded hosts', () => {
  it('are those of routes whose owner says who may pass, under a key for every pattern', () => {
    const composition = compose();
    const { writer, commit } = composition;
    writer.set(service('web'));
    writer.set(site('open'));
    writer.set(site('one', { ...admin, host: 'b.example' }, guard));
    writer.set(site('wild', { ...admin, host: '*.b.example' }, guard));
    writer.set(site('bad', { ...admin, host: 'c.example' }, { 'test/allow': 'everybody' }));
    commit();
    expect(guarded(composition)).toEqual(['.b.example/', 'b.example/', 'c.example/']);
    writer.set(site('any', { ...admin, host: '' }, guard));
    writer.set(site('default', { isDefault: true }, guard));
    commit();
    expect(guarded(composition)).toEqual(['*', '.b.example/', '/', 'b.example/', 'c.example/']);
  });

  it('are guarded while one of their routes is, and not by a guard that the ConfigMap sets on all', () => {
    const composition = compose();
    const { writer, commit } = composition;
    for (const object of [service('web'), settings({ allow: '10.0.0.0/8' }), site('open')]) writer.set(object);
    commit();
    expect(guarded(composition)).toEqual([]);
    writer.set(site('admin', admin, guard));
    writer.set(site('login', { path: { type: 'exact', value: '/login' } }, guard));
    commit();
    writer.delete({ group: 'test', kind: 'Site', namespace: 'a', name: 'admin' });
    commit();
    expect(guarded(composition)).toEqual(['a.example/']);
    writer.set(site('login', { path: { type: 'exact', value: '/login' } }));
    commit();
    expect(guarded(composition)).toEqual([]);
  });

  it('are not those of a route that an older object has', () => {
    const composition = compose();
    const { writer, commit } = composition;
    writer.set(service('web'));
    writer.set(site('old', admin, {}, '01-01'));
    writer.set(site('young', admin, guard, '01-02'));
    commit();
    expect(guarded(composition)).toEqual([]);
  });
});

describe('a change of who may pass one route', () => {
  /** Rows computed for it, among so many guarded routes of one host. */
  function cost(many: number): number {
    const { writer, commit, pipeline } = compose();
    writer.set(service('web'));
    for (let at = 0; at < many; at += 1) writer.set(site(`s${at}`, { path: { type: 'prefix', value: `/p${at}` } }, guard));
    commit();
    const before = pipeline.tables.counters.snapshot();
    writer.set(site('s1', { path: { type: 'prefix', value: '/p1' } }));
    commit();
    return pipeline.tables.counters.since(before).computes;
  }

  it('costs the same with ten routes of its host and with five hundred', () => {
    expect(cost(500)).toBe(cost(10));
  });
});
