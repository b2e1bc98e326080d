import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { CommandError } from './command-error.js';
import { messageOf } from './logging/printable.js';
import { takenPortMessage } from './port-owner.js';

/** Answers probes: `/healthz` as long as we live, `/readyz` while `isReady` says so. */
export class HealthServer {
  readonly #server: Server;

  constructor(isReady: () => boolean) {
    this.#server = createServer((request, response) => {
      const path = request.url?.split('?')[0];
      // The second spelling is that of HAProxy's own controller.
      const isHealth = path === '/healthz' || path === '/healtz';
      const isKnown = isHealth || path === '/readyz';
      const isGood = isHealth || (isKnown && isReady());
      response.writeHead(isGood ? 200 : isKnown ? 503 : 404, { 'content-type': 'text/plain', connection: 'close' });
      response.end(isGood ? 'ok\n' : isKnown ? 'not ready\n' : 'not found\n');
    });
    this.#server.requestTimeout = 5_000;
  }

  async listen(port: number): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, resolve);
    }).catch(async (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE')
        throw new CommandError(await takenPortMessage('--controller-port (0 for none)', port), { cause: error });
      throw new CommandError(`Port ${String(port)} (--controller-port) cannot be used: ${messageOf(error)}.`, { cause: error });
    });
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}
