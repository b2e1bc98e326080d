import type { Exclusive } from './exclusive.js';
import { ExternalDriver } from './external-driver.js';
import type { FileOperations } from './file-operations.js';
import type { Generation } from './generation-store.js';
import type { GenerationId } from './manifest.js';
import type { ServingWorker } from './master-socket.js';
import { defaultLoadTimeoutMs } from './options.js';
import type { HaproxyCfgOptions, SinkPaths } from './options.js';
import { OwnHaproxy } from './own-haproxy.js';
import { RunningRecordKeeper } from './running-record.js';
import type { RunningRecord } from './running-record.js';
import type { SinkReports } from './sink-reports.js';
import { Supervisor } from './supervisor.js';
import { asUnwritable } from './unwritable.js';

/** What a {@link Serving} has from the sink. */
export interface ServingParts {
  readonly paths: SinkPaths;
  readonly files: FileOperations;
  readonly reports: SinkReports;
  /** Restarts come one after the other with all else that the sink does. */
  readonly exclusive: Exclusive;
  /** Aborted when the sink is closed. */
  readonly closing: AbortSignal;
  /** What HAProxy is to be started with again; `undefined` before there is anything. */
  readonly wanted: () => Promise<{ readonly generation: Generation; readonly binary: string } | undefined>;
}

/** How HAProxy came to run what it does, and who serves as far as that can be told. */
export interface Taken {
  readonly action: 'unchanged' | 'started' | 'reloaded';
  readonly worker?: number;
  readonly oldWorkers?: number;
}

/** The HAProxy that reads our files, one of our own, which is kept alive, or somebody else's; and what it runs. */
export class Serving {
  readonly #parts: ServingParts;
  readonly #external: ExternalDriver | undefined;
  readonly #own: OwnHaproxy;
  readonly #running: RunningRecordKeeper;
  readonly #supervisor: Supervisor;

  constructor({ extraArguments = [], loadTimeoutMs = defaultLoadTimeoutMs, external }: HaproxyCfgOptions, parts: ServingParts) {
    const { paths, files, reports, exclusive } = parts;
    this.#parts = parts;
    this.#running = new RunningRecordKeeper(paths, files);
    this.#external = external && new ExternalDriver(external, paths, files, loadTimeoutMs);
    this.#own = new OwnHaproxy(paths, files, extraArguments, loadTimeoutMs);
    this.#supervisor = new Supervisor({
      isAlive: () => this.#own.isAlive,
      isHeardOf: () => this.#own.isChild,
      restart: async () => exclusive.run(async () => this.#restart()),
      // One after the other with reloads, which read in the log.
      tend: () => {
        this.#tendWorkers();
        if (this.#own.log.isTooLong) void exclusive.run(async () => this.#own.log.bound()).catch(() => undefined);
      },
      died: () => reports.reportMessage('died', 'HAProxy died.'),
      failed: (error, nextTryMs) => reports.reportMessage('failed', `${(error as Error).message} Next attempt in ${String(nextTryMs)} ms.`),
    });
    this.#own.onStart = () => this.#supervisor.rise();
    this.#own.onExit = () => this.#supervisor.look();
  }

  /** Whether somebody else runs it. */
  get isExternal(): boolean {
    return this.#external !== undefined;
  }

  /** Whether there may be one that serves: somebody else's may be there at any time. */
  get isThere(): boolean {
    return this.isExternal || this.#own.isAlive;
  }

  /** What it runs, as far as we know. */
  get record(): RunningRecord | undefined {
    return this.#running.record;
  }

  /** Reads what the one before us left of {@link Serving.record}. */
  async readRecord(): Promise<RunningRecord | undefined> {
    return this.#running.read();
  }

