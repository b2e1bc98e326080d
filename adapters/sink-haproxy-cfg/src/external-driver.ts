import { signalboxError } from '@signalbox/core';
import type { FileOperations } from './file-operations.js';
import { loadFailedError, noAnswerError } from './load-failure.js';
import { reloadThroughMaster } from './master-reload.js';
import { MasterSocket } from './master-socket.js';
import type { ServingWorker } from './master-socket.js';
import type { ExternalHaproxy, SinkPaths } from './options.js';
import { identify } from './process-identity.js';
import { haproxyEnvironment, runCommand } from './run-command.js';
import { ServerState } from './server-state.js';

/** Tells a HAProxy that somebody else runs to reload. */
export class ExternalDriver {
  readonly #how: ExternalHaproxy;
  readonly #paths: SinkPaths;
  readonly #timeoutMs: number;
  readonly #master: MasterSocket | undefined;
  readonly #serverState: ServerState;
  readonly #files: FileOperations;

  /** @throws {@link SignalboxError} `COMPOSITION_INVALID` if no way to tell it is given. */
  constructor(how: ExternalHaproxy, paths: SinkPaths, files: FileOperations, timeoutMs: number) {
    if (how.masterSocket === undefined && how.pidFile === undefined && (how.command?.length ?? 0) === 0) {
      throw signalboxError(
        'COMPOSITION_INVALID',
        'haproxyCfg({ external }) needs a masterSocket, a pidFile or a command, to make HAProxy reload.',
      );
    }
    this.#how = how;
    this.#paths = paths;
    this.#timeoutMs = timeoutMs;
    this.#master = how.masterSocket === undefined ? undefined : new MasterSocket(how.masterSocket);
    this.#serverState = new ServerState(paths, files);
    this.#files = files;
  }

  /** Whether a HAProxy is there to be told, and its worker if it says so. A command cannot be asked and counts as there. */
  async look(): Promise<{ readonly isThere: boolean; readonly worker?: number }> {
    const { pidFile } = this.#how;
    if (this.#master === undefined) return { isThere: pidFile === undefined || identify(await this.#pid(pidFile)) !== undefined };
    const worker = await this.#master.servingWorker();
    return worker === undefined ? { isThere: false } : { isThere: true, worker: worker.pid };
  }

  /** @throws {@link SignalboxError} `HAPROXY_RELOAD_FAILED`. A signal tells nothing back: it counts as heard. */
  async reload(stopWaiting: AbortSignal): Promise<ServingWorker | undefined> {
    const { pidFile, signal = 'SIGUSR2', command } = this.#how;
    if (this.#master !== undefined) return this.#reloadThroughMaster(this.#master, stopWaiting);
    if (pidFile !== undefined) {
      const pid = await this.#pid(pidFile);
      try {
        process.kill(pid, signal);
      } catch (cause) {
        throw noAnswerError('reload', `${signal} could not be sent to process ${String(pid)} of ${pidFile}: ${(cause as Error).message}.`);
      }
      return undefined;
    }
    const [program = '', ...args] = command ?? [];
    const options = { timeoutMs: this.#timeoutMs, environment: haproxyEnvironment(), signal: stopWaiting };
    const result = await runCommand(program, args, options).catch((cause: unknown) => {
      throw noAnswerError('reload', `the command ${program} could not be run: ${(cause as Error).message}.`);
    });
    if (result.exitCode !== 0) throw noAnswerError('reload', `the command ${program} ended with exit code ${String(result.exitCode)}.`);
    return undefined;
  }

  async #reloadThroughMaster(master: MasterSocket, signal: AbortSignal): Promise<ServingWorker> {
    await this.#serverState.save(master);
    return reloadThroughMaster(master, {
      timeoutMs: this.#timeoutMs,
      signal,
      isAlive: () => true,
      saidMeanwhile: () => '',
      failedError: (said) => loadFailedError('reload', said, this.#paths),
    });
  }

  async #pid(path: string): Promise<number> {
    const pid = Number((await this.#files.read(path))?.toString('latin1').trim().split('\n')[0]);
    if (Number.isInteger(pid) && pid > 1) return pid;
    throw noAnswerError('reload', `${path} holds no pid. Is HAProxy running?`);
  }
}
