import {
  type ConfigFile,
  type DirtyKeys,
  type HaproxyModel,
  type HaproxyRow,
  LocalTarget,
  type Pipeline,
  type Table,
} from '@signalbox/core';
import { memorySink } from './memory-sink.js';

/** The files that a pipeline wants HAProxy to have now, sorted by path. Commits what the sources have written. @public */
export async function renderFiles(pipeline: Pipeline, options: { readonly shards?: number } = {}): Promise<ConfigFile[]> {
  if (pipeline.collection.hasChanges) pipeline.tables.commit(pipeline.collection.take());
  const sink = memorySink();
  const target = new LocalTarget({ durable: sink, layout: { shards: options.shards ?? 1 } });
  await target.apply(pipeline.model, keysOf(pipeline.model), new AbortController().signal);
  return [...sink.files.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** Every key of a model: what a target that has nothing yet is given. @public */
export function keysOf(model: HaproxyModel): DirtyKeys {
  const keys = new Map<string, Table<HaproxyRow>>();
  for (const table of model.tables) for (const key of table.rows.keys()) keys.set(key, table);
  return keys;
}
