import type { Readable } from 'node:stream';
import { ApiFailure, broken, isDistrust, refusal } from './api-failure.js';
import type { ClusterAccess, Entry } from './cluster-access.js';
import { BodyBytes } from './body-bytes.js';
import type { Turns } from './waiting.js';

/** What requests are for. `discover` asks which kinds there are. @public */
export type RequestVerb = 'list' | 'watch' | 'get' | 'discover';

/** How many requests went to the API server. @public */
export type RequestCounts = Readonly<Record<RequestVerb, number>>;

export interface ApiRequest {
  readonly verb: RequestVerb;
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly accept?: string;
  /** How long the server may send nothing in the middle of its answer. Default: as long as for the answer to begin. */
  readonly idleMs?: number;
  readonly signal: AbortSignal;
}

export interface JsonOptions {
  readonly turns?: Turns;
  readonly body?: BodyBytes;
}

/** What is read of an answer that is none of use. */
const longestRefusal = 65_536;

/** Sends requests with what lets them in, and counts them. */
export class ApiServer {
  readonly #access: ClusterAccess;
  readonly #counts: Record<RequestVerb, number>;
  readonly #answerMs: number;

  constructor(access: ClusterAccess, counts: Record<RequestVerb, number>, answerMs: number) {
    this.#access = access;
    this.#counts = counts;
    this.#answerMs = answerMs;
  }

  /**
   * The whole answer, read as JSON, in one of `turns` where there are such. For a list of many pages one `body` is used over and over.
   * @throws {@link ApiFailure}
   */
  async json(request: ApiRequest, { turns, body = new BodyBytes() }: JsonOptions = {}): Promise<unknown> {
    body.clear();
    await collect(await this.#open(request), body);
    await turns?.next();
    try {
      return JSON.parse(body.text()) as unknown;
    } catch (cause) {
      throw broken(cause);
    }
  }

  /** The answer as it comes in. @throws {@link ApiFailure} */
  async stream(request: ApiRequest): Promise<AsyncIterable<Buffer>> {
    return chunksOf(await this.#open(request));
  }

  async #open(request: ApiRequest): Promise<Readable> {
    const first = await this.#send(request);
    if (first.status !== 401) return first.body;
    // A token that has been rotated, most of the time: once more with what is valid now.
    discard(first.body);
    this.#access.renew(first.entry.generation);
    const second = await this.#send(request, true);
    return second.body;
  }

  async #send(request: ApiRequest, isLast = false): Promise<{ readonly status: number; readonly body: Readable; readonly entry: Entry }> {
    const { verb, path, query = {}, accept = 'application/json', idleMs = this.#answerMs, signal } = request;
    const entry = await this.#access.enter().catch((cause: unknown) => {
      throw broken(cause);
    });
    if (signal.aborted) throw broken(signal.reason);
    this.#counts[verb] += 1;
    try {
      const {
        statusCode: status,
        headers,
        body,
      } = await entry.dispatcher.request({
        ...target(entry.server, path, query),
        method: 'GET',
        headers: { ...entry.headers, accept, 'user-agent': 'signalbox' },
        headersTimeout: this.#answerMs,
        bodyTimeout: idleMs,
        signal,
      });
      if (status === 200 || (status === 401 && !isLast)) return { status, body, entry };
      throw refusal(status, await beginningOf(body), headers);
    } catch (error) {
      if (isDistrust(error)) this.#access.renew(entry.generation);
      throw broken(error);
    }
  }
}

/** The path of a server may have a beginning: `https://proxy/k8s/clusters/c-1`. */
function target(server: string, path: string, query: Readonly<Record<string, string>>): { origin: string; path: string } {
  const { origin, pathname } = new URL(server);
  const prefix = pathname === '/' ? '' : pathname;
  const search = new URLSearchParams(query).toString();
  return { origin, path: [`${prefix}${path}`, ...(search === '' ? [] : [search])].join('?') };
}

async function beginningOf(body: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of chunksOf(body)) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > longestRefusal) break;
  }
  return Buffer.concat(chunks).toString();
}

/** Without an iterator's promises for each chunk: a TLS connection gives many small ones. */
function collect(stream: Readable, into: BodyBytes): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  stream.on('data', (chunk: Buffer) => into.add(chunk));
  stream.on('end', resolve);
  stream.on('error', (error) => reject(broken(error)));
  // After the end this does nothing.
  stream.on('close', () => reject(new ApiFailure('the connection broke')));
  return promise;
}

async function* chunksOf(body: Readable): AsyncGenerator<Buffer> {
  try {
    yield* body as AsyncIterable<Buffer>;
  } catch (error) {
    throw broken(error);
  } finally {
    // Whoever stops reading wants no more of it.
    discard(body);
  }
}

/** Ends the connection if something would still come over it. */
function discard(body: Readable): void {
  body.on('error', () => undefined).destroy();
}
