import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What an {@link EchoServer} saw of a request; its answer, as JSON. @public */
export interface Echo {
  /** Name of the server that answers. */
  readonly name: string;
  readonly method: string;
  /** Path and query as they arrived. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
}

/** A server on loopback that answers with what it saw. @public */
export interface EchoServer extends AsyncDisposable {
  readonly name: string;
  readonly address: string;
  readonly port: number;
  /** Requests seen so far. */
  readonly requests: readonly Echo[];
  /** Closes it with its connections; may be called twice. */
  close(): Promise<void>;
}

/** Starts a server that answers each request with 200 and an {@link Echo}, and names itself in the header `X-Echo`. @public */
export async function echoServer(options: {
  readonly name: string;
  /** Default `127.0.0.1`. On Linux the whole of 127.0.0.0/8 is there. */
  readonly address?: string;
  /** Default: a free one. */
  readonly port?: number;
  /** Status of the answer. Default 200. */
  readonly status?: number;
  /** How long an answer takes. Default 0. */
  readonly delayMs?: number;
}): Promise<EchoServer> {
  const { name, address = '127.0.0.1', port = 0, status = 200, delayMs = 0 } = options;
  const requests: Echo[] = [];
  const server = createServer((request, response) => {
    const echo: Echo = { name, method: request.method ?? '', path: request.url ?? '', headers: request.headers };
    requests.push(echo);
    request.resume();
    const answer = (): void => {
      response.writeHead(status, { 'content-type': 'application/json', 'x-echo': name }).end(JSON.stringify(echo));
    };
    if (delayMs === 0) answer();
    else setTimeout(answer, delayMs);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, address, () => {
      server.off('error', reject);
      resolve();
    });
  });
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => {
        resolve();
      });
      server.closeAllConnections();
    });
  return { name, address, port: (server.address() as AddressInfo).port, requests, close, [Symbol.asyncDispose]: close };
}
