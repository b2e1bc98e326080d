/** Where the reporter says how it gets on with the API server: console and pino fit. @public */
export interface ReporterLogger {
  /** Leadership that comes and goes, and troubles that are over. */
  info(message: string): void;
  /** What does not work; each trouble once. */
  warn(message: string): void;
}

export const silent: ReporterLogger = { info: () => undefined, warn: () => undefined };

/** Tells of what does not work once, and once more when it works again. */
export class Troubles {
  readonly #logger: ReporterLogger;
  readonly #told = new Map<string, string>();

  constructor(logger: ReporterLogger) {
    this.#logger = logger;
  }

  /** @param what - Part of a sentence: `The Lease default/signalbox cannot be written`. */
  tell(what: string, why: string): void {
    if (this.#told.get(what) === why) return;
    this.#told.set(what, why);
    this.#logger.warn(`${what}: ${why}`);
  }

  settle(what: string): void {
    if (this.#told.delete(what)) this.#logger.info(`Settled: ${what}`);
  }
}
