import type { SinkLogger } from '@signalbox/sink-haproxy-cfg';
import type { Log } from './log.js';
import { Repeats } from './repeats.js';

/** Passes on what a sink says of HAProxy; what it says again and again is cut short. */
export function sinkLogger(log: Log): SinkLogger {
  const warnings = new Repeats();
  const passOn = (level: 'warn' | 'error', message: string): void => {
    const said = warnings.pass(message);
    if (said === undefined) log.debug(message);
    else log[level](said);
  };
  return {
    debug: (message) => log.debug(message),
    info: (message) => log.info(message),
    warn: (message) => passOn('warn', message),
    error: (message) => passOn('error', message),
  };
}
