/** Where the sink says what it does: console and pino fit. Never told a value that a step holds. @public */
export interface RuntimeApiLogger {
  debug(message: string): void;
}

/** @public */
export interface RuntimeApiOptions {
  /**
   * HAProxy's admin socket (`stats socket … level admin`): the path of a Unix socket, or `HOST:PORT`, with an IPv6 address in brackets.
   * A name with a slash is a path.
   */
  readonly socket: string;
  /** How long HAProxy may say nothing while a reply is due. Default 5,000. */
  readonly timeoutMs?: number;
  /** Default: nothing is logged. */
  readonly logger?: RuntimeApiLogger;
}

export const silent: RuntimeApiLogger = { debug: () => undefined };

export const defaultTimeoutMs = 5_000;
