import type { SignalboxError } from '@signalbox/core';
import { noAnswerError } from './load-failure.js';
import type { MasterSocket, ServingWorker } from './master-socket.js';
import { Deadline, pause } from './pause.js';
import type { ProcessList } from './process-list.js';

/** What a reload needs to know of its surroundings. */
export interface ReloadSurroundings {
  readonly timeoutMs: number;
  /** Ends the waiting, not the reload: what became of it is not known then. */
  readonly signal: AbortSignal;
  /** Whether the master process is still there, as far as one can tell. */
  isAlive(): boolean;
  /** What HAProxy said elsewhere since the reload began: 2.6 answers nothing on the socket. */
  saidMeanwhile(): string;
  failedError(said: string): SignalboxError;
}

/** How long a master may answer as if it had never heard of the reload before it is told again. */
const unheardMs = 2_000;

/**
 * Makes a master load its configuration anew, and waits until a new worker answers or HAProxy has said no.
 *
 * From 2.7 the answer tells how it went. 2.6 closes at once, refuses and resets connections for a while (2 s if an address is taken), and
 * then counts the reload, and the failed ones in a row, in its list of processes.
 * @throws {@link SignalboxError} `HAPROXY_RELOAD_FAILED`; the old worker goes on.
 */
export async function reloadThroughMaster(master: MasterSocket, around: ReloadSurroundings): Promise<ServingWorker> {
  const deadline = new Deadline(around.timeoutMs);
  const before = await untilAnswer(master, around, deadline);
  const oldWorkers = new Set([...before.workers, ...before.oldWorkers].map(({ pid }) => pid));

  for (let heard = false; !heard;) {
    const reply = await master.command('reload', deadline.remainingMs, around.signal).catch(() => '');
    around.signal.throwIfAborted();
    if (reply.startsWith('Success=1')) break;
    if (reply.startsWith('Success=0')) {
      if (!/^Another reload is still in progress/m.test(reply)) throw around.failedError(reply);
      if (deadline.isOver) throw noAnswerError('reload', 'another reload does not come to its end.');
      await pause(50);
      continue;
    }
    const counted = await untilCounted(master, before.master.reloads, around, deadline);
    if (counted !== undefined && counted.master.failedReloads > 0) throw around.failedError(around.saidMeanwhile());
    heard = counted !== undefined;
  }

  const serving = await master.untilServing(
    (pid) => !oldWorkers.has(pid),
    deadline,
    (processes) => around.signal.aborted || !around.isAlive() || isFailed(processes, before),
  );
  if (serving !== undefined) return serving;
  around.signal.throwIfAborted();
  if (!around.isAlive()) throw noAnswerError('reload', 'its master process ended meanwhile.');
  if (deadline.isOver) throw noAnswerError('reload', `no new worker answered within ${String(around.timeoutMs)} ms.`);
  throw around.failedError(around.saidMeanwhile());
}

function isFailed(now: ProcessList | undefined, before: ProcessList): boolean {
  if (now === undefined || now.master.reloads === before.master.reloads) return false;
  // HAProxy 3.2 does not count them, and lists the worker that goes on among the old ones.
  return now.master.failedReloads > 0 || now.workers.length === 0;
}

async function untilAnswer(master: MasterSocket, around: ReloadSurroundings, deadline: Deadline): Promise<ProcessList> {
  for (const patience = new Deadline(Math.min(5_000, deadline.remainingMs)); !patience.isOver && around.isAlive(); await pause(20)) {
    around.signal.throwIfAborted();
    const processes = await master.processes();
    if (processes !== undefined) return processes;
  }
  throw noAnswerError('reload', `nothing answers at its master socket ${master.path}.`);
}

/** Waits until the master has counted one more reload. `undefined`: it seems not to have heard. */
async function untilCounted(
  master: MasterSocket,
  before: number,
  around: ReloadSurroundings,
  deadline: Deadline,
): Promise<ProcessList | undefined> {
  let unheard: Deadline | undefined;
  for (let waitMs = 5; ; waitMs = Math.min(50, waitMs * 1.5)) {
    around.signal.throwIfAborted();
    const processes = await master.processes();
    if (processes !== undefined && processes.master.reloads !== before) return processes;
    if (processes !== undefined) unheard ??= new Deadline(unheardMs);
    if (unheard?.isOver === true) return undefined;
    if (!around.isAlive()) throw noAnswerError('reload', 'its master process ended meanwhile.');
    if (deadline.isOver) throw noAnswerError('reload', `its master did not answer within ${String(around.timeoutMs)} ms.`);
    await pause(waitMs);
  }
}
