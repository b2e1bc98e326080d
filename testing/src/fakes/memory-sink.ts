import {
  type CheckMessage,
  type CheckOutcome,
  type ConfigFile,
  type DurableSink,
  editItems,
  type FileChange,
  type FileEdit,
  type HaproxyFeatures,
  haproxyFeatures,
  isItemEdit,
  signalboxError,
  type SinkMemory,
  type SinkReport,
  type WriteOutcome,
} from '@signalbox/core';

/** @public */
export interface MemorySinkOptions {
  /** Default `memory`. */
  readonly name?: string;
  /** Default: those of HAProxy 2.6. */
  readonly features?: HaproxyFeatures;
  /** What a HAProxy would have against the files; nothing for files that it takes. Default: it takes all. */
  readonly check?: (files: ReadonlyMap<string, ConfigFile>) => readonly CheckMessage[];
  /** What an earlier sink has kept. Default: nothing. */
  readonly memory?: SinkMemory;
}

/** Keeps what HAProxy would read in memory, and no HAProxy on it. @public */
export class MemorySink implements DurableSink {
  readonly name: string;
  readonly memory: SinkMemory;
  readonly #options: MemorySinkOptions;
  readonly #listeners = new Set<(report: SinkReport) => void>();
  #files: ReadonlyMap<string, ConfigFile> = new Map();
  #isServing = false;
  #hasWritten = false;
  #failure: Error | undefined;

  constructor(options: MemorySinkOptions = {}) {
    this.name = options.name ?? 'memory';
    this.memory = options.memory ?? inMemory();
    this.#options = options;
  }

  /** The last good files, by path. */
  get files(): ReadonlyMap<string, ConfigFile> {
    return this.#files;
  }

  /** All writes so far, refused and failed ones too. */
  readonly changes: FileChange[] = [];
  /** What was noted so far, one entry for each call. */
  readonly notes: (readonly FileEdit[])[] = [];
  /** What became of the writes that did not fail. */
  readonly outcomes: WriteOutcome[] = [];
  /** How it was closed, each time. */
  readonly closings: ('stop' | 'keep')[] = [];

  /** The next write is rejected with `error` and changes nothing. */
  failNext(error: Error): void {
    this.#failure = error;
  }

  /** Tells those who follow what happened to the HAProxy that is not there. */
  tell(report: SinkReport): void {
    for (const listener of this.#listeners) listener(report);
  }

  async features(signal: AbortSignal): Promise<HaproxyFeatures> {
    signal.throwIfAborted();
    return this.#options.features ?? haproxyFeatures('HAProxy version 2.6.12');
  }

  async write(change: FileChange, signal: AbortSignal): Promise<WriteOutcome> {
    signal.throwIfAborted();
    this.changes.push(change);
    const failure = this.#failure;
    this.#failure = undefined;
    if (failure !== undefined) throw failure;
    const outcome = this.#take(change);
    this.outcomes.push(outcome);
    return outcome;
  }

  async note(edits: readonly FileEdit[], signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (!this.#hasWritten) throw signalboxError('CONTROLLER_STATE', 'Nothing can be noted before the first write.');
    this.notes.push(edits);
    const files = new Map(this.#files);
    for (const edit of edits) {
      const { path } = edit;
      const before = files.get(path);
      if (!isItemEdit(edit)) files.delete(path);
      if (!isItemEdit(edit) && edit.file !== undefined) files.set(path, { ...edit.file, path });
      if (isItemEdit(edit) && before !== undefined) files.set(path, { ...before, content: editItems(before.content, [edit]) });
    }
    this.#files = files;
  }

  async check(change: FileChange, signal: AbortSignal): Promise<CheckOutcome> {
    signal.throwIfAborted();
    const messages = this.#options.check?.(this.#after(change)) ?? [];
    return { passed: !messages.some((message) => message.severity === 'alert'), messages };
  }

  onReport(listener: (report: SinkReport) => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  async close(how: 'stop' | 'keep', _deadlineMs: number): Promise<void> {
    this.closings.push(how);
    if (how === 'stop') this.#isServing = false;
  }

  #after({ complete, files }: FileChange): ReadonlyMap<string, ConfigFile> {
    const wanted = new Map(complete ? [] : this.#files);
    for (const [path, file] of files) {
      if (file === undefined) wanted.delete(path);
      else wanted.set(path, { path: file.path, content: file.content, secret: file.secret });
    }
    return wanted;
  }

  #take(change: FileChange): WriteOutcome {
    const wanted = this.#after(change);
    const messages = this.#options.check?.(wanted) ?? [];
    if (messages.some((message) => message.severity === 'alert')) {
      return {
        status: 'refused',
        messages,
        lastGoodPasses: !(this.#options.check?.(this.#files) ?? []).some((message) => message.severity === 'alert'),
      };
    }
    const isKnown = change.mustReload !== true && isSame(this.#files, wanted);
    const action = !this.#isServing ? 'started' : isKnown ? 'unchanged' : 'reloaded';
    this.#files = wanted;
    this.#isServing = true;
    this.#hasWritten = true;
    return { status: 'applied', action, durationMs: 0 };
  }
}

/** A fake of the port {@link @signalbox/core#DurableSink}. @public */
export function memorySink(options?: MemorySinkOptions): MemorySink {
  return new MemorySink(options);
}

function inMemory(): SinkMemory {
  let kept: string | undefined;
  return {
    read: async () => kept,
    write: async (text) => {
      kept = text;
    },
  };
}

function isSame(a: ReadonlyMap<string, ConfigFile>, b: ReadonlyMap<string, ConfigFile>): boolean {
  return a.size === b.size && [...a].every(([path, file]) => b.get(path)?.content === file.content && b.get(path)?.secret === file.secret);
}
