import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { createConnection, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { adminSocket, type Place } from '../running.js';

/** What becomes of what goes over a {@link FaultySocket}, by direction. */
export interface Fault {
  /** Each piece waits so long, in milliseconds. */
  readonly delayMs?: number;
  /** The connection ends after so many bytes. */
  readonly cutAfter?: { readonly commands?: number; readonly replies?: number };
  /** The connection ends where this is about to pass, and it does not. */
  readonly cutAt?: RegExp;
  /** Replies do not arrive. */
  readonly isMute?: boolean;
}

/** Stands between a controller and the admin socket of HAProxy, and does harm as a test wants it. */
export class FaultySocket implements AsyncDisposable {
  readonly path: string;
  /** Asked for each new connection. Without a fault all passes. */
  fault: () => Fault = () => ({});
  /** Connections so far. */
  connections = 0;
  readonly #to: string;
  readonly #open = new Set<Socket>();
  #server: Server | undefined;

  private constructor(path: string, to: string) {
    this.path = path;
    this.#to = to;
  }

  /** In front of the admin socket of a place. */
  static async of({ folder }: Place): Promise<FaultySocket> {
    const socket = new FaultySocket(join(folder, 'faulty.sock'), adminSocket(folder));
    await socket.listen();
    return socket;
  }

  /** Accepts connections, again after {@link FaultySocket.refuse}. */
  async listen(): Promise<void> {
    await rm(this.path, { force: true });
    this.#server = createServer((client) => this.#join(client)).listen(this.path);
    await once(this.#server, 'listening');
  }

  /** Nobody listens any more; connections end. */
  refuse(): void {
    this.#server?.close();
    this.#server = undefined;
    for (const socket of this.#open) socket.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.refuse();
    await rm(this.path, { force: true });
  }

  #join(client: Socket): void {
    this.connections += 1;
    const { delayMs = 0, cutAfter = {}, cutAt, isMute = false } = this.fault();
    const server = createConnection(this.#to);
    const end = (): void => {
      client.destroy();
      server.destroy();
      this.#open.delete(client);
    };
    this.#open.add(client);
    for (const socket of [client, server]) socket.once('error', end).once('close', end);
    void pass(client, server, { delayMs, most: cutAfter.commands, cutAt }).then(end, end);
    void pass(server, client, { delayMs, most: cutAfter.replies, isMute }).then(end, end);
  }
}

async function pass(
  from: Socket,
  to: Socket,
  {
    delayMs,
    most = Number.POSITIVE_INFINITY,
    cutAt,
    isMute = false,
  }: { readonly delayMs: number; readonly most?: number | undefined; readonly cutAt?: RegExp | undefined; readonly isMute?: boolean },
): Promise<void> {
  let left = most;
  for await (const piece of from as AsyncIterable<Buffer>) {
    if (delayMs > 0) await sleep(delayMs);
    if (cutAt?.test(piece.toString('latin1')) === true) return;
    const passed = piece.subarray(0, left);
    left -= passed.length;
    if (!isMute && passed.length > 0) await new Promise((resolve) => to.write(passed, resolve));
    if (left === 0) return;
  }
}
