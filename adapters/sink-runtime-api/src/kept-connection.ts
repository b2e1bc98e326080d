import { AdminConnection } from './admin-connection.js';
import type { WorkerFacts } from './admin-connection.js';
import { unreachable } from './unreachable.js';

/** A change often follows another one. HAProxy takes ten connections by default, and others want some of them. */
const keptMs = 250;

/**
 * Lends a connection to one call after another, since to make one costs more than most calls. It is asked each time who is there: a
 * connection that outlives a reload leads to a worker that is going away. Who does not know whom to expect gets a new one.
 */
export class KeptConnection {
  readonly #socket: string;
  readonly #timeoutMs: number;
  #free: AdminConnection | undefined;
  #end: NodeJS.Timeout | undefined;

  constructor(socket: string, timeoutMs: number) {
    this.#socket = socket;
    this.#timeoutMs = timeoutMs;
  }

  /**
   * @param expected - The pid of the worker that is to be there, if that is known.
   * @throws {@link SignalboxError} `HAPROXY_UNREACHABLE`; the reason of the signal where that ended it.
   */
  async lend<T>(
    signal: AbortSignal,
    expected: number | undefined,
    task: (connection: AdminConnection, worker: WorkerFacts) => Promise<T>,
  ): Promise<T> {
    signal.throwIfAborted();
    const kept = this.#take();
    if (kept !== undefined && expected === undefined) kept.close();
    else if (kept !== undefined) {
      const isExpected = ({ pid, isStopping }: WorkerFacts): boolean => pid === expected && !isStopping;
      const result = await this.#lend(kept, signal, async (worker) => (isExpected(worker) ? { is: await task(kept, worker) } : undefined));
      if (result !== undefined) return result.is;
      signal.throwIfAborted();
    }
    const fresh = new AdminConnection(this.#socket);
    const result = await this.#lend(fresh, signal, async (worker) => ({ is: await task(fresh, worker) }));
    if (result !== undefined) return result.is;
    signal.throwIfAborted();
    throw unreachable(this.#socket, fresh.lost ?? new Error('something that does not say its Pid.'));
  }

  /** Ends the one that nobody uses. */
  close(): void {
    this.#take()?.close();
  }

  /** `undefined` where the task is not for whoever is there. */
  async #lend<T>(
    connection: AdminConnection,
    signal: AbortSignal,
    task: (worker: WorkerFacts) => Promise<T | undefined>,
  ): Promise<T | undefined> {
    let isGood = false;
    try {
      const result = await connection.during(signal, this.#timeoutMs, async () => {
        const worker = await connection.worker();
        return worker && (await task(worker));
      });
      isGood = result !== undefined && !signal.aborted;
      return result;
    } finally {
      if (isGood) this.#keep(connection);
      else connection.close();
    }
  }

  #take(): AdminConnection | undefined {
    clearTimeout(this.#end);
    const connection = this.#free;
    this.#free = undefined;
    return connection?.lost === undefined ? connection : undefined;
  }

  #keep(connection: AdminConnection): void {
    this.close();
    this.#free = connection;
    this.#end = setTimeout(() => this.close(), keptMs).unref();
  }
}
