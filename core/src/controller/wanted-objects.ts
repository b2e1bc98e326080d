import { kindKey, type ResourceKind } from '../resource/resource.js';
import type { Interests, ReferencedChange } from '../resource/source.js';
import type { Pipeline } from './pipeline.js';

const none: ReadonlySet<string> = new Set();

/** What sources are asked for: every kind that somebody reads, and of some kinds only the objects that were looked up. */
export class WantedObjects implements Interests {
  readonly kinds: readonly ResourceKind[];
  readonly #pipeline: Pick<Pipeline, 'tables' | 'collection'>;
  readonly #listeners = new Set<(changes: readonly ReferencedChange[]) => void>();
  /** By kind. */
  readonly #referenced = new Map<string, { readonly kind: ResourceKind; readonly keys: Set<string> }>();

  constructor(pipeline: Pick<Pipeline, 'tables' | 'collection'>) {
    this.kinds = pipeline.collection.kinds;
    this.#pipeline = pipeline;
    for (const kind of this.kinds) if (kind.wanted === 'referenced') this.#referenced.set(kindKey(kind), { kind, keys: new Set() });
    this.update();
  }

  referenced(kind: ResourceKind): ReadonlySet<string> {
    return this.#referenced.get(kindKey(kind))?.keys ?? none;
  }

  onChange(listener: (changes: readonly ReferencedChange[]) => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  /** After a commit: tells the sources which objects are looked up now, and which no more. */
  update(): void {
    const { tables, collection } = this.#pipeline;
    const changes: ReferencedChange[] = [];
    for (const { kind, keys } of this.#referenced.values()) {
      const [added, removed]: [string[], string[]] = [[], []];
      for (const [key, isWatched] of tables.takeWatched(collection.table(kind))) {
        if (isWatched === keys.has(key)) continue;
        if (isWatched) keys.add(key);
        else keys.delete(key);
        (isWatched ? added : removed).push(key);
      }
      if (added.length + removed.length > 0) changes.push({ kind, added, removed });
    }
    if (changes.length > 0) for (const listener of this.#listeners) listener(changes);
  }
}
