import type { DiagnosticChange } from './diagnostic-book.js';
import type { Reporter, ServingChange } from './reporter.js';

/** All reporters as one. */
export class Reporters {
  readonly #reporters: readonly Reporter[];
  readonly #onFailure: (reporter: string, error: unknown) => void;

  /** @param onFailure - Told of a reporter that ends before its time; all others go on. */
  constructor(reporters: readonly Reporter[], onFailure: (reporter: string, error: unknown) => void) {
    this.#reporters = reporters;
    this.#onFailure = onFailure;
  }

  /** Resolves when all have ended. */
  async run(signal: AbortSignal): Promise<void> {
    await Promise.all(this.#reporters.map((reporter) => this.#run(reporter, signal)));
  }

  async #run(reporter: Reporter, signal: AbortSignal): Promise<void> {
    await reporter.run?.(signal).catch((error: unknown) => {
      if (!signal.aborted) this.#onFailure(reporter.name, error);
    });
  }

  report(change: DiagnosticChange): void {
    for (const reporter of this.#reporters) reporter.report(change);
  }

  serving(change: ServingChange): void {
    for (const reporter of this.#reporters) reporter.serving?.(change);
  }
}
