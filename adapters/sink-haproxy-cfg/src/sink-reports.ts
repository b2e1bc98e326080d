import type { SinkReport } from '@signalbox/core';
import type { SinkLogger } from './options.js';

/** Tells the log and whoever listens what happens to HAProxy. */
export class SinkReports {
  readonly #logger: SinkLogger;
  #oldWorkers = 0;
  readonly #listeners = new Set<(report: SinkReport) => void>();

  constructor(logger: SinkLogger) {
    this.#logger = logger;
  }

  listen(listener: (report: SinkReport) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  reportMessage(kind: SinkReport['kind'], message: string): void {
    this.#logger[kind === 'died' || kind === 'failed' ? 'warn' : 'info'](message);
    for (const listener of this.#listeners) listener({ kind, message });
  }

  /** Told only where the number differs from the one before. */
  workersMessage(oldWorkers: number): void {
    if (oldWorkers === this.#oldWorkers) return;
    this.#oldWorkers = oldWorkers;
    const message = 'Old workers that finish what they had begun: ' + String(oldWorkers) + '.';
    this.#logger.debug(message);
    for (const listener of this.#listeners) listener({ kind: 'workers', message, oldWorkers });
  }

  /** For the log only. */
  warningMessage(message: string): void {
    this.#logger.warn(message);
  }

  /** For the log only: what HAProxy's check warns of, already cleaned. */
  checkMessage(message: string): void {
    this.#logger.debug(message);
  }

  end(): void {
    this.#listeners.clear();
  }
}
