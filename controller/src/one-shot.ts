import { hostAddressesKind, type Interests, type Pipeline, type ResourceKind, type ResourceWriter, type Source } from '@signalbox/core';
import { tokens, resolve, partsModule, pipelineModule, type ControllerSettings } from '@signalbox/inversify';
import { Container } from 'inversify';
import { parts, readingParts, type ReadingOptions } from './parts.js';

/** How long names may take that are looked up. */
const namesWithinMs = 10_000;

/** Reads everything once and computes what HAProxy is to have. Nothing runs afterwards. */
export async function computeOnce(reading: ReadingOptions, settings: ControllerSettings, resolveNames: boolean): Promise<Pipeline> {
  const container = new Container();
  container.load(readingParts({ ...reading, follow: false }), partsModule({ settings }), pipelineModule);
  const pipeline = resolve(container, tokens.pipeline);
  const interests = new PipelineInterests(pipeline);
  const ended = new AbortController();
  try {
    await untilSynced(resolve(container, parts.files), pipeline, interests, ended.signal);
    await commit(pipeline);
    if (resolveNames) {
      await untilNamed(resolve(container, parts.dns), pipeline, interests, ended.signal);
      await commit(pipeline);
    }
    return pipeline;
  } finally {
    ended.abort();
  }
}

/** The names of Services that were not looked up, sorted. */
export function unresolvedNames({ tables, collection }: Pipeline): readonly string[] {
  const held = collection.table(hostAddressesKind).rows;
  return [...tables.watchedKeys(collection.table(hostAddressesKind))].filter((name) => !held.has(name)).sort();
}

async function commit({ tables, collection }: Pipeline): Promise<void> {
  await tables.commitYielding(collection.take());
}

async function untilSynced(source: Source, { collection }: Pipeline, interests: Interests, signal: AbortSignal): Promise<void> {
  const { promise, resolve: synced, reject } = Promise.withResolvers<void>();
  const writer = collection.writer(source.name, true, source.isOperator);
  const into: ResourceWriter = { ...writer, synced: () => void (writer.synced(), synced()) };
  source.run(into, interests, signal).catch(reject);
  await promise;
}

/** Until each name that is referred to has been looked up, with whatever outcome. */
async function untilNamed(source: Source, { collection }: Pipeline, interests: Interests, signal: AbortSignal): Promise<void> {
  const missing = new Set(interests.referenced(hostAddressesKind));
  if (missing.size === 0) return;
  const { promise, resolve: named, reject } = Promise.withResolvers<void>();
  const writer = collection.writer(source.name, false);
  const into: ResourceWriter = {
    ...writer,
    set: (object, location) => {
      writer.set(object, location);
      missing.delete(object.metadata.name);
      // What is said of a failed look-up follows within the same turn.
      if (missing.size === 0) setImmediate(named);
    },
  };
  const timer = setTimeout(named, namesWithinMs);
  source.run(into, interests, signal).catch(reject);
  await promise.finally(() => clearTimeout(timer));
}

/** What the tables have looked up so far. Nobody is told of changes: each source is asked once. */
class PipelineInterests implements Interests {
  readonly #pipeline: Pipeline;

  constructor(pipeline: Pipeline) {
    this.#pipeline = pipeline;
  }

  get kinds(): readonly ResourceKind[] {
    return this.#pipeline.collection.kinds;
  }

  referenced(kind: ResourceKind): ReadonlySet<string> {
    return new Set(this.#pipeline.tables.watchedKeys(this.#pipeline.collection.table(kind)));
  }

  onChange(): () => void {
    return () => undefined;
  }
}
