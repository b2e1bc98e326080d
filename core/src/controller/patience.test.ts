import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { compose, service, site } from '../fixtures/composition.js';
import type { ObjectRef } from '../resource/resource.js';
import { Patience } from './patience.js';

const secret = (name: string): ObjectRef => ({ group: '', kind: 'Secret', namespace: 'a', name });

function make() {
  const composition = compose();
  const missing: string[] = [];
  const patience = new Patience(composition.pipeline.collection, (objects) => missing.push(...objects.map(({ name }) => name)));
  const waits = (): boolean => {
    patience.update();
    return patience.isWaiting;
  };
  composition.commit();
  return { ...composition, patience, missing, waits };
}

describe('Patience', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['performance'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('waits for nothing where nothing is on its way, whatever else changes', () => {
    const { waits, writer, patience } = make();
    expect(waits()).toBe(false);
    writer.set(service('web'));
    expect(waits()).toBe(false);
    expect(patience.dueInMs).toBe(Number.POSITIVE_INFINITY);
  });

  it('waits until what was expected has come and is computed', () => {
    const { waits, writer, commit, missing } = make();
    writer.expect(secret('one'));
    expect(waits()).toBe(true);
    writer.set({ apiVersion: 'v1', kind: 'Secret', metadata: { namespace: 'a', name: 'one' } });
    expect(waits()).toBe(true);
    commit();
    expect(waits()).toBe(false);
    expect(missing).toEqual([]);
  });

  it('does not wait for what its source takes back, nor for kinds that nobody reads', () => {
    const { waits, writer } = make();
    writer.expect(secret('one'));
    writer.expect({ group: 'example.com', kind: 'Widget', namespace: 'a', name: 'one' });
    expect(waits()).toBe(true);
    writer.delete(secret('one'));
    expect(waits()).toBe(false);
  });

  it('waits at the start as long as things keep coming, and says what does not', () => {
    const { waits, writer, missing } = make();
    for (const name of ['one', 'two', 'three']) writer.expect(secret(name));
    expect(waits()).toBe(true);
    vi.advanceTimersByTime(4_900);
    writer.delete(secret('one'));
    expect(waits()).toBe(true);
    vi.advanceTimersByTime(4_900);
    expect(waits()).toBe(true);
    vi.advanceTimersByTime(200);
    expect(waits()).toBe(false);
    expect(missing).toEqual(['two', 'three']);
  });

  it('waits a second later on, all together', () => {
    const { waits, writer, missing, patience } = make();
    expect(waits()).toBe(false);
    writer.expect(secret('one'));
    expect(waits()).toBe(true);
    vi.advanceTimersByTime(600);
    writer.delete(secret('one'));
    writer.expect(secret('two'));
    expect(waits()).toBe(true);
    expect(patience.dueInMs).toBe(400);
    vi.advanceTimersByTime(400);
    expect(waits()).toBe(false);
    expect(missing).toEqual(['two']);
  });

  it('waits no more for what came too late', () => {
    const { waits, writer, commit } = make();
    writer.expect(secret('one'));
    waits();
    vi.advanceTimersByTime(5_000);
    expect(waits()).toBe(false);
    writer.set(service('web'));
    writer.set(site('one'));
    expect(waits()).toBe(false);
    commit();
    expect(waits()).toBe(false);
  });
});
