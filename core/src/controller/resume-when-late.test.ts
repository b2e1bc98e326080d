import { EventEmitter } from 'eventemitter3';
import { describe, expect, it } from 'vitest';
import { compose } from '../fixtures/composition.js';
import type { ControllerEvents } from './events.js';
import { resumeWhenLate } from './resume-when-late.js';
import type { Sink } from './sinks.js';

/** A sink of which nothing else is called. */
const sink = (name: string, resume?: () => Promise<boolean>): Sink => ({ name, write: () => undefined, resume }) as unknown as Sink;

async function run(sinks: readonly Sink[], isSynced = false): Promise<unknown[]> {
  const { pipeline, writer } = compose();
  if (isSynced) writer.synced();
  const events = new EventEmitter<ControllerEvents>();
  const told: unknown[] = [];
  events.on('late', (late) => told.push(late));
  events.on('failed', ({ target, error }) => told.push([target, (error as Error).message]));
  await resumeWhenLate(sinks, pipeline.collection, events, new AbortController().signal);
  return told;
}

describe('while the sources are late', () => {
  it('sinks serve what a run before has left, if there is anything', async () => {
    const sinks = [sink('one', () => Promise.resolve(true)), sink('two', () => Promise.resolve(false)), sink('three')];
    expect(await run(sinks)).toEqual([{ sources: ['test'], targets: ['one'] }]);
  });

  it('one that cannot is told of, and the others do', async () => {
    const sinks = [sink('one', () => Promise.reject(new Error('no disk'))), sink('two', () => Promise.resolve(true))];
    expect(await run(sinks)).toEqual([['one', 'no disk'], { sources: ['test'], targets: ['two'] }]);
  });

  it('nothing happens once everything has been read', async () => {
    expect(await run([sink('one', () => Promise.reject(new Error('called')))], true)).toEqual([]);
  });
});
