import { describe, expect, it } from 'vitest';
import { Tables } from '../table/index.js';
import { Collection } from './collection.js';
import { serviceKind } from './kinds.js';
import type { Resource } from './resource.js';

const service = (resourceVersion: string, more: object = {}): Resource =>
  ({ apiVersion: 'v1', kind: 'Service', metadata: { namespace: 'shop', name: 'web', uid: 'a', resourceVersion }, ...more }) as Resource;

describe('Collection', () => {
  const written = (): { collection: Collection; writer: ReturnType<Collection['writer']>; told: () => number } => {
    let told = 0;
    const collection = new Collection(new Tables(), [serviceKind], () => (told += 1));
    const writer = collection.writer('test', true);
    writer.set(service('1'));
    collection.take();
    told = 0;
    return { collection, writer, told: () => told };
  };

  it('takes an object that says the same for no change, in whatever version the API server has it', () => {
    const { collection, writer, told } = written();
    writer.set(service('2'));
    expect([collection.hasChanges, told()]).toEqual([false, 0]);
    expect(collection.held({ ...serviceKind, namespace: 'shop', name: 'web' })).toEqual(service('1'));
  });

  it.each([
    ['says something else', service('2', { spec: { ports: [] } }), undefined],
    ['is another one of that name', { ...service('2'), metadata: { ...service('2').metadata, uid: 'b' } }, undefined],
    ['stands elsewhere', service('1'), { file: 'web.yaml', line: 3, column: 1 }],
  ])('has a change where it %s', (_what, object, location) => {
    const { collection, writer } = written();
    writer.set(object, location);
    expect(collection.hasChanges).toBe(true);
  });

  it('has a change where somebody waited for it', () => {
    const { collection, writer } = written();
    writer.expect?.({ ...serviceKind, namespace: 'shop', name: 'web' });
    writer.set(service('2'));
    expect(collection.hasChanges).toBe(true);
  });
});
