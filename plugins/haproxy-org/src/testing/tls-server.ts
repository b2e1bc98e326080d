import type { IncomingMessage, ServerResponse } from 'node:http';
import { createSecureServer, type Http2SecureServer, type Http2ServerRequest, type Http2ServerResponse } from 'node:http2';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Server, TLSSocket } from 'node:tls';

/** What a {@link TlsServer} saw of a request; its answer, as JSON. */
export interface Seen {
  readonly path: string;
  readonly version: string;
  /** Common name of the client's certificate, if it showed one that is verified. */
  readonly client?: string;
  /** SNI, if there was one. */
  readonly sni: string | false;
}

/** A certificate and its key, PEM. */
interface Pair {
  readonly certificate: string;
  readonly key: string;
}

/** A server that speaks TLS only. */
export interface TlsServer extends AsyncDisposable {
  readonly address: string;
  readonly port: number;
  readonly requests: readonly Seen[];
}

/** Starts one on loopback. It takes HTTP/2 and 1.1, or 1.1 alone. With authorities a client has to show a certificate of theirs. */
export async function tlsServer(
  { certificate: cert, key }: Pair,
  { authorities, http2 = true }: { readonly authorities?: Pick<Pair, 'certificate'>; readonly http2?: boolean } = {},
): Promise<TlsServer> {
  const requests: Seen[] = [];
  const answer = (request: IncomingMessage | Http2ServerRequest, response: ServerResponse | Http2ServerResponse): void => {
    const seen = seenOf(request);
    requests.push(seen);
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(seen));
  };
  const options = { cert, key, ...(authorities && { ca: authorities.certificate, requestCert: true, rejectUnauthorized: true }) };
  const server: Http2SecureServer | Server = http2
    ? createSecureServer({ ...options, allowHTTP1: true }, answer)
    : createServer(options, answer);
  const sockets = new Set<TLSSocket>();
  server.on('secureConnection', (socket: TLSSocket) => sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = async (): Promise<void> => {
    const closed = new Promise((resolve) => server.close(resolve));
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  return { address: '127.0.0.1', port: (server.address() as AddressInfo).port, requests, [Symbol.asyncDispose]: close };
}

function seenOf({ url = '', httpVersion, socket }: IncomingMessage | Http2ServerRequest): Seen {
  const tls = socket as TLSSocket;
  const subject = tls.authorized ? tls.getPeerCertificate().subject : undefined;
  const client = (subject as { readonly CN?: string } | undefined)?.CN;
  return { path: url, version: httpVersion, sni: tls.servername ?? false, ...(client !== undefined && { client }) };
}
