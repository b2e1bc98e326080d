/** What `show proc` on the master socket says. */
export interface ProcessList {
  readonly master: { readonly pid: number; readonly reloads: number; readonly failedReloads: number; readonly version: string };
  /** Under `# workers`; usually one. After a failed reload HAProxy 3.2 has none here, and the one that serves among the old ones. */
  readonly workers: readonly WorkerEntry[];
  readonly oldWorkers: readonly WorkerEntry[];
}

export interface WorkerEntry {
  readonly pid: number;
  /** How many reloads, failed ones too, it has lived through: 0 for the newest. */
  readonly reloads: number;
}

const masterLine = /^(\d+)\s+master\s+(\d+)(?:\s+\[failed: (\d+)\])?\s+\S+\s+(\S+)/;
const workerLine = /^(\d+)\s+worker\s+(\d+)\s/;

/** Reads the answer to `show proc`; `undefined` for anything else, such as the nothing that a master says while it starts. */
export function parseProcessList(text: string): ProcessList | undefined {
  let master: ProcessList['master'] | undefined;
  const workers: WorkerEntry[] = [];
  const oldWorkers: WorkerEntry[] = [];
  let section = workers;
  for (const line of text.split('\n')) {
    if (line.startsWith('# old workers')) section = oldWorkers;
    else if (line.startsWith('# workers')) section = workers;
    const asMaster = masterLine.exec(line);
    if (asMaster !== null) {
      const [, pid = '', reloads = '', failed = '0', version = ''] = asMaster;
      master = { pid: Number(pid), reloads: Number(reloads), failedReloads: Number(failed), version };
    }
    const asWorker = workerLine.exec(line);
    if (asWorker !== null) section.push({ pid: Number(asWorker[1]), reloads: Number(asWorker[2]) });
  }
  return master && { master, workers, oldWorkers };
}
