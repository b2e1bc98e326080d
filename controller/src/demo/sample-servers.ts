import { createServer } from 'node:http';
import type { IncomingMessage, Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A small server that says who it is and what it was asked. */
export class SampleServer {
  readonly name: string;
  readonly #status: number;
  readonly #server: Server;

  constructor(name: string, status: number) {
    this.name = name;
    this.#status = status;
    this.#server = createServer((request, response) => {
      request.resume();
      response.writeHead(this.#status, { 'content-type': 'text/plain; charset=utf-8', 'x-server': this.name });
      response.end(this.#status === 200 ? `Hello from ${this.name}.\n\n${asked(request)}` : `No route leads here. (${this.name})\n`);
    });
    // Longer than HAProxy keeps a connection, so that it never sends a request into one that is just being closed.
    this.#server.keepAliveTimeout = 120_000;
  }

  /** Listens on a free port of the loopback address. */
  async start(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(0, '127.0.0.1', resolve);
    });
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

/** The request as it arrived, a header a line. */
function asked({ method, url, rawHeaders }: IncomingMessage): string {
  const lines = [`${method ?? ''} ${url ?? ''}`];
  for (let at = 0; at < rawHeaders.length; at += 2) lines.push(`${capitals(rawHeaders[at] ?? '')}: ${rawHeaders[at + 1] ?? ''}`);
  return `${lines.join('\n')}\n`;
}

/** `x-forwarded-for` → `X-Forwarded-For`, as people know it. */
function capitals(name: string): string {
  return name.replace(/(^|-)[a-z]/g, (start) => start.toUpperCase());
}
