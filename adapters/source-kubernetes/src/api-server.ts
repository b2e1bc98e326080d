import type { Readable } from 'node:stream';
import { ApiFailure, broken, refusal } from './api-failure.js';
import { BodyBytes } from './body-bytes.js';
import type { ClusterConnection } from './cluster-connection.js';
import type { Turns } from './waiting.js';

/** What requests are for. `discover` asks which kinds there are. @public */
export type RequestVerb = 'list' | 'watch' | 'get' | 'discover';

/** How many requests went to the API server; one that is sent again with a new token counts once. @public */
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

/** Asks for objects, says what stands in the way, and counts what it asks. */
export class ApiServer {
  readonly #connection: ClusterConnection;
  readonly #counts: Record<RequestVerb, number>;
  readonly #answerMs: number;

  constructor(connection: ClusterConnection, counts: Record<RequestVerb, number>, answerMs: number) {
    this.#connection = connection;
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

  async #open({ verb, ...request }: ApiRequest): Promise<Readable> {
    this.#counts[verb] += 1;
    try {
      const { status, headers, body } = await this.#connection.open({ answerMs: this.#answerMs, ...request });
      if (status === 200) return body;
      throw refusal(status, await beginningOf(body), headers);
    } catch (error) {
      throw broken(error);
    }
  }
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
