import { signalboxError } from '@signalbox/core';
import type { LiveSink, LiveStep, Observation, ObservationScope, Sent, StepOutcome } from '@signalbox/core';
import { KeptConnection } from './kept-connection.js';
import { observe } from './observe.js';
import { defaultTimeoutMs, silent } from './options.js';
import type { RuntimeApiLogger, RuntimeApiOptions } from './options.js';
import { runSteps } from './run-steps.js';
import { unreachable, workerReplaced } from './unreachable.js';

/**
 * Changes a running HAProxy through its admin socket. Each call asks first who is there: a connection that is open since before a reload
 * still answers, from a worker that is going away.
 * @see {@link https://docs.haproxy.org/3.2/management.html#9.3 | HAProxy: Unix socket commands}
 * @public
 */
export class RuntimeApiSink implements LiveSink {
  readonly name = 'runtime-api';
  readonly #socket: string;
  readonly #connection: KeptConnection;
  readonly #logger: RuntimeApiLogger;
  readonly #closing = new AbortController();

  constructor({ socket, timeoutMs = defaultTimeoutMs, logger = silent }: RuntimeApiOptions) {
    this.#socket = socket;
    this.#connection = new KeptConnection(socket, timeoutMs);
    this.#logger = logger;
  }

  async worker(signal: AbortSignal): Promise<number> {
    return this.#connection.lend(this.#untilClosed(signal), undefined, async (_connection, { pid }) => pid);
  }

  async send(steps: readonly LiveStep[], worker: number, signal: AbortSignal): Promise<Sent> {
    return this.#connection.lend(this.#untilClosed(signal), worker, async (connection, found) => {
      if (found.pid !== worker) throw workerReplaced(worker, found.pid);
      const before = { commands: connection.commands, bytes: connection.bytes };
      const startedAt = performance.now();
      const outcomes = await runSteps(steps, connection, found);
      const commands = connection.commands - before.commands;
      const bytes = connection.bytes - before.bytes;
      if (connection.lost !== undefined && commands === 0) throw this.#ended(connection.lost, signal);
      this.#logger.debug(sentMessage(outcomes, commands, bytes, performance.now() - startedAt));
      return { outcomes, commands, bytes };
    });
  }

  async observe(scope: ObservationScope, signal: AbortSignal): Promise<Observation> {
    return this.#connection.lend(this.#untilClosed(signal), undefined, async (connection, { pid }) => {
      const observation = await observe(scope, pid, connection);
      if (connection.lost !== undefined) throw this.#ended(connection.lost, signal);
      return observation;
    });
  }

  rest(): void {
    this.#connection.close();
  }

  async close(): Promise<void> {
    this.#closing.abort(signalboxError('CONTROLLER_STATE', 'The sink of the Runtime API is closed.'));
    this.#connection.close();
  }

  #untilClosed(signal: AbortSignal): AbortSignal {
    return AbortSignal.any([signal, this.#closing.signal]);
  }

  /** Why nothing came of a call: the caller's own reason comes first. */
  #ended(cause: Error, signal: AbortSignal): unknown {
    const aborted = [signal, this.#closing.signal].find((each) => each.aborted);
    return aborted === undefined ? unreachable(this.#socket, cause) : aborted.reason;
  }
}

/** Changes a running HAProxy, and reads back what it has. @public */
export function runtimeApi(options: RuntimeApiOptions): RuntimeApiSink {
  return new RuntimeApiSink(options);
}

function sentMessage(outcomes: readonly StepOutcome[], commands: number, bytes: number, durationMs: number): string {
  const counts = [...Map.groupBy(outcomes, ({ status }) => status)].map(([status, those]) => [status, those.length].join(': '));
  const all = ['steps', outcomes.length, 'commands', commands, 'bytes', bytes, 'ms', Math.round(durationMs)];
  return [all.join(' '), ...counts].join(', ');
}
