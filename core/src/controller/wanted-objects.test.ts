import { describe, expect, it } from 'vitest';
import { compose, service, settings, site } from '../fixtures/composition.js';
import { configMapKind, secretKind, serviceKind } from '../resource/kinds.js';
import { WantedObjects } from './wanted-objects.js';

function make() {
  const { pipeline, writer, commit } = compose();
  const wanted = new WantedObjects(pipeline);
  const told: unknown[] = [];
  wanted.onChange((changes) => told.push(...changes.map(({ kind, added, removed }) => [kind.kind, added, removed])));
  const update = (): unknown[] => {
    commit();
    wanted.update();
    return told.splice(0);
  };
  return { wanted, writer, update };
}

describe('WantedObjects', () => {
  it('knows from the start what plugins name', () => {
    const { wanted } = make();
    expect([...wanted.referenced(configMapKind)]).toEqual(['ops/settings']);
    expect([...wanted.referenced(secretKind)]).toEqual([]);
  });

  it('tells of each object once, when it is referred to first and when no more', () => {
    const { wanted, writer, update } = make();
    writer.set(service('web'));
    writer.set(settings({ maxconn: '10' }));
    writer.set(site('one', {}, { 'test/token': 'first' }));
    expect(update()).toEqual([['Secret', ['a/first'], []]]);
    writer.set(site('two', { host: 'b.example' }, { 'test/token': 'first' }));
    expect(update()).toEqual([]);
    writer.set(site('two', { host: 'b.example' }, { 'test/token': 'second' }));
    expect(update()).toEqual([['Secret', ['a/second'], []]]);
    writer.delete({ group: 'test', kind: 'Site', namespace: 'a', name: 'one' });
    expect(update()).toEqual([['Secret', [], ['a/first']]]);
    expect([...wanted.referenced(secretKind)]).toEqual(['a/second']);
  });

  it('tells nothing of kinds of which all objects are wanted', () => {
    const { wanted, writer, update } = make();
    writer.set(service('web'));
    writer.set(site('one'));
    expect(update()).toEqual([]);
    expect([...wanted.referenced(serviceKind)]).toEqual([]);
  });
});