  /** Finds a HAProxy of our own that an earlier run started. */
  async adopt(installedVersion: string | undefined, signal: AbortSignal): Promise<void> {
    if (this.isExternal) return;
    const version = await this.#own.adopt(signal);
    if (version === undefined) return;
    const isSame = installedVersion === undefined || installedVersion === version;
    const installed = isSame ? '' : installedVersion + ' is installed and comes with the next reload.';
    this.#parts.reports.reportMessage(
      'adopted',
      `Found HAProxy ${version} running as process ${String(this.#own.process?.pid)}. ${installed}`.trim(),
    );
    this.#supervisor.start();
  }

  /** Notices a death now. */
  look(): void {
    this.#supervisor.look();
  }

  /** If HAProxy is there and has these files, for sure. */
  async runs(generation: Generation): Promise<Taken | undefined> {
    const master = this.isExternal ? undefined : this.#own.process;
    if (!this.#running.isKnownToRun(generation, master)) return undefined;
    if (this.#external === undefined && !this.#own.isAlive) return undefined;
    const { isThere, worker } = (await this.#external?.look()) ?? { isThere: true, worker: await this.#own.worker() };
    return isThere ? { action: 'unchanged', ...(worker !== undefined && { worker }) } : undefined;
  }

  /** HAProxy was told of what `to` has more than `from`. */
  async carryOver(from: GenerationId, to: GenerationId): Promise<void> {
    await this.#noted(async () => this.#running.carryOver(from, to));
  }

  /** Makes HAProxy read `generation`, which `current` names by now. */
  async takeUp(generation: Generation, binary: string, signal: AbortSignal): Promise<Taken> {
    const { paths, reports, closing } = this.#parts;
    await asUnwritable(paths.runtimeDir, async () => this.#running.begin());
    // From here on there is no way back by a signal: HAProxy is told, and the answer is waited for.
    const action = this.isThere ? 'reloaded' : 'started';
    const serving = await asUnwritable(paths.runtimeDir, async () => {
      if (this.#external !== undefined) return this.#external.reload(closing);
      return action === 'reloaded' ? this.#own.reload(closing) : this.#own.start(binary, signal);
    });
    await this.#settle(generation);
    this.#supervise();
    this.#tendWorkers();
    if (action === 'started') reports.reportMessage('started', `HAProxy runs as process ${String(this.#own.process?.pid)}.`);
    return { action, ...(serving && whoServes(serving, action)) };
  }

  /** It could not take up what it was to: see {@link RunningRecordKeeper.undo}. */
  async undo(before: RunningRecord | undefined, error: unknown): Promise<void> {
    await this.#running.undo(before, error);
  }

  /** Files that are refused leave those before serving; if nothing serves, as after a reboot, they are made to. */
  async serveLastGood(lastGood: Generation, binary: string, signal: AbortSignal): Promise<void> {
    if (this.isThere) return;
    await this.takeUp(lastGood, binary, signal).catch((error: unknown) => {
      this.#parts.reports.reportMessage('failed', (error as Error).message);
      this.#supervise();
    });
  }

  /** From now on a death is not noticed. */
  leaveAlone(): void {
    this.#supervisor.stop();
  }

  /** Ends a HAProxy of our own. */
  async stop(deadlineMs: number): Promise<void> {
    if (this.isExternal || this.#own.process === undefined) return;
    await this.#own.stop(deadlineMs);
    await this.#running.remove();
    this.#parts.reports.reportMessage('stopped', 'HAProxy stopped.');
  }

  async #restart(): Promise<void> {
    const { closing, reports } = this.#parts;
    if (closing.aborted || this.#own.isAlive) return;
    const wanted = await this.#parts.wanted();
    if (wanted === undefined) return;
    await this.#own.start(wanted.binary, closing);
    await this.#settle(wanted.generation);
    reports.reportMessage('restarted', `HAProxy runs again, as process ${String(this.#own.process?.pid)}.`);
  }

  #tendWorkers(): void {
    if (this.isExternal) return;
    const { left, ended } = this.#own.oldWorkers.tend();
    const pids = ended.map(({ pid }) => String(pid)).join(', ');
    if (ended.length > 0)
      this.#parts.reports.warningMessage(`Old workers cost too much memory; ended with the connections they had: ${pids}.`);
    this.#parts.reports.workersMessage(left);
  }

  #supervise(): void {
    if (!this.isExternal && !this.#parts.closing.aborted) this.#supervisor.start();
  }

  async #settle(generation: Generation): Promise<void> {
    const master = this.isExternal ? undefined : this.#own.process;
    await this.#noted(async () => this.#running.settle(generation, master));
  }

  async #noted(task: () => Promise<void>): Promise<void> {
    await task().catch((error: unknown) => {
      this.#parts.reports.warningMessage(
        `What HAProxy runs could not be noted, so that the next start will reload it: ${(error as Error).message}`,
      );
    });
  }
}

function whoServes({ processes, worker }: ServingWorker, action: 'started' | 'reloaded'): Omit<Taken, 'action'> {
  if (action === 'started') return { worker };
  const others = [...processes.workers, ...processes.oldWorkers].filter(({ pid }) => pid !== worker);
  return { worker, oldWorkers: others.length };
}
