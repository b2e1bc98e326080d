import { readFileSync } from 'node:fs';

/** A process, such that another one which gets its pid later is not taken for it. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks from boot to the start of the process; absent where there is no `/proc`. */
  readonly startTime?: string;
}

/** The process that has this pid now, or `undefined` if none does or it is only a zombie. */
export function identify(pid: number): ProcessIdentity | undefined {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return undefined;
  }
  try {
    const stat = readFileSync('/proc/' + String(pid) + '/stat', 'latin1');
    // The second field is the name in parentheses and may hold blanks; the third is the state, the 22nd the start time.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [state] = fields;
    const startTime = fields[19];
    if (state === 'Z' || state === 'X') return undefined;
    return startTime === undefined ? { pid } : { pid, startTime };
  } catch {
    // Gone between the two looks, or a system without /proc.
    return process.platform === 'linux' ? undefined : { pid };
  }
}

/** Whether the very process still lives. */
export function isAlive(known: ProcessIdentity): boolean {
  const now = identify(known.pid);
  return now !== undefined && now.startTime === known.startTime;
}

/** Sends a signal to the process, if it is still the same one. */
export function signalProcess(known: ProcessIdentity, signal: NodeJS.Signals): void {
  if (!isAlive(known)) return;
  try {
    process.kill(known.pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** The arguments that the process was started with; empty where they cannot be read. */
export function commandLine({ pid }: ProcessIdentity): readonly string[] {
  try {
    return readFileSync('/proc/' + String(pid) + '/cmdline', 'utf8')
      .split('\0')
      .slice(0, -1);
  } catch {
    return [];
  }
}
