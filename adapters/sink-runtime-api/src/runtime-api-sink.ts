import { signalboxError } from '@signalbox/core';
import type { LiveSink, LiveStep, Observation, ObservationScope, Sent, StepOutcome } from '@signalbox/core';
import { AdminConnection } from './admin-connection.js';
import type { WorkerFacts } from './admin-connection.js';
import { observe } from './observe.js';
import { defaultTimeoutMs, silent } from './options.js';
import type { RuntimeApiLogger, RuntimeApiOptions } from './options.js';
import { runSteps } from './run-steps.js';
import { unreachable, workerReplaced } from './unreachable.js';

/**
 * Changes a running HAProxy through its admin socket. Each call has a connection of its own: one that is kept over a reload still answers,
 * from a worker that is going away.
 * @see {@link https://docs.haproxy.org/3.2/management.html#9.3 | HAProxy: Unix socket commands}
 * @public
 */
export class RuntimeApiSink implements LiveSink {
  readonly name = 'runtime-api';
  readonly #socket: string;
  readonly #timeoutMs: number;
  readonly #logger: RuntimeApiLogger;
  readonly #closing = new AbortController();

  constructor({ socket, timeoutMs = defaultTimeoutMs, logger = silent }: RuntimeApiOptions) {
    this.#socket = socket;
    this.#timeoutMs = timeoutMs;
    this.#logger = logger;
  }

  async worker(signal: AbortSignal): Promise<number> {
    return this.#connected(signal, async (_connection, worker) => worker.pid);
  }

  async send(steps: readonly LiveStep[], worker: number, signal: AbortSignal): Promise<Sent> {
    return this.#connected(signal, async (connection, found) => {
      if (found.pid !== worker) throw workerReplaced(worker, found.pid);
      const before = connection.commands;
      const startedAt = performance.now();
      const outcomes = await runSteps(steps, connection, found);
      if (connection.lost !== undefined && connection.commands === before) throw this.#ended(connection.lost, signal);
      const { commands, bytes } = connection;
      this.#logger.debug(sentMessage(outcomes, commands, bytes, performance.now() - startedAt));
      return { outcomes, commands, bytes };
    });
  }

  async observe(scope: ObservationScope, signal: AbortSignal): Promise<Observation> {
    return this.#connected(signal, async (connection, { pid }) => {
      const observation = await observe(scope, pid, connection);
      if (connection.lost !== undefined) throw this.#ended(connection.lost, signal);
      return observation;
    });
  }

  async close(): Promise<void> {
    this.#closing.abort(signalboxError('CONTROLLER_STATE', 'The sink of the Runtime API is closed.'));
  }

  async #connected<T>(signal: AbortSignal, task: (connection: AdminConnection, worker: WorkerFacts) => Promise<T>): Promise<T> {
    const { connection, worker } = await AdminConnection.open(
      this.#socket,
      this.#timeoutMs,
      AbortSignal.any([signal, this.#closing.signal]),
    );
    try {
      return await task(connection, worker);
    } finally {
      connection.close();
    }
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
