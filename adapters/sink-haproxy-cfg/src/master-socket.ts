import { connect } from 'node:net';
import type { Deadline } from './pause.js';
import { pause } from './pause.js';
import { parseProcessList } from './process-list.js';
import type { ProcessList } from './process-list.js';

/** A worker that new connections go to, and the list of processes of a moment before. */
export interface ServingWorker {
  readonly processes: ProcessList;
  readonly worker: number;
}

/** The socket of a HAProxy master (`-S`). Each command has a connection of its own: a reload cuts those that are open. */
export class MasterSocket {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  /** Sends one command and returns all of the answer. Rejects if the socket is not there, refuses, resets or stays silent. */
  async command(line: string, timeoutMs: number = 5_000, signal?: AbortSignal): Promise<string> {
    signal?.throwIfAborted();
    return new Promise((resolve, reject) => {
      const socket = connect({ path: this.path, ...(signal && { signal }) });
      const chunks: Buffer[] = [];
      const timer = setTimeout(
        () => socket.destroy(new Error(`HAProxy's master did not answer within ${String(timeoutMs)} ms.`)),
        timeoutMs,
      );
      socket.on('data', (chunk: Buffer) => chunks.push(chunk));
      socket.once('error', reject);
      socket.once('close', () => {
        clearTimeout(timer);
        resolve(Buffer.concat(chunks).toString('utf8'));
      });
      // The master never closes by itself: it does when we will say no more.
      socket.once('connect', () => socket.end(line + '\n'));
    });
  }

  /** The master and its workers, or `undefined` if none answers (now). */
  async processes(): Promise<ProcessList | undefined> {
    return this.command('show proc').then(parseProcessList, () => undefined);
  }

  /** The worker that new connections go to, by its own word; `undefined` if it does not answer (yet). */
  async servingWorker(timeoutMs: number = 2_000): Promise<{ readonly pid: number; readonly stopping: boolean } | undefined> {
    const info = await this.command('@1 show info', timeoutMs).catch(() => '');
    const pid = /^Pid: (\d+)$/m.exec(info);
    return pid === null ? undefined : { pid: Number(pid[1]), stopping: /^Stopping: 1$/m.test(info) };
  }

  /** The state of all servers in the form of a state file, or `undefined` if no worker tells it. */
  async serversState(): Promise<string | undefined> {
    const state = await this.command('@1 show servers state', 30_000).catch(() => '');
    const match = /^1\n# [^\n]*\n(?:[^\n]+\n)*/.exec(state);
    return match?.[0];
  }

  /** Whether a worker has anything under way besides the question itself. Idle connections have nothing. `undefined`: it does not say. */
  async isBusy(pid: number): Promise<boolean | undefined> {
    const sessions = await this.command('@!' + String(pid) + ' show sess').catch(() => undefined);
    if (sessions === undefined || !sessions.includes('fe=GLOBAL')) return undefined;
    return /^0x[0-9a-f]+:.* fe=(?!GLOBAL )/m.test(sessions);
  }

  /** Waits until a worker answers which `accepts` takes for the one to wait for. `undefined` at the deadline, or when `gaveUp` says so. */
  async untilServing(
    accepts: (pid: number) => boolean,
    deadline: Deadline,
    gaveUp: (processes: ProcessList | undefined) => boolean,
  ): Promise<ServingWorker | undefined> {
    // HAProxy 3.2 never answers a question for a worker that becomes ready at that very moment, so the first ones get little time.
    let answerMs = 100;
    for (let waitMs = 5; !deadline.isOver; waitMs = Math.min(50, waitMs * 1.5)) {
      const processes = await this.processes();
      if (gaveUp(processes)) return undefined;
      const worker = processes && (await this.servingWorker(answerMs));
      if (processes !== undefined) answerMs = Math.min(2_000, answerMs * 1.5);
      if (processes !== undefined && worker !== undefined && accepts(worker.pid)) return { processes, worker: worker.pid };
      await pause(waitMs);
    }
    return undefined;
  }
}
