import { SignalboxError } from '../errors.js';
import { ConfigFiles, type FileLayout, type RenderedFile } from '../haproxy/config-files.js';
import type { DirtyKeys, HaproxyModel } from '../haproxy/model.js';
import type { HaproxyRow, SectionRow } from '../haproxy/rows.js';
import { complaintsOf } from './complaints.js';
import type { DurableSink, FileChange, WriteOutcome } from './durable-sink.js';
import { plan, type Step } from './plan.js';
import type { Complaint } from './target.js';

/** Above this many backends one changed backend must not rewrite them all. */
const fewBackends = 500;

/** What became of a write. */
export type Written =
  | { readonly outcome: Extract<WriteOutcome, { status: 'applied' }> }
  | { readonly outcome: Extract<WriteOutcome, { status: 'refused' }>; readonly complaints: readonly Complaint[] };

/** What is applied: the rows, and the files on disk that hold them. Whatever fails leaves both as they were. */
export class Applied {
  readonly files: ConfigFiles;
  readonly #durable: DurableSink;
  readonly #rows = new Map<string, HaproxyRow>();
  #isComplete = false;
  /** So many writes and notes in a row have failed: what is on disk may be something else than we know. */
  #failures = 0;

  constructor(durable: DurableSink, layout: FileLayout) {
    this.#durable = durable;
    this.files = new ConfigFiles(layout);
  }

  /** Whether everything was written once. */
  get isComplete(): boolean {
    return this.#isComplete;
  }

  /** Whether edits of files do not get through, where a write of all files may. */
  get needsWrite(): boolean {
    return this.#failures > 1;
  }

  /** How many rows. */
  get size(): number {
    return this.#rows.size;
  }

  rows(): Iterable<HaproxyRow> {
    return this.#rows.values();
  }

  has(key: string): boolean {
    return this.#rows.has(key);
  }

  plan(dirty: DirtyKeys): Step[] {
    return plan(dirty, this.#rows);
  }

  /** The sections that there will be after steps. */
  *sectionsAfter(steps: readonly Step[]): Iterable<SectionRow> {
    const changed = new Set(steps.map(({ key }) => key));
    for (const [key, row] of this.#rows) if (row.type === 'section' && !changed.has(key)) yield row;
    for (const { after } of steps) if (after?.type === 'section') yield after;
  }

  /** Puts steps on disk that HAProxy is told by another way. */
  async note(steps: readonly Step[], signal: AbortSignal): Promise<void> {
    const edits = this.files.edit(steps);
    try {
      if (edits.length > 0) await this.#durable.note?.(edits, signal);
    } catch (cause) {
      this.#failed(steps);
      throw cause;
    }
    this.#remember(steps);
  }

  /** Takes a {@link Applied.note} back. */
  async takeBack(steps: readonly Step[], signal: AbortSignal): Promise<void> {
    if (steps.length > 0) await this.note(steps.toReversed().map(inverse), signal);
  }

  /** Writes steps, and has HAProxy read them. @param own - Steps of the target's own, which are rows of nobody. */
  async write(steps: readonly Step[], own: readonly Step[], mustReload: boolean, signal: AbortSignal): Promise<Written> {
    const all = [...steps, ...own];
    const change = this.#change(all, mustReload);
    let outcome: WriteOutcome;
    try {
      outcome = await this.#durable.write(change, signal);
    } catch (cause) {
      // Where HAProxy does not load files, those before are back.
      this.#failed(all, SignalboxError.is(cause) && cause.code === 'HAPROXY_RELOAD_FAILED');
      throw cause;
    }
    if (outcome.status === 'refused') {
      const complaints = complaintsOf(outcome.messages, (path) => this.files.render(path));
      this.files.take(all.map(inverse));
      return { outcome, complaints };
    }
    this.#remember(steps);
    return { outcome };
  }

  /** Asks HAProxy about steps. Nothing is remembered. */
  async check(steps: readonly Step[], signal: AbortSignal): Promise<readonly Complaint[]> {
    const change = this.#change(steps, false);
    this.files.take(steps.map(inverse));
    const { passed, messages } = await this.#durable.check(change, signal);
    if (passed) return [];
    // What was looked at is gone by now: the files that were not part of it are as they are.
    return complaintsOf(messages, (path) => (change.files.get(path) as RenderedFile | undefined) ?? this.files.render(path));
  }

  /** Takes steps up into the files, and says what that changes of them. */
  #change(steps: readonly Step[], mustReload: boolean): FileChange {
    const touched = this.files.take(steps);
    const complete = !this.#isComplete || this.#failures > 0;
    const paths = complete ? this.files.paths() : touched;
    const rendered = new Map<string, RenderedFile | undefined>([...paths].map((path) => [path, this.files.render(path)]));
    return { complete, files: rendered, ...(mustReload && { mustReload }) };
  }

  #failed(steps: readonly Step[], isKnown = false): void {
    this.files.take(steps.map(inverse).reverse());
    if (!isKnown) this.#failures += 1;
  }

  #remember(steps: readonly Step[]): void {
    this.#isComplete = true;
    this.#failures = 0;
    for (const { key, after } of steps) {
      if (after === undefined) this.#rows.delete(key);
      else this.#rows.set(key, after);
    }
  }
}

function inverse({ kind, key, before, after }: Step): Step {
  const opposite = { add: 'remove', remove: 'add', change: 'change' } as const;
  return { kind: opposite[kind], key, ...(before && { after: before }), ...(after && { before: after }) };
}

export function layoutFor(desired: HaproxyModel): FileLayout {
  let backends = 0;
  for (const table of desired.tables)
    for (const row of table.rows.values()) if (row.type === 'section' && row.kind === 'backend') backends += 1;
  return { shards: backends > fewBackends ? 256 : 1 };
}
