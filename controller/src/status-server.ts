import { createServer } from 'node:http';
import type { Server, ServerResponse } from 'node:http';
import { CommandError } from './command-error.js';
import { messageOf } from './logging/printable.js';
import { takenPortMessage } from './port-owner.js';

/** A page of text as of now. */
export interface TextPage {
  readonly contentType: string;
  text(): Promise<string>;
}

export interface StatusServerOptions {
  /** Why we are not ready; `undefined` once we are. */
  readonly unready: () => string | undefined;
  /** Why nothing gets on, so that we had better be started anew; `undefined` while all is well. */
  readonly stuck: () => string | undefined;
  readonly metrics: TextPage;
}

/** Answers what a cluster asks us: `/healthz` as long as we get on, `/readyz` while we are ready, and `/metrics`. */
export class StatusServer {
  readonly #server: Server;

  constructor({ unready, stuck, metrics }: StatusServerOptions) {
    this.#server = createServer((request, response) => {
      switch (request.url?.split('?')[0]) {
        case '/healthz':
        // As HAProxy's own controller spells it.
        case '/healtz':
          answerProbe(response, stuck());
          return;
        case '/readyz':
          answerProbe(response, unready());
          return;
        case '/metrics':
          metrics.text().then(
            (text) => answer(response, 200, text, metrics.contentType),
            (error: unknown) => answer(response, 500, `${messageOf(error)}\n`),
          );
          return;
        default:
          answer(response, 404, 'not found\n');
      }
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

function answerProbe(response: ServerResponse, why: string | undefined): void {
  if (why === undefined) answer(response, 200, 'ok\n');
  else answer(response, 503, `${why}\n`);
}

function answer(response: ServerResponse, status: number, text: string, contentType: string = 'text/plain'): void {
  response.writeHead(status, { 'content-type': contentType, connection: 'close' });
  response.end(text);
}
