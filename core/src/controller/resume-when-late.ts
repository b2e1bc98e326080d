import type { EventEmitter } from 'eventemitter3';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Collection } from '../resource/collection.js';
import type { DurableSink } from '../target/durable-sink.js';
import type { ControllerEvents } from './events.js';
import { isDurable, type Sink } from './sinks.js';

/** So long the first full lists may take. */
const lateMs = 1_000;

/** What the sources have may be long in coming, as while an API server is away: HAProxy serves then what a run before has left. */
export async function resumeWhenLate(
  sinks: readonly Sink[],
  collection: Collection,
  events: EventEmitter<ControllerEvents>,
  signal: AbortSignal,
): Promise<void> {
  const isOver = (): boolean => collection.isSynced || signal.aborted;
  await sleep(lateMs, undefined, { signal, ref: false }).catch(() => undefined);
  if (isOver()) return;
  const resume = async (sink: DurableSink): Promise<readonly string[]> => {
    try {
      return (await sink.resume?.(signal)) === true ? [sink.name] : [];
    } catch (error) {
      if (!signal.aborted) events.emit('failed', { target: sink.name, error, retryInMs: Number.POSITIVE_INFINITY });
      return [];
    }
  };
  const resumed = await Promise.all(sinks.filter(isDurable).map(resume));
  if (!isOver()) events.emit('late', { sources: collection.unsynced, targets: resumed.flat() });
}
