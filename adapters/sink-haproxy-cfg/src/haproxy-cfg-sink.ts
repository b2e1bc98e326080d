import { SignalboxError, signalboxError } from '@signalbox/core';
import type { DurableSink, FileChange, HaproxyFeatures, SinkReport, WriteOutcome } from '@signalbox/core';
import { ConfigCheck } from './config-check.js';
import { DirectoryLock } from './directory-lock.js';
import { Exclusive } from './exclusive.js';
import { ExternalDriver } from './external-driver.js';
import { nodeFiles } from './file-operations.js';
import type { FileOperations } from './file-operations.js';
import { GenerationStore } from './generation-store.js';
import type { Generation } from './generation-store.js';
import { askFeatures, findHaproxy } from './haproxy-binary.js';
import { draft } from './manifest.js';
import { defaultLoadTimeoutMs, silent, SinkPaths } from './options.js';
import type { HaproxyCfgOptions, SinkLogger } from './options.js';
import { OwnHaproxy } from './own-haproxy.js';
import { RunningRecords } from './running-record.js';
import type { RunningRecord } from './running-record.js';
import { Supervisor } from './supervisor.js';

/** Writes `haproxy.cfg` and its files, has them checked, and starts or reloads a local HAProxy. @public */
export class HaproxyCfgSink implements DurableSink {
  readonly name = 'haproxy-cfg';
  readonly #options: HaproxyCfgOptions;
  readonly #paths: SinkPaths;
  readonly #files: FileOperations;
  readonly #logger: SinkLogger;
  readonly #timeoutMs: number;
  readonly #store: GenerationStore;
  readonly #check: ConfigCheck;
  readonly #records: RunningRecords;
  readonly #lock: DirectoryLock;
  readonly #own: OwnHaproxy;
  readonly #external: ExternalDriver | undefined;
  readonly #supervisor: Supervisor;
  readonly #exclusive: Exclusive = new Exclusive();
  readonly #listeners = new Set<(report: SinkReport) => void>();
  readonly #closing = new AbortController();
  #binary: string | undefined;
  #version: string | undefined;
  #isOpen = false;
  #current: Generation | undefined;
  #record: RunningRecord | undefined;

