import { spawn } from 'node:child_process';
import { closeSync } from 'node:fs';
import { basename, join } from 'node:path';
import { isMainThread } from 'node:worker_threads';
import { signalboxError } from '@signalbox/core';
import type { FileOperations } from './file-operations.js';
import { HaproxyLog } from './haproxy-log.js';
import { loadFailedError, noAnswerError } from './load-failure.js';
import { reloadThroughMaster } from './master-reload.js';
import { MasterSocket } from './master-socket.js';
import type { ServingWorker } from './master-socket.js';
import { OldWorkers } from './old-workers.js';
import type { SinkPaths } from './options.js';
import { Deadline, pause } from './pause.js';
import { commandLine, identify, isAlive, signalProcess } from './process-identity.js';
import type { ProcessIdentity } from './process-identity.js';
import type { ProcessList } from './process-list.js';
import { haproxyEnvironment } from './run-command.js';
import { ServerState } from './server-state.js';
import { softStop } from './soft-stop.js';

/** What may be spent on a question whose answer is only nice to have. */
const quickAnswerMs = 250;

/** A HAProxy that we start: a master in a session of its own, which outlives us. */
export class OwnHaproxy {
  readonly log: HaproxyLog;
  readonly oldWorkers: OldWorkers = new OldWorkers();
  /** Called the moment it serves, sooner than what follows on it. */
  onStart: () => void = () => undefined;
  /** Called when our child ends. */
  onExit: () => void = () => undefined;
  readonly #paths: SinkPaths;
  readonly #files: FileOperations;
  readonly #extraArguments: readonly string[];
  readonly #timeoutMs: number;
  readonly #master: MasterSocket;
  readonly #serverState: ServerState;
  #process: ProcessIdentity | undefined;
  #child: number | undefined;
  #workers: readonly ProcessIdentity[] = [];

  constructor(paths: SinkPaths, files: FileOperations, extraArguments: readonly string[], timeoutMs: number) {
    this.#paths = paths;
    this.#files = files;
    this.#extraArguments = extraArguments;
    this.#timeoutMs = timeoutMs;
    this.#master = new MasterSocket(paths.masterSocket);
    this.#serverState = new ServerState(paths, files);
    this.log = new HaproxyLog(paths.log);
  }

  get process(): ProcessIdentity | undefined {
    return this.#process;
  }

  get isAlive(): boolean {
    return this.#process !== undefined && isAlive(this.#process);
  }

  /** Whether it was started by this process, which is told of its end. */
  get isChild(): boolean {
    return this.#process !== undefined && this.#process.pid === this.#child;
  }

