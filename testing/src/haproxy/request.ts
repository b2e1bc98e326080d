import { Agent as HttpAgent, type IncomingHttpHeaders, type IncomingMessage, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { TLSSocket } from 'node:tls';
import type { TestCertificate } from '../objects/certificate.js';
import type { Echo } from './echo-server.js';

/** A request to send, to the letter. @public */
export interface Request {
  /** Default 127.0.0.1. */
  readonly address?: string;
  readonly port: number;
  /** Default GET. */
  readonly method?: string;
  /** The `Host` header as it is sent; also the SNI name where `tls` does not name one. */
  readonly host: string;
  /** Sent as it stands, without any normalisation; characters above ASCII as their UTF-8 bytes. Default `/`. */
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Over TLS; certificates of servers are not verified. `servername` may be empty: no SNI. `shows` is the client's own certificate. */
  readonly tls?: boolean | { readonly servername?: string; readonly alpn?: readonly string[]; readonly shows?: TestCertificate };
  /** Default 5,000. */
  readonly timeoutMs?: number;
}

/** An answer. @public */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** The body where an echo server made it. */
  readonly echo?: Echo;
  /** Over TLS: the certificate that was served and the protocol agreed on. */
  readonly tls?: { readonly subject: string; readonly names: readonly string[]; readonly alpn: string | false };
}

const httpAgent = new HttpAgent({ keepAlive: true, maxSockets: 16 });

/** Sends one request and reads the whole answer. Redirects are not followed. @public */
export function sendRequest(request: Request): Promise<Answer> {
  const { address = '127.0.0.1', port, method = 'GET', host, path = '/', headers = {}, body, tls = false, timeoutMs = 5000 } = request;
  const options = {
    host: address,
    port,
    method,
    // Node writes the characters of a path as bytes.
    path: Buffer.from(path, 'utf8').toString('latin1'),
    headers: { Host: host, ...headers },
    timeout: timeoutMs,
    setHost: false,
  };
  return new Promise((resolve, reject) => {
    const take = (response: IncomingMessage): void => {
      readAnswer(response).then(resolve, reject);
    };
    const sent =
      tls === false ? httpRequest({ ...options, agent: httpAgent }, take) : httpsRequest({ ...options, ...tlsOptions(host, tls) }, take);
    sent.once('timeout', () => sent.destroy(new Error(`No answer to ${method} ${host}${path} within ${timeoutMs} ms.`)));
    sent.once('error', reject);
    sent.end(body);
  });
}

function tlsOptions(host: string, tls: NonNullable<Exclude<Request['tls'], false>>): object {
  const { servername = host.replace(/:\d+$/, ''), alpn = ['http/1.1'], shows } = tls === true ? {} : tls;
  // A session of another request would hide which certificate is served.
  const agent = new HttpsAgent({ maxCachedSessions: 0 });
  const own = shows && { cert: shows.certificate, key: shows.key };
  return { agent, servername, ALPNProtocols: [...alpn], rejectUnauthorized: false, ...own };
}

async function readAnswer(response: IncomingMessage): Promise<Answer> {
  const { socket } = response;
  const tls = 'getPeerCertificate' in socket ? tlsFacts(socket as TLSSocket) : undefined;
  const chunks: Buffer[] = [];
  for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk);
  const body = Buffer.concat(chunks).toString('utf8');
  const isEcho = response.headers['x-echo'] !== undefined && body.startsWith('{');
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    body,
    ...(isEcho && { echo: JSON.parse(body) as Echo }),
    ...(tls && { tls }),
  };
}

function tlsFacts(socket: TLSSocket): NonNullable<Answer['tls']> {
  const { subject, subjectaltname = '' } = socket.getPeerCertificate();
  const names = [...subjectaltname.matchAll(/DNS:([^,\s]+)/g)].map(([, name = '']) => name);
  const { CN } = subject as { readonly CN?: string };
  return { subject: CN ?? '', names, alpn: socket.alpnProtocol ?? false };
}
