import { type Controller, SignalboxError } from '@signalbox/core';
import { CommandError } from './command-error.js';
import { endHaproxyOf } from './haproxy-of-folder.js';
import type { Log } from './logging/log.js';
import { logEvents } from './logging/log-events.js';
import { messageOf } from './logging/printable.js';
import type { StopSignals } from './stop-signals.js';

/** All is gone so long after the first signal, whatever happens. */
const goneWithinMs = 14_500;
/** What is left of that for HAProxy to be gone, once it is no longer asked. */
const lastResortMs = 12_500;

export interface ServingOptions {
  readonly log: Log;
  readonly runtimeDir: string;
  readonly stops: StopSignals;
  readonly onStop: 'stop' | 'keep';
  /** Whether a failure ends the command, where nothing was served yet. Default: only that somebody else uses our folders. */
  readonly isFatal?: (error: unknown) => boolean;
}

/**
 * Runs a controller until a signal stops it.
 * @throws {@link CommandError} if it cannot begin; the error of the controller if it is lost.
 */
export async function serve(
  controller: Controller,
  { log, runtimeDir, stops, onStop, isFatal = isSomebodyElses }: ServingOptions,
): Promise<void> {
  let refusal: Error | undefined;
  // Before the log hears of it: what ends the command is said at its end.
  controller.events.on('failed', ({ error }) => {
    if (controller.isReady || stops.signal.aborted || !isFatal(error)) return;
    refusal = new CommandError(messageOf(error), { cause: error });
    stops.stop(refusal);
  });
  logEvents(controller, log, stops.signal);
  const timers: NodeJS.Timeout[] = [];
  const hurry = (signal: 'SIGTERM' | 'SIGKILL'): void => {
    if (onStop === 'stop') endHaproxyOf(runtimeDir, signal);
  };
  stops.onHurry(() => {
    log.warn('Asked again: requests in flight are cut.');
    hurry('SIGTERM');
  });
  stops.signal.addEventListener('abort', () => {
    if (refusal === undefined)
      log.info(
        `${String(stops.signal.reason)}: stopping. ${onStop === 'stop' ? 'Requests in flight finish; a second signal cuts them.' : 'HAProxy is left serving.'}`,
      );
    timers.push(setTimeout(() => hurry('SIGKILL'), lastResortMs));
    timers.push(
      setTimeout(() => {
        log.error('Not all has stopped in time.');
        process.exit(1);
      }, goneWithinMs),
    );
  });
  try {
    await controller.run(stops.signal);
  } catch (error) {
    // Where it was stopped before it had begun, the wish itself comes back.
    if (error !== stops.signal.reason) throw error;
  } finally {
    for (const timer of timers) clearTimeout(timer);
  }
  if (refusal !== undefined) throw refusal;
}

/** Somebody else writes to our folders, or runs a HAProxy there: trying again would be no better. */
function isSomebodyElses(error: unknown): boolean {
  return SignalboxError.is(error) && typeof error.details['pid'] === 'number';
}

/**
 * A bug must not take down what is served: HAProxy goes on, and the next start adopts it.
 * @param instead - What is done in place of that.
 */
export function onCrash(log: Log, instead?: () => void): void {
  process.on('uncaughtException', (error: unknown) => {
    const then = instead === undefined ? ' HAProxy goes on with what it has; start again to go on.' : '';
    log.error(`This is a bug of Signalbox or of a plugin: ${messageOf(error)}.${then}`);
    if (error instanceof Error) log.debug(error.stack ?? '');
    instead?.();
    process.exit(1);
  });
}
