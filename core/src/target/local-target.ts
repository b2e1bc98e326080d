import type { HaproxyFeatures } from '../haproxy/features.js';
import { ConfigFiles, type FileLayout, type RenderedFile } from '../haproxy/config-files.js';
import type { DirtyKeys, HaproxyModel } from '../haproxy/model.js';
import type { HaproxyRow } from '../haproxy/rows.js';
import type { Origin } from '../resource/origin.js';
import type { CheckMessage, DurableSink, FileChange, SinkReport } from './durable-sink.js';
import { plan, type Step } from './plan.js';
import type { Complaint, Outcome, Target } from './target.js';

/** @public */
export interface LocalTargetOptions {
  readonly durable: DurableSink;
  /** Default: backends stand in `haproxy.cfg` up to 500 of them, then in 256 files. Chosen at the first configuration. */
  readonly layout?: FileLayout;
}

/** Above this many backends one changed backend must not rewrite them all. */
const fewBackends = 500;

/** The HAProxy of this machine: its configuration is on disk, and a reload takes it up. @public */
export class LocalTarget implements Target {
  readonly name: string;
  readonly #durable: DurableSink;
  readonly #layout: FileLayout | undefined;
  readonly #applied = new Map<string, HaproxyRow>();
  #files: ConfigFiles | undefined;
  #isComplete = false;

  constructor({ durable, layout }: LocalTargetOptions) {
    this.name = durable.name;
    this.#durable = durable;
    this.#layout = layout;
  }

  features(signal: AbortSignal): Promise<HaproxyFeatures> {
    return this.#durable.features(signal);
  }

  async apply(desired: HaproxyModel, dirty: DirtyKeys, signal: AbortSignal): Promise<Outcome> {
    const startedAt = performance.now();
    const steps = plan(dirty, this.#applied);
    if (steps.length === 0 && this.#isComplete) return { steps, reload: 'none', durationMs: performance.now() - startedAt };
    const { files, change } = this.#take(desired, steps);
    try {
      const outcome = await this.#durable.write(change, signal);
      const durationMs = performance.now() - startedAt;
      if (outcome.status === 'refused') {
        const complaints = complaintsOf(outcome.messages, (path) => files.render(path));
        files.take(steps.map(inverse));
        return { steps: [], reload: 'none', refused: { isProven: outcome.lastGoodPasses, complaints }, durationMs };
      }
      this.#remember(steps);
      return { steps, reload: outcome.action === 'unchanged' ? 'none' : outcome.action, durationMs };
    } catch (cause) {
      files.take(steps.map(inverse));
      throw cause;
    }
  }

  async check(desired: HaproxyModel, dirty: DirtyKeys, signal: AbortSignal): Promise<readonly Complaint[]> {
    const steps = plan(dirty, this.#applied);
    const { files, change, rendered } = this.#take(desired, steps);
    files.take(steps.map(inverse));
    const { passed, messages } = await this.#durable.check(change, signal);
    if (passed) return [];
    // What was looked at is gone by now: the files that were not part of it are as they are.
    return complaintsOf(messages, (path) => rendered.get(path) ?? files.render(path));
  }

  onReport(listener: (report: SinkReport) => void): () => void {
    return this.#durable.onReport(listener);
  }

  close(how: 'stop' | 'keep', deadlineMs: number): Promise<void> {
    return this.#durable.close(how, deadlineMs);
  }

  /** Takes steps up into the files, and says what that changes of them. */
  #take(
    desired: HaproxyModel,
    steps: readonly Step[],
  ): { readonly files: ConfigFiles; readonly rendered: ReadonlyMap<string, RenderedFile | undefined>; readonly change: FileChange } {
    const files = (this.#files ??= new ConfigFiles(this.#layout ?? layoutFor(desired)));
    const rendered = renderAll(files, this.#isComplete ? files.take(steps) : takeAll(files, steps));
    return { files, rendered, change: { complete: !this.#isComplete, files: rendered } };
  }

  #remember(steps: readonly Step[]): void {
    this.#isComplete = true;
    for (const { key, after } of steps) {
      if (after === undefined) this.#applied.delete(key);
      else this.#applied.set(key, after);
    }
  }
}

function layoutFor(desired: HaproxyModel): FileLayout {
  let backends = 0;
  for (const table of desired.tables)
    for (const row of table.rows.values()) if (row.type === 'section' && row.kind === 'backend') backends += 1;
  return { shards: backends > fewBackends ? 256 : 1 };
}

function takeAll(files: ConfigFiles, steps: readonly Step[]): ReadonlySet<string> {
  files.take(steps);
  return files.paths();
}

function renderAll(files: ConfigFiles, paths: Iterable<string>): Map<string, RenderedFile | undefined> {
  return new Map([...paths].map((path) => [path, files.render(path)]));
}

function inverse({ kind, key, before, after }: Step): Step {
  const opposite = { add: 'remove', remove: 'add', change: 'change' } as const;
  return { kind: opposite[kind], key, ...(before && { after: before }), ...(after && { before: after }) };
}

/** Each alert leads to what its line, and the files that it names, come from. At least one. */
function complaintsOf(messages: readonly CheckMessage[], fileAt: (path: string) => RenderedFile | undefined): readonly Complaint[] {
  const known = new Map<string, RenderedFile | undefined>();
  const originAt = (path: string, line: number): Origin | undefined => {
    if (!known.has(path)) known.set(path, fileAt(path));
    return known.get(path)?.originAt(line);
  };
  const alerts = messages.filter((message) => message.severity === 'alert');
  const complaints = alerts.map(({ file, line, text, mentions = [] }): Complaint => {
    // A file that cannot be loaded is more to blame than the line that names it.
    const named = mentions.flatMap((path) => originAt(path, 1) ?? []);
    const own = file === undefined ? undefined : originAt(file, line ?? 1);
    return { text, origins: named.length > 0 ? named : own === undefined ? [] : [own] };
  });
  return complaints.length > 0 ? complaints : [{ text: '', origins: [] }];
}
