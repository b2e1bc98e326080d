import { Agent, request as httpsRequest } from 'node:https';

/** A request to an API server. @public */
export interface KubeRequest {
  /** Default `GET`. */
  readonly method?: string;
  /** Path and query: `/api/v1/namespaces?limit=10`. */
  readonly path: string;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Default `application/json`. */
  readonly contentType?: string;
}

/** What an API server answers. @public */
export interface KubeAnswer {
  readonly status: number;
  /** What its JSON says; the text where it is none. */
  readonly body: unknown;
}

/** Sends requests to one API server as one user, over few connections that are kept. */
export class KubeConnection {
  readonly #server: string;
  readonly #token: string;
  readonly #agent: Agent;

  constructor({ server, ca, token }: { readonly server: string; readonly ca: string; readonly token: string }) {
    this.#server = server;
    this.#token = token;
    this.#agent = new Agent({ ca, keepAlive: true, maxSockets: 16 });
  }

  /** @throws Error where the API server cannot be reached. */
  async send(request: KubeRequest): Promise<KubeAnswer> {
    try {
      return await this.#sendOnce(request);
    } catch (error) {
      // The API server has been started anew since the connection was made.
      if (error instanceof StaleConnection) return this.#sendOnce(request);
      throw error;
    }
  }

  close(): void {
    this.#agent.destroy();
  }

  #sendOnce({ method = 'GET', path, body, contentType = 'application/json' }: KubeRequest): Promise<KubeAnswer> {
    return new Promise((resolve, reject) => {
      const text = body === undefined ? undefined : JSON.stringify(body);
      const headers = {
        accept: 'application/json',
        authorization: ['Bearer', this.#token].join(' '),
        ...(text !== undefined && { 'content-type': contentType, 'content-length': Buffer.byteLength(text) }),
      };
      const request = httpsRequest(new URL(path, this.#server), { method, headers, agent: this.#agent }, (response) => {
        let answer = '';
        response.setEncoding('utf8').on('data', (chunk: string) => (answer += chunk));
        response.once('error', reject);
        response.once('end', () => {
          resolve({ status: response.statusCode ?? 0, body: parsed(answer) });
        });
      });
      request.once('error', (cause: NodeJS.ErrnoException) => {
        const stale = request.reusedSocket && (cause.code === 'ECONNRESET' || cause.code === 'EPIPE');
        reject(stale ? new StaleConnection() : new Error(`${method} ${path}: no answer: ${cause.message}`, { cause }));
      });
      request.end(text);
    });
  }
}

class StaleConnection extends Error {}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
