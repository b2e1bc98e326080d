import {
  allKeys,
  type CountersSnapshot,
  createPipeline,
  dirtyKeys,
  type HaproxyRow,
  type Pipeline,
  plan,
  type Plugin,
  type Resource,
  type ResourceWriter,
  SecretText,
  type Step,
} from '@signalbox/core';
import { setImmediate as immediate } from 'node:timers/promises';
import { Cluster, type ClusterShape } from './cluster.js';

/** What one change costs; free of the clock, so equal on every machine. */
export interface ChangeCost {
  /** Rows computed. */
  readonly computes: number;
  /** Rows compared with the row before. */
  readonly comparisons: number;
  readonly rowsChanged: number;
  /** Keys that the target has to look at. */
  readonly dirtyKeys: number;
  /** What there is to do for HAProxy. */
  readonly steps: number;
}

/** A cluster in a pipeline, and what a target would have applied of it. */
export class RunningCluster {
  readonly cluster: Cluster;
  readonly pipeline: Pipeline;
  readonly #writer: ResourceWriter;
  readonly #applied = new Map<string, HaproxyRow>();

  constructor(shape: ClusterShape, plugins: readonly Plugin[]) {
    this.cluster = new Cluster(shape);
    this.pipeline = createPipeline({ plugins, defaultCertificate: { otherwise: new SecretText('') } });
    this.#writer = this.pipeline.collection.writer('bench', true);
  }

  /** How many rows HAProxy has. */
  get appliedRows(): number {
    return this.#applied.size;
  }

  set(object: Resource): void {
    this.#writer.set(object);
  }

  /** The first full list, from the objects to a plan of all rows. */
  async build(objects: Iterable<Resource> = this.cluster.objects()): Promise<void> {
    for (const object of objects) this.set(object);
    this.#writer.synced();
    await this.pipeline.tables.commitYielding(this.pipeline.collection.take());
    this.#apply(plan(allKeys(this.pipeline.model), this.#applied));
  }

  /** Takes up what was set: commit, dirty keys, plan. */
  async settle(): Promise<{ readonly steps: readonly Step[]; readonly dirtyKeys: number }> {
    const delta = await this.pipeline.tables.commitYielding(this.pipeline.collection.take());
    const dirty = dirtyKeys(this.pipeline.model, delta);
    await immediate();
    const steps = plan(dirty, this.#applied);
    await immediate();
    this.#apply(steps);
    return { steps, dirtyKeys: dirty.size };
  }

  /** Counts what a change costs. */
  async cost(change: (running: this) => void): Promise<{ readonly cost: ChangeCost; readonly tables: CountersSnapshot['tables'] }> {
    const before = this.pipeline.tables.counters.snapshot();
    change(this);
    const { steps, dirtyKeys } = await this.settle();
    const { computes, comparisons, rowsChanged, tables } = this.pipeline.tables.counters.since(before);
    return { cost: { computes, comparisons, rowsChanged, dirtyKeys, steps: steps.length }, tables };
  }

  #apply(steps: readonly Step[]): void {
    for (const { key, after } of steps) {
      if (after === undefined) this.#applied.delete(key);
      else this.#applied.set(key, after);
    }
  }
}