  /**
   * Finds a living HAProxy that an earlier run of ours started: it answers on our socket and reads our folder.
   * @returns its version, or `undefined` if there is none.
   * @throws {@link SignalboxError} `HAPROXY_RELOAD_FAILED` if there is one that does not answer.
   */
  async adopt(signal: AbortSignal): Promise<string | undefined> {
    const noted = Number((await this.#files.read(this.#paths.pidFile))?.toString('latin1').trim());
    let ours = Number.isInteger(noted) && noted > 1 ? identify(noted) : undefined;
    if (ours !== undefined && !this.#readsOurFolder(ours)) ours = undefined;
    // One that reloads is silent for a while; where no process fits, a single look tells a stale socket.
    const deadline = new Deadline(Math.min(this.#timeoutMs, 15_000));
    do {
      signal.throwIfAborted();
      const processes = await this.#master.processes();
      const process = processes && identify(processes.master.pid);
      if (process !== undefined && !this.#readsOurFolder(process)) throw this.#strangerError(process);
      if (process !== undefined && (await this.#master.servingWorker()) !== undefined) {
        this.#remember(process, processes);
        return processes?.master.version;
      }
      // Its file may be gone.
      ours ??= process;
      await pause(20);
    } while (!deadline.isOver && ours !== undefined && isAlive(ours));
    if (ours === undefined || !isAlive(ours)) return undefined;
    throw noAnswerError('reload', `process ${String(ours.pid)} runs our configuration but does not answer at ${this.#paths.masterSocket}.`);
  }

  /** @throws {@link SignalboxError} `HAPROXY_RELOAD_FAILED` naming the taken address, where that is why; `HAPROXY_NOT_FOUND`. */
  async start(binary: string, signal: AbortSignal): Promise<ServingWorker> {
    for (const worker of this.#workers) signalProcess(worker, 'SIGTERM');
    await this.#serverState.forget();
    const descriptor = this.log.openEmpty();
    const { current, masterSocket, pidFile, runtimeDir } = this.#paths;
    const args = ['-W', '-S', masterSocket + ',mode,600', '-f', current, '-p', pidFile, ...this.#extraArguments];
    const child = privately(() =>
      spawn(binary, args, {
        cwd: runtimeDir,
        detached: true,
        env: haproxyEnvironment(),
        stdio: ['ignore', descriptor, descriptor],
      }),
    );
    closeSync(descriptor);
    child.unref();
    this.#child = child.pid;
    let ended: Error | true | undefined;
    child.once('error', (error) => (ended = error));
    child.once('exit', () => {
      ended ??= true;
      this.#child = undefined;
      this.onExit();
    });

    const deadline = new Deadline(this.#timeoutMs);
    const serving = await this.#master.untilServing(
      () => true,
      deadline,
      () => ended !== undefined || signal.aborted,
    );
    const process = serving && identify(serving.processes.master.pid);
    if (serving !== undefined && process !== undefined && ended === undefined) {
      this.#remember(process, serving.processes);
      this.onStart();
      return serving;
    }
    child.kill('SIGKILL');
    signal.throwIfAborted();
    if (ended instanceof Error) {
      throw signalboxError('HAPROXY_NOT_FOUND', `"${binary}" could not be started: ${ended.message}.`, {
        details: { tried: [binary] },
        cause: ended,
      });
    }
    if (ended === undefined) throw noAnswerError('start', `it did not answer within ${String(this.#timeoutMs)} ms and was ended.`);
    throw loadFailedError('start', this.log.since(0), this.#paths);
  }

  /** @throws {@link SignalboxError} `HAPROXY_RELOAD_FAILED`; the old worker goes on serving. Or the reason of the signal, with the outcome unknown. */
  async reload(signal: AbortSignal): Promise<ServingWorker> {
    this.log.bound();
    const logged = this.log.size;
    await this.#bringSocketBack();
    await this.#serverState.save(this.#master);
    const serving = await reloadThroughMaster(this.#master, {
      timeoutMs: this.#timeoutMs,
      signal,
      isAlive: () => this.isAlive,
      saidMeanwhile: () => this.log.since(logged),
      failedError: (said) => loadFailedError('reload', said, this.#paths),
    });
    this.#remember(this.#process, serving.processes);
    return serving;
  }

  /** The worker that serves, if it says so at once. */
  async worker(): Promise<number | undefined> {
    return (await this.#master.servingWorker(quickAnswerMs))?.pid;
  }

  /** Lets what is under way finish, and then nothing of HAProxy is left but its log. */
  async stop(deadlineMs: number): Promise<void> {
    if (this.#process !== undefined) await softStop(this.#master, this.#process, deadlineMs);
    this.#process = undefined;
    const { runtimeDir, pidFile } = this.#paths;
    await this.#files.remove(pidFile);
    // HAProxy leaves its sockets behind.
    for (const name of await this.#files.sockets(runtimeDir)) await this.#files.remove(join(runtimeDir, name));
  }

  /** Somebody has removed the socket: a master that starts anew makes it again. */
  async #bringSocketBack(): Promise<void> {
    const { runtimeDir, masterSocket } = this.#paths;
    const names = await this.#files.sockets(runtimeDir).catch((): readonly string[] => []);
    if (this.#process !== undefined && !names.includes(basename(masterSocket))) signalProcess(this.#process, 'SIGUSR2');
  }

  #strangerError({ pid }: ProcessIdentity): Error {
    return signalboxError(
      'HAPROXY_RELOAD_FAILED',
      `Process ${String(pid)} answers at ${this.#paths.masterSocket} but does not read ${this.#paths.current}. Stop it, or choose another runtime folder.`,
      { details: { messages: [], pid } },
    );
  }

  #remember(process: ProcessIdentity | undefined, processes: ProcessList | undefined): void {
    this.#process = process;
    const listed = [...(processes?.workers ?? []), ...(processes?.oldWorkers ?? [])];
    const older = listed.filter(({ reloads }) => reloads > 0).sort((a, b) => b.reloads - a.reloads);
    this.oldWorkers.became(older.flatMap(({ pid }) => identify(pid) ?? []));
    this.#workers = listed.flatMap(({ pid }) => identify(pid) ?? []);
  }

  #readsOurFolder(process: ProcessIdentity): boolean {
    const args = commandLine(process);
    // Where there is no /proc, the answer on our own socket has to do.
    return args.length === 0 || (args.includes(this.#paths.current) && args.includes(this.#paths.masterSocket + ',mode,600'));
  }
}

/** Runs something whose processes make files for their owner alone, where no mode is said: HAProxy makes its pid file anew at each reload. */
function privately<T>(run: () => T): T {
  if (!isMainThread) return run();
  const before = process.umask(0o077);
  try {
    return run();
  } finally {
    process.umask(before);
  }
}
