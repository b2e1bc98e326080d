import { readFile } from 'node:fs/promises';

/** What a process has used. */
export interface ProcessUsage {
  /** Of user and system, in milliseconds; Linux counts in steps of ten. */
  readonly cpuMs: number;
  /** What of its memory is in RAM, in bytes. */
  readonly rssBytes: number;
}

const clockTicksPerSecond = 100;

/** @see {@link https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html | proc_pid_stat(5)} */
export async function usageOf(pid: number): Promise<ProcessUsage> {
  const [stat, status] = await Promise.all([readFile(`/proc/${pid}/stat`, 'utf8'), readFile(`/proc/${pid}/status`, 'utf8')]);
  // The name, which may hold anything, ends with the last bracket; utime and stime are the 14th and 15th.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = Number(fields[11]) + Number(fields[12]);
  const rss = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1];
  return { cpuMs: (ticks * 1000) / clockTicksPerSecond, rssBytes: Number(rss) * 1024 };
}
