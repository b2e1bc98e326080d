import { signalboxError } from '@signalbox/core';
import type {
  CheckOutcome,
  DurableSink,
  FileChange,
  HaproxyFeatures,
  ListenOptions,
  SinkMemory,
  SinkReport,
  WriteOutcome,
} from '@signalbox/core';
import { ConfigCheck } from './config-check.js';
import { DirectoryLock } from './directory-lock.js';
import { Exclusive } from './exclusive.js';
import { ExternalDriver } from './external-driver.js';
import { FileMemory } from './file-memory.js';
import { nodeFiles } from './file-operations.js';
import type { FileOperations } from './file-operations.js';
import { GenerationStore } from './generation-store.js';
import type { Generation } from './generation-store.js';
import { askFeatures, findHaproxy } from './haproxy-binary.js';
import { draft } from './manifest.js';
import { defaultLoadTimeoutMs, silent, SinkPaths } from './options.js';
import type { HaproxyCfgOptions } from './options.js';
import { OwnHaproxy } from './own-haproxy.js';
import { RunningRecordKeeper } from './running-record.js';
import type { RunningRecord } from './running-record.js';
import { SinkReports } from './sink-reports.js';
import { Supervisor } from './supervisor.js';
import { Trial } from './trial.js';
import { asUnwritable } from './unwritable.js';

/** Writes `haproxy.cfg` and its files, has them checked, and starts or reloads a local HAProxy. @public */
export class HaproxyCfgSink implements DurableSink {
  readonly name = 'haproxy-cfg';
  /** A file beside the configuration. */
  readonly memory: SinkMemory;
  readonly #options: HaproxyCfgOptions;
  readonly #paths: SinkPaths;
  readonly #files: FileOperations;
  readonly #reports: SinkReports;
  readonly #timeoutMs: number;
  readonly #store: GenerationStore;
  readonly #trial: Trial;
  readonly #running: RunningRecordKeeper;
  readonly #lock: DirectoryLock;
  readonly #own: OwnHaproxy;
  readonly #external: ExternalDriver | undefined;
  readonly #supervisor: Supervisor;
  readonly #exclusive: Exclusive = new Exclusive();
  readonly #closing = new AbortController();
  #binary: string | undefined;
  #version: string | undefined;
  #isOpen = false;
  #current: Generation | undefined;

  /** @param files - For tests that let the disk fail. */
  constructor(options: HaproxyCfgOptions, files: FileOperations = nodeFiles) {
    const { extraArguments = [], loadTimeoutMs = defaultLoadTimeoutMs, external, logger = silent } = options;
    this.#options = options;
    this.#files = files;
    this.#reports = new SinkReports(logger);
    this.#timeoutMs = loadTimeoutMs;
    this.#paths = new SinkPaths(options);
    this.#store = new GenerationStore(this.#paths, files);
    this.#trial = new Trial(this.#store, new ConfigCheck(this.#paths, files, extraArguments, loadTimeoutMs));
    this.#running = new RunningRecordKeeper(this.#paths, files);
    this.#lock = new DirectoryLock(this.#paths, files);
    this.memory = new FileMemory(this.#paths, files, async (task) => this.#exclusive.run(async () => this.#whenOurs(task)));
    this.#external = external && new ExternalDriver(external, this.#paths, files, loadTimeoutMs);
    this.#own = new OwnHaproxy(this.#paths, files, extraArguments, loadTimeoutMs);
    this.#supervisor = new Supervisor({
      isAlive: () => this.#own.isAlive,
      restart: async () => this.#exclusive.run(async () => this.#restart()),
      // One after the other with reloads, which read in the log.
      tend: () => {
        if (this.#own.log.isTooLong) void this.#exclusive.run(async () => this.#own.log.bound()).catch(() => undefined);
      },
      died: () => this.#reports.reportMessage('died', 'HAProxy died.'),
      failed: (error, nextTryMs) =>
        this.#reports.reportMessage('failed', `${(error as Error).message} Next attempt in ${String(nextTryMs)} ms.`),
    });
    this.#own.onStart = () => this.#supervisor.rise();
    this.#own.onExit = () => this.#supervisor.look();
  }

