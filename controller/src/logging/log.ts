import { type DestinationStream, pino } from 'pino';
import { PinoPretty } from 'pino-pretty';
import { printable } from './printable.js';

/** From the most talkative to the most silent. */
export const logLevels = ['trace', 'debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof logLevels)[number];

export type LogFormat = 'text' | 'json';

/** Facts for machines; only the JSON form shows them. */
export type Facts = Readonly<Record<string, unknown>>;

/** One line for each call, whatever the message holds. */
export interface Log {
  level: LogLevel;
  trace(message: string, facts?: Facts): void;
  debug(message: string, facts?: Facts): void;
  info(message: string, facts?: Facts): void;
  warn(message: string, facts?: Facts): void;
  error(message: string, facts?: Facts): void;
}

/**
 * Text goes to stderr, in colours where that is a terminal; JSON goes to stdout. Each line is written before the call returns: no thread
 * and no buffer outlives us.
 */
export function createLog({ level, format }: { readonly level: LogLevel; readonly format: LogFormat }): Log {
  const stream = format === 'json' ? pino.destination({ dest: 1, sync: true }) : textStream();
  // Whoever read our words may go away; that is no reason to stop serving.
  (stream as DestinationStream & NodeJS.EventEmitter).on('error', () => undefined);
  const logger = pino(
    { level, base: null, timestamp: pino.stdTimeFunctions.isoTime, formatters: { level: (label) => ({ level: label }) } },
    stream,
  );
  const at =
    (name: LogLevel) =>
    (message: string, facts: Facts = {}): void => {
      logger[name](facts, printable(message));
    };
  return {
    get level(): LogLevel {
      return logger.level as LogLevel;
    },
    set level(wanted: LogLevel) {
      logger.level = wanted;
    },
    trace: at('trace'),
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
  };
}

function textStream(): DestinationStream {
  return PinoPretty({
    destination: 2,
    sync: true,
    colorize: process.stderr.isTTY && !process.env['NO_COLOR'],
    translateTime: 'SYS:HH:MM:ss.l',
    hideObject: true,
  });
}
