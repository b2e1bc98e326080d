import { signalboxError } from '@signalbox/core';
import type { SignalboxError } from '@signalbox/core';

/** `HAPROXY_UNREACHABLE`. */
export function unreachable(socket: string, cause: Error): SignalboxError {
  return signalboxError(
    'HAPROXY_UNREACHABLE',
    `Expected HAProxy at its admin socket ${socket}, found: ${cause.message} See whether it runs, and has "stats socket" with level admin.`,
    { details: { socket }, cause },
  );
}

/** `WORKER_REPLACED`. */
export function workerReplaced(expected: number, found: number): SignalboxError {
  return signalboxError(
    'WORKER_REPLACED',
    `Expected worker ${expected} of HAProxy, found ${found}. Read back what it has, and plan anew.`,
    {
      details: { expected, found },
    },
  );
}