  /** Its folder for sockets holds them. */
  get listen(): Pick<ListenOptions, 'statsSocket' | 'serverStateFile'> {
    return { statsSocket: this.#paths.statsSocket, serverStateFile: this.#paths.serverState };
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

  async check(change: FileChange, signal: AbortSignal): Promise<CheckOutcome> {
    return this.#exclusive.run(async () => this.#checkOnly(change, AbortSignal.any([signal, this.#closing.signal])));
  }

  onReport(listener: (report: SinkReport) => void): () => void {
    return this.#reports.listen(listener);
  }

  async close(how: 'stop' | 'keep', deadlineMs: number): Promise<void> {
    const startedAt = performance.now();
    this.#supervisor.stop();
    this.#closing.abort(signalboxError('CONTROLLER_STATE', 'The HAProxy sink is closed.'));
    await this.#exclusive.run(async () => {
      this.#supervisor.stop();
      if (how === 'stop' && this.#external === undefined && this.#own.process !== undefined) {
        await this.#own.stop(deadlineMs - (performance.now() - startedAt));
        await this.#running.remove();
        this.#reports.reportMessage('stopped', 'HAProxy stopped.');
      }
      await this.#lock.release();
      this.#reports.end();
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

    const { built, passed, messages } = await this.#trial.build(wanted, before, binary, signal);
    if (!passed) {
      await this.#store.setAside(built);
      const lastGoodPasses = await this.#trial.passesStill(before, binary, signal);
      if (before !== undefined && lastGoodPasses) await this.#serveLastGood(before, binary, signal);
      return { status: 'refused', messages, lastGoodPasses };
    }
    for (const { text } of messages) this.#reports.checkMessage(text);
    const activated = await this.#store.activate(built, before);
    this.#current = activated;
    const recordBefore = this.#running.record;
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

  async #checkOnly(change: FileChange, signal: AbortSignal): Promise<CheckOutcome> {
    signal.throwIfAborted();
    const binary = (this.#binary ??= await findHaproxy(this.#options.haproxy));
    await this.#open(signal);
    return this.#trial.ask(draft(this.#current?.manifest ?? new Map(), change), this.#current, binary, signal);
  }

  /** Once: tidies up, and finds what runs. */
  async #open(signal: AbortSignal): Promise<void> {
    if (this.#isOpen) return;
    await asUnwritable(this.#paths.runtimeDir, async () => this.#files.makeFolder(this.#paths.runtimeDir));
    await this.#lock.take();
    const record = await this.#running.read();
    this.#current = await this.#store.open(record && { number: record.generation, digest: record.digest });
    if (this.#external === undefined) {
      const version = await this.#own.adopt(signal);
      if (version !== undefined) {
        const installed =
          this.#version === undefined || this.#version === version ? '' : this.#version + ' is installed and comes with the next reload.';
        this.#reports.reportMessage(
          'adopted',
          `Found HAProxy ${version} running as process ${String(this.#own.process?.pid)}. ${installed}`.trim(),
        );
        this.#supervisor.start();
      }
    }
    this.#isOpen = true;
  }

  async #whenOurs(task: () => Promise<void>): Promise<void> {
    this.#closing.signal.throwIfAborted();
    await this.#lock.take();
    await task();
  }

  /** Whether HAProxy is there and has these files, for sure. */
  async #runs(generation: Generation): Promise<boolean> {
    if (this.#external !== undefined) return this.#running.isKnownToRun(generation, undefined) && (await this.#external.isThere());
    return this.#own.isAlive && this.#running.isKnownToRun(generation, this.#own.process);
  }

  /** Makes HAProxy read `generation`, which `current` names by now. */
  async #takeUp(
    generation: Generation,
    before: Generation | undefined,
    binary: string,
    signal: AbortSignal,
  ): Promise<'started' | 'reloaded'> {
    await asUnwritable(this.#paths.runtimeDir, async () => this.#running.begin());
    // From here on there is no way back by a signal: HAProxy is told, and the answer is waited for.
    const action = this.#external !== undefined || this.#own.isAlive ? 'reloaded' : 'started';
    await asUnwritable(this.#paths.runtimeDir, async () => {
      if (this.#external !== undefined) await this.#external.reload(this.#closing.signal);
      else if (action === 'reloaded') await this.#own.reload(this.#closing.signal);
      else await this.#own.start(binary, signal);
    });
    await this.#settle(generation);
    this.#supervise();
    if (action === 'started') this.#reports.reportMessage('started', `HAProxy runs as process ${String(this.#own.process?.pid)}.`);
    return action;
  }

  /** Never rejects: the caller has something worse to tell. */
  async #takeBack(failed: Generation, before: Generation | undefined, record: RunningRecord | undefined, error: unknown): Promise<void> {
    this.#current = before;
    try {
      await this.#store.restore(failed, before);
      await this.#running.undo(record, error);
    } catch (cause) {
      this.#reports.warningMessage((cause as Error).message);
    }
  }

  /** Files that are refused leave those before serving; if nothing serves, as after a reboot, they are made to. */
  async #serveLastGood(lastGood: Generation, binary: string, signal: AbortSignal): Promise<void> {
    if (this.#external !== undefined || this.#own.isAlive) return;
    await this.#takeUp(lastGood, lastGood, binary, signal).catch((error: unknown) => {
      this.#reports.reportMessage('failed', (error as Error).message);
      this.#supervise();
    });
  }

  async #restart(): Promise<void> {
    if (this.#closing.signal.aborted || this.#own.isAlive || this.#current === undefined) return;
    const binary = (this.#binary ??= await findHaproxy(this.#options.haproxy));
    await this.#own.start(binary, this.#closing.signal);
    await this.#settle(this.#current);
    this.#reports.reportMessage('restarted', `HAProxy runs again, as process ${String(this.#own.process?.pid)}.`);
  }

  #supervise(): void {
    if (this.#external === undefined && !this.#closing.signal.aborted) this.#supervisor.start();
  }

  async #settle(generation: Generation): Promise<void> {
    const master = this.#external === undefined ? this.#own.process : undefined;
    await this.#running.settle(generation, master).catch((error: unknown) => {
      this.#reports.warningMessage(
        `What HAProxy runs could not be noted, so that the next start will reload it: ${(error as Error).message}`,
      );
    });
  }
}

/** Keeps `haproxy.cfg` and its files on disk and a local HAProxy on them. @public */
export function haproxyCfg(options: HaproxyCfgOptions): HaproxyCfgSink {
  return new HaproxyCfgSink(options);
}
