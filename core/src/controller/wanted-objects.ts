import type { ResourceKind } from '../resource/resource.js';
import type { Interests } from '../resource/source.js';
import type { Pipeline } from './pipeline.js';

/** What sources are asked for: every kind that somebody reads, and of some kinds only the objects that were looked up. */
export class WantedObjects implements Interests {
  readonly #pipeline: Pipeline;
  readonly #listeners = new Set<() => void>();
  #version = -1;

  constructor(pipeline: Pipeline) {
    this.#pipeline = pipeline;
  }

  get kinds(): readonly ResourceKind[] {
    return this.#pipeline.collection.kinds;
  }

  referenced(kind: ResourceKind): ReadonlySet<string> {
    return new Set(this.#pipeline.tables.watchedKeys(this.#pipeline.collection.table(kind)));
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  /** After a commit: tells the sources if other objects are looked up now. */
  update(): void {
    const { tables, collection } = this.#pipeline;
    const version = collection.kinds
      .filter((kind) => kind.wanted === 'referenced')
      .reduce((sum, kind) => sum + tables.watchVersion(collection.table(kind)), 0);
    if (version === this.#version) return;
    this.#version = version;
    for (const listener of this.#listeners) listener();
  }
}
