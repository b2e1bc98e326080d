import { resolve } from 'node:path';
import { type FSWatcher, watch } from 'chokidar';

const looksAfterMs = [0, 100, 500];

export interface ChangeSignalOptions {
  /** How long nothing may happen before a change is worth a look. */
  readonly debounceMs: number;
  /** Called when directories cannot be watched; looking from time to time has to do. */
  readonly onWatchError: (error: unknown) => void;
}

/** Tells when it is worth looking at the files again. Which of them changed is for the look to find out. */
export class ChangeSignal {
  readonly #options: ChangeSignalOptions;
  #watcher: FSWatcher | undefined;
  #directories: ReadonlyMap<string, string> = new Map();
  #firstMs: number | undefined;
  #lastMs = 0;
  #wake: (() => void) | undefined;
  readonly #timers = new Set<NodeJS.Timeout>();

  constructor(options: ChangeSignalOptions) {
    this.#options = options;
  }

  /** Something may have changed. */
  notify(): void {
    this.#lastMs = performance.now();
    if (this.#firstMs !== undefined) return;
    this.#firstMs = this.#lastMs;
    this.#wake?.();
  }

  /**
   * Watches these directories, and no others. The directories, not the files: a watch on a file is lost when the file or a link on
   * the way to it is replaced.
   */
  watch(directories: ReadonlyMap<string, string>): void {
    const absolute = new Map(directories.entries().map(([path, identity]) => [resolve(path), identity]));
    const before = this.#directories;
    const lost = [...before].filter(([path, identity]) => absolute.get(path) !== identity).map(([path]) => path);
    const added = [...absolute].filter(([path, identity]) => before.get(path) !== identity).map(([path]) => path);
    this.#directories = absolute;
    if (lost.length > 0) this.#watcher?.unwatch(lost);
    if (added.length === 0) return;
    this.#watcher ??= this.#start();
    this.#watcher.add(added);
    // What changed before the watch began is found by looking again; when it has begun is not told.
    for (const ms of looksAfterMs) this.#soon(ms);
  }

  /** Waits for quiet after a change (under constant change for ten times as long), at most `withinMs`, or for the end. */
  async wait(withinMs: number, signal: AbortSignal): Promise<void> {
    const untilMs = performance.now() + withinMs;
    while (!signal.aborted) {
      const leftMs = Math.min(untilMs, this.#dueMs()) - performance.now();
      if (leftMs <= 0) break;
      await this.#sleep(leftMs, signal);
    }
    this.#firstMs = undefined;
  }

  async close(): Promise<void> {
    for (const timer of this.#timers) clearTimeout(timer);
    await this.#watcher?.close();
  }

  #soon(ms: number): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.notify();
    }, ms);
    this.#timers.add(timer);
  }

  #dueMs(): number {
    const { debounceMs } = this.#options;
    return this.#firstMs === undefined ? Infinity : Math.min(this.#lastMs + debounceMs, this.#firstMs + 10 * debounceMs);
  }

  async #sleep(ms: number, signal: AbortSignal): Promise<void> {
    const { promise, resolve: done } = Promise.withResolvers<void>();
    const wake = (): void => done();
    const timer = ms === Infinity ? undefined : setTimeout(wake, Math.ceil(ms));
    this.#wake = wake;
    signal.addEventListener('abort', wake, { once: true });
    await promise;
    signal.removeEventListener('abort', wake);
    clearTimeout(timer);
    this.#wake = undefined;
  }

  #start(): FSWatcher {
    const watcher = watch([], {
      depth: 0,
      ignoreInitial: true,
      ignorePermissionErrors: true,
      atomic: false,
      // Chokidar would watch each file as well.
      ignored: (path) => !this.#directories.has(resolve(path)),
    });
    watcher.on('raw', () => this.notify());
    watcher.on('all', () => this.notify());
    watcher.on('error', this.#options.onWatchError);
    return watcher;
  }
}
