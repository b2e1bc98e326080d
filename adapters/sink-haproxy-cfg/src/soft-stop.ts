import type { MasterSocket } from './master-socket.js';
import { Deadline, pause } from './pause.js';
import type { ProcessIdentity } from './process-identity.js';
import { identify, isAlive, signalProcess } from './process-identity.js';

/** How long idle clients have to send one more request, which is answered with `connection: close`, when nothing else is under way. */
const idleGraceMs = 250;
const pollMs = 50;

/**
 * Stops HAProxy: it stops listening at once and finishes what is under way. It would also wait for connections on which nothing happens,
 * up to its keep-alive timeout; those are cut as soon as only they are left. At the deadline all are cut.
 * When this ends, the master and its workers are gone.
 */
export async function softStop(master: MasterSocket, process: ProcessIdentity, deadlineMs: number): Promise<void> {
  // Cutting takes time too, which comes from the same account.
  const reserveMs = Math.max(0, Math.min(1_000, deadlineMs / 4));
  const deadline = new Deadline(deadlineMs - reserveMs);
  const grace = new Deadline(idleGraceMs);
  const workers = new Map<number, ProcessIdentity>();
  const gone = (): boolean => !isAlive(process) && [...workers.values()].every((worker) => !isAlive(worker));

  await note(master, workers);
  if (!deadline.isOver) signalProcess(process, 'SIGUSR1');
  for (let idleLooks = 0; !deadline.isOver && !gone() && idleLooks < 2; await pause(pollMs)) {
    await note(master, workers);
    const states = await Promise.all([...workers.keys()].map(async (pid) => master.isBusy(pid)));
    const serving = await master.servingWorker();
    // A HAProxy that was just loading has missed the signal.
    if (serving?.stopping === false) signalProcess(process, 'SIGUSR1');
    const idle = grace.isOver && serving?.stopping !== false && states.every((busy) => busy !== true);
    idleLooks = idle ? idleLooks + 1 : 0;
  }
  const all = [process, ...workers.values()];
  for (const one of all) signalProcess(one, 'SIGTERM');
  for (const term = new Deadline(reserveMs / 2); !term.isOver && !gone();) await pause(10);
  for (const one of all) signalProcess(one, 'SIGKILL');
  for (const kill = new Deadline(Math.max(200, reserveMs / 2)); !kill.isOver && !gone();) await pause(10);
}

async function note(master: MasterSocket, workers: Map<number, ProcessIdentity>): Promise<void> {
  const processes = await master.processes();
  for (const { pid } of [...(processes?.workers ?? []), ...(processes?.oldWorkers ?? [])]) {
    const worker = identify(pid);
    if (worker !== undefined) workers.set(pid, worker);
  }
}
