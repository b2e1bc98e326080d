import { isRefusal } from '@signalbox/core';
import type { LiveStep, StepOutcome } from '@signalbox/core';
import type { AdminConnection, WorkerFacts } from './admin-connection.js';
import { putCertificate, removeCertificate, replaceAuthorities } from './certificate-procedures.js';
import type { Command } from './command.js';
import { CrtLists } from './crt-lists.js';
import { addName, removeName } from './name-procedures.js';
import type { Procedure } from './procedure.js';
import { addRow, deleteRow, replaceList, replaceMap, setRow } from './row-procedures.js';
import { addServer, removeServer, setServer } from './server-procedures.js';
import { stepGroups } from './step-groups.js';
import { refused, unknown } from './words.js';

/** A step that is under way. */
interface Run {
  /** Its place among all steps. */
  readonly index: number;
  readonly procedure: Procedure;
  /** What it wants to say now. */
  commands: readonly Command[];
}

/** Does steps over one connection, as many at a time as can be. Those that the end of the connection leaves open are `unknown`. */
export async function runSteps(
  steps: readonly LiveStep[],
  connection: AdminConnection,
  worker: WorkerFacts,
): Promise<readonly StepOutcome[]> {
  const outcomes = new Array<StepOutcome>(steps.length).fill(unknown);
  const lists = new CrtLists();
  let from = 0;
  for (const group of stepGroups(steps)) {
    await readLists(group, lists, connection);
    if (connection.lost !== undefined) break;
    let runs = group.map((step, at): Run => ({ index: from + at, procedure: start(step, lists, worker), commands: [] }));
    runs = runs.filter((run) => goOn(run, [], outcomes));
    while (runs.length > 0) runs = await goRound(runs, connection, outcomes);
    from += group.length;
  }
  return outcomes;
}

/** Sends what all runs want to say, and tells each what HAProxy said to that. Returns those that are not done. */
async function goRound(runs: readonly Run[], connection: AdminConnection, outcomes: StepOutcome[]): Promise<Run[]> {
  const replies = await connection.exchange(runs.flatMap((run) => run.commands));
  const left: Run[] = [];
  let from = 0;
  for (const run of runs) {
    const to = from + run.commands.length;
    if (to > replies.length) break;
    if (goOn(run, replies.slice(from, to), outcomes)) left.push(run);
    from = to;
  }
  return connection.lost === undefined ? left : [];
}

/** Whether there is more to say. */
function goOn(run: Run, replies: readonly string[], outcomes: StepOutcome[]): boolean {
  try {
    const next = run.procedure.next(replies);
    if (next.done !== true) {
      run.commands = next.value;
      return true;
    }
    outcomes[run.index] = next.value;
  } catch (error) {
    if (!isRefusal(error)) throw error;
    outcomes[run.index] = refused(withoutValue(error.message));
  }
  return false;
}

/** The emitter ends with what it found, which may be a secret. */
function withoutValue(message: string): string {
  return message.replace(/ Found .*$/s, '');
}

/** What adding and removing names has to know before. */
async function readLists(group: readonly LiveStep[], lists: CrtLists, connection: AdminConnection): Promise<void> {
  for (const step of group) {
    if (step.do !== 'add name' && step.do !== 'remove name') return;
    const toRead = lists.toRead(step);
    if (toRead !== undefined) await connection.exchange([toRead]);
  }
}

function start(step: LiveStep, lists: CrtLists, worker: WorkerFacts): Procedure {
  switch (step.do) {
    case 'add server':
      return addServer(step);
    case 'remove server':
      return removeServer(step);
    case 'ready server':
    case 'set weight':
    case 'set maxconn':
    case 'set address':
      return setServer(step);
    case 'add row':
      return addRow(step);
    case 'set row':
      return setRow(step);
    case 'delete row':
      return deleteRow(step);
    case 'replace map':
      return replaceMap(step);
    case 'replace list':
      return replaceList(step);
    case 'put certificate':
      return putCertificate(step);
    case 'remove certificate':
      return removeCertificate(step);
    case 'replace authorities':
      return replaceAuthorities(step, worker);
    case 'add name':
      return addName(step, lists);
    case 'remove name':
      return removeName(step, lists);
  }
}
