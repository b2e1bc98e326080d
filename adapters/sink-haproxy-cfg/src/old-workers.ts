import { readFileSync } from 'node:fs';
import { totalmem } from 'node:os';
import { isAlive, signalProcess } from './process-identity.js';
import type { ProcessIdentity } from './process-identity.js';

/** What old workers may cost. */
export interface OldWorkerLimits {
  readonly most: number;
  readonly memoryBytes: number;
}

/** So many are few, whatever their size: a reload has to be possible. */
const always = 2;
const pageBytes = 4096;

/** Thirty-two of them, in a quarter of the memory that there is. */
const defaultOldWorkerLimits: OldWorkerLimits = { most: 32, memoryBytes: memoryThatThereIs() / 4 };

/**
 * The workers that finish what they had begun before a reload. One with a long connection can live for half an hour: if they are too many
 * or too large, the oldest are ended with what they still have.
 */
export class OldWorkers {
  readonly #limits: OldWorkerLimits;
  /** The oldest first. */
  #workers: readonly ProcessIdentity[] = [];

  constructor(limits: OldWorkerLimits = defaultOldWorkerLimits) {
    this.#limits = limits;
  }

  /** After a reload. @param workers - The oldest first. */
  became(workers: readonly ProcessIdentity[]): void {
    this.#workers = workers;
  }

  /** Looks who is left, and ends those that are too much. */
  tend(): { readonly left: number; readonly ended: readonly ProcessIdentity[] } {
    const left = this.#workers.filter(isAlive);
    const kept = keptOf(left.map(memoryOf), this.#limits);
    const ended = left.slice(0, left.length - kept);
    for (const worker of ended) signalProcess(worker, 'SIGTERM');
    this.#workers = left.slice(ended.length);
    return { left: this.#workers.length, ended };
  }
}

/** How many of the youngest may stay. @param bytes - Of each, the oldest first. */
export function keptOf(bytes: readonly number[], { most, memoryBytes }: OldWorkerLimits): number {
  let [kept, sum] = [0, 0];
  for (const each of bytes.toReversed()) {
    sum += each;
    if (kept >= most || (kept >= always && sum > memoryBytes)) break;
    kept += 1;
  }
  return kept;
}

/** Resident memory; 0 where it cannot be told. */
function memoryOf({ pid }: ProcessIdentity): number {
  try {
    const [, resident = '0'] = readFileSync('/proc/' + String(pid) + '/statm', 'latin1').split(' ');
    return Number(resident) * pageBytes;
  } catch {
    return 0;
  }
}

/** Of the container, where that has a limit. */
function memoryThatThereIs(): number {
  const constrained = process.constrainedMemory();
  return constrained > 0 && constrained < totalmem() ? constrained : totalmem();
}