  /** @param files - For tests that let the disk fail. */
  constructor(options: HaproxyCfgOptions, files: FileOperations = nodeFiles) {
    const { extraArguments = [], loadTimeoutMs = defaultLoadTimeoutMs, external, logger = silent } = options;
    this.#options = options;
    this.#files = files;
    this.#logger = logger;
    this.#timeoutMs = loadTimeoutMs;
    this.#paths = new SinkPaths(options);
    this.#store = new GenerationStore(this.#paths, files);
    this.#check = new ConfigCheck(this.#paths, files, extraArguments, loadTimeoutMs);
    this.#records = new RunningRecords(this.#paths, files);
    this.#lock = new DirectoryLock(this.#paths.lock, files);
    this.#external = external && new ExternalDriver(external, this.#paths, files, loadTimeoutMs);
    this.#own = new OwnHaproxy(this.#paths, files, extraArguments, loadTimeoutMs);
    this.#supervisor = new Supervisor({
      isAlive: () => this.#own.isAlive,
      restart: async () => this.#exclusive.run(async () => this.#restart()),
      died: () => this.#reportMessage('died', 'HAProxy died.'),
      failed: (error, nextTryMs) => this.#reportMessage('failed', `${(error as Error).message} Next attempt in ${String(nextTryMs)} ms.`),
    });
    this.#own.onExit = () => this.#supervisor.look();
  }

  async features(signal: AbortSignal): Promise<HaproxyFeatures> {
    this.#binary = await findHaproxy(this.#options.haproxy);
    const features = await askFeatures(this.#binary, this.#timeoutMs, signal);
    this.#version = features.version;
    return features;
  }

  async write(change: FileChange, signal: AbortSignal): Promise<WriteOutcome> {
    return this.#exclusive.run(async () => this.#write(change, AbortSignal.any([signal, this.#closing.signal])));
  }

  onReport(listener: (report: SinkReport) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  async close(how: 'stop' | 'keep', deadlineMs: number): Promise<void> {
    const startedAt = performance.now();
    this.#supervisor.stop();
    this.#closing.abort(signalboxError('CONTROLLER_STATE', 'The HAProxy sink is closed.'));
    await this.#exclusive.run(async () => {
      this.#supervisor.stop();
      if (how === 'stop' && this.#external === undefined && this.#own.process !== undefined) {
        await this.#own.stop(deadlineMs - (performance.now() - startedAt));
        await this.#records.remove();
        this.#reportMessage('stopped', 'HAProxy stopped.');
      }
      await this.#lock.release();
      this.#listeners.clear();
    });
  }

  async #write(change: FileChange, signal: AbortSignal): Promise<WriteOutcome> {
    signal.throwIfAborted();
    const startedAt = performance.now();
    const applied = (action: 'unchanged' | 'started' | 'reloaded'): WriteOutcome => ({
      status: 'applied',
      action,
      durationMs: performance.now() - startedAt,
    });
    const binary = (this.#binary ??= await findHaproxy(this.#options.haproxy));
    await this.#open(signal);
    this.#supervisor.look();

    const before = this.#current;
    const wanted = draft(before?.manifest ?? new Map(), change);
    if (before?.digest === wanted.digest) {
      if (await this.#runs(before)) return applied('unchanged');
      return applied(await this.#takeUp(before, before, binary, signal));
    }

    const built = await this.#store.build(wanted, before, signal);
    let check;
    try {
      check = await this.#check.generation(binary, built, signal);
    } catch (error) {
      await this.#store.discard(built);
      throw error;
    }
    if (!check.passed) {
      await this.#store.setAside(built);
      const lastGoodPasses = await (before ? this.#lastGoodPasses(before, binary, signal) : this.#check.anything(binary, signal));
      if (before !== undefined && lastGoodPasses) await this.#serveLastGood(before, binary, signal);
      return { status: 'refused', messages: check.messages, lastGoodPasses };
    }
    for (const { text } of check.messages) this.#logger.debug(text);
    const activated = await this.#store.activate(built, before);
    this.#current = activated;
    const recordBefore = this.#record;
    try {
      const action = await this.#takeUp(activated, before, binary, signal);
      await this.#store.keepOnly([activated, before]);
      return applied(action);
    } catch (error) {
      // Somebody else's HAProxy that is not there yet may start with the first files that it can get.
      if (this.#external === undefined || before !== undefined) await this.#takeBack(activated, before, recordBefore, error);
      throw error;
    }
  }

  /** Once: tidies up, and finds what runs. */
  async #open(signal: AbortSignal): Promise<void> {
    if (this.#isOpen) return;
    await this.#makeFolders();
    await this.#lock.take();
    this.#record = await this.#records.read();
    this.#current = await this.#store.open(this.#record && { number: this.#record.generation, digest: this.#record.digest });
    if (this.#external === undefined) {
      const version = await this.#own.adopt(signal);
      if (version !== undefined) {
        const newer = this.#version === undefined || this.#version === version ? '' : ` (${this.#version} from the next reload on)`;
        this.#reportMessage('adopted', `Found HAProxy ${version} running as process ${String(this.#own.process?.pid)}${newer}.`);
        this.#supervisor.start();
      }
    }
    this.#isOpen = true;
  }

  /** Whether HAProxy is there and has these files, for sure. */
  async #runs(generation: Generation): Promise<boolean> {
    const record = this.#record;
    if (record?.settled !== true || record.digest !== generation.digest) return false;
    if (this.#external !== undefined) return this.#external.isThere();
    const { process } = this.#own;
    return this.#own.isAlive && process?.pid === record.master?.pid && process?.startTime === record.master?.startTime;
  }

  /** Makes HAProxy read `generation`, which `current` names by now. */
  async #takeUp(generation: Generation, before: Generation | undefined, binary: string, signal: AbortSignal): Promise<'started' | 'reloaded'> {
    if (this.#record?.settled === true) await this.#keepRecord({ ...this.#record, settled: false });
    // From here on there is no way back by a signal: HAProxy is told, and the answer is waited for.
    const action = this.#external !== undefined || this.#own.isAlive ? 'reloaded' : 'started';
    if (this.#external !== undefined) await this.#external.reload(this.#closing.signal);
    else if (action === 'reloaded') await this.#own.reload(this.#closing.signal);
    else await this.#own.start(binary, signal);
    await this.#settle(generation);
    this.#supervise();
    if (action === 'started') this.#reportMessage('started', `HAProxy runs as process ${String(this.#own.process?.pid)}.`);
    return action;
  }

  /** Never rejects: the caller has something worse to tell. */
  async #takeBack(failed: Generation, before: Generation | undefined, record: RunningRecord | undefined, error: unknown): Promise<void> {
    this.#current = before;
    const said = SignalboxError.is(error) && error.details['refused'] === true;
    try {
      await this.#store.restore(failed, before);
      // HAProxy has said no, so the old worker goes on. Without a word from it, one cannot know, and the next write reloads it.
      if (said && record?.settled === true) await this.#keepRecord(record);
    } catch (cause) {
      this.#logger.error((cause as Error).message);
    }
  }

  /** Files that are refused leave those before serving; if nothing serves, as after a reboot, they are made to. */
  async #serveLastGood(lastGood: Generation, binary: string, signal: AbortSignal): Promise<void> {
    if (this.#external !== undefined || this.#own.isAlive) return;
    await this.#takeUp(lastGood, lastGood, binary, signal).catch((error: unknown) => {
      this.#reportMessage('failed', (error as Error).message);
      this.#supervise();
    });
  }

  async #lastGoodPasses(lastGood: Generation, binary: string, signal: AbortSignal): Promise<boolean> {
    return (await this.#check.generation(binary, lastGood, signal)).passed;
  }

  async #restart(): Promise<void> {
    if (this.#closing.signal.aborted || this.#own.isAlive || this.#current === undefined) return;
    const binary = (this.#binary ??= await findHaproxy(this.#options.haproxy));
    await this.#own.start(binary, this.#closing.signal);
    await this.#settle(this.#current);
    this.#reportMessage('restarted', `HAProxy runs again, as process ${String(this.#own.process?.pid)}.`);
  }

  #supervise(): void {
    if (this.#external === undefined && !this.#closing.signal.aborted) this.#supervisor.start();
  }

  /** Notes what runs. That the note cannot be written costs a reload at the next start, no more. */
  async #settle(generation: Generation): Promise<void> {
    const master = this.#external === undefined && this.#own.isAlive ? this.#own.process : undefined;
    const { number, digest } = generation;
    const record = { ...(master && { master }), generation: number, digest, settled: true, ours: this.#external === undefined };
    this.#record = record;
    await this.#records.write(record).catch((error: unknown) => this.#logger.warn(noteMessage(error)));
  }

  async #keepRecord(record: RunningRecord): Promise<void> {
    await this.#unwritable(async () => this.#records.write(record));
    this.#record = record;
  }

  async #makeFolders(): Promise<void> {
    await this.#unwritable(async () => {
      await this.#files.makeFolder(this.#paths.configDir);
      await this.#files.makeFolder(this.#paths.runtimeDir);
    });
  }

  async #unwritable(task: () => Promise<void>): Promise<void> {
    await task().catch((cause: unknown) => {
      if (SignalboxError.is(cause)) throw cause;
      throw signalboxError('SINK_UNWRITABLE', `Could not write below ${this.#paths.configDir} or ${this.#paths.runtimeDir}: ${(cause as Error).message}.`, { cause });
    });
  }

  #reportMessage(kind: SinkReport['kind'], message: string): void {
    this.#logger[kind === 'died' || kind === 'failed' ? 'warn' : 'info'](message);
    for (const listener of this.#listeners) listener({ kind, message });
  }
}

function noteMessage(error: unknown): string {
  return `Could not note what HAProxy runs, so that the next start reloads it: ${(error as Error).message}`;
}

/** Keeps `haproxy.cfg` and its files on disk and a local HAProxy on them. @public */
export function haproxyCfg(options: HaproxyCfgOptions): HaproxyCfgSink {
  return new HaproxyCfgSink(options);
}
