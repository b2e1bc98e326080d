import type { KubeConfig } from '@kubernetes/client-node';
import type { Readable } from 'node:stream';
import { isDistrust, retryAfterMsOf } from './api-failure.js';
import { ClusterAccess } from './cluster-access.js';
import { findKubeConfig } from './find-kubeconfig.js';
import { unlessAborted } from './waiting.js';

/** One request to a Kubernetes API server. @public */
export interface ClusterRequest {
  /** The HTTP method. Default `GET`. */
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** From the first slash on, each part of it escaped: `/apis/networking.k8s.io/v1/ingresses`. */
  readonly path: string;
  /** Not escaped yet. Default: none. */
  readonly query?: Readonly<Record<string, string>>;
  /** Sent as JSON. Default: none. */
  readonly body?: unknown;
  /** What `body` is. Default `application/json`. */
  readonly contentType?: string;
  /** In which form the answer is wanted. Default `application/json`. */
  readonly accept?: string;
  /** Once it is aborted, nobody waits for the answer any more. */
  readonly signal?: AbortSignal;
  /** How long the answer may take to begin, in milliseconds. Default 30,000. */
  readonly answerMs?: number;
  /** How long the server may send nothing in the middle of its answer, in milliseconds. Default: `answerMs`. */
  readonly idleMs?: number;
}

/** A whole answer. @public */
export interface ClusterAnswer {
  /** The HTTP status, whichever it is. */
  readonly status: number;
  /** What was answered, read as JSON; `undefined` where it is none. */
  readonly body: unknown;
  /** For how long the server asks to be left alone. Default: it does not. */
  readonly retryAfterMs?: number;
}

/** An answer that is still coming in. @public */
export interface OpenAnswer {
  /** The HTTP status, whichever it is. */
  readonly status: number;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** To be read, or destroyed. */
  readonly body: Readable;
}

/** What {@link clusterConnection} takes. @public */
export interface ClusterConnectionOptions {
  /** As of {@link KubernetesOptions}. */
  readonly kubeconfig?: string | KubeConfig;
}

/**
 * The way to a Kubernetes API server, with what lets requests in: one pool of connections, and one place that knows of tokens and
 * certificates and reads them anew when they are rotated. A source and a reporter share one.
 * @public
 */
export class ClusterConnection {
  readonly #access: ClusterAccess;

  /** @param load - Gives the credentials; called again when the API server no longer accepts those of before. */
  constructor(load: () => KubeConfig) {
    this.#access = new ClusterAccess(load);
  }

  /** URL of the API server, for messages. */
  get server(): string {
    return this.#access.server;
  }

  /** Where our own objects are if nobody says otherwise: the namespace of the Pod, or of the context of the kubeconfig, else `default`. */
  get namespace(): string {
    return this.#access.namespace;
  }

  /**
   * Sends one request; may be called concurrently. Resolves with every answer, also one that refuses. Rejects where there is none, and
   * soon after `signal` is aborted.
   */
  async request(request: ClusterRequest): Promise<ClusterAnswer> {
    const { status, headers, body } = await this.open(request);
    const chunks: Buffer[] = [];
    for await (const chunk of body as AsyncIterable<Buffer>) chunks.push(chunk);
    const retryAfterMs = retryAfterMsOf(headers);
    return { status, body: parsed(Buffer.concat(chunks).toString()), ...(retryAfterMs > 0 && { retryAfterMs }) };
  }

  /** As {@link ClusterConnection.request}, for answers that are long or never end. */
  async open(request: ClusterRequest): Promise<OpenAnswer> {
    const [answer, generation] = await this.#send(request);
    if (answer.status !== 401) return answer;
    // A token that has been rotated, most of the time: once more with what is valid now.
    answer.body.on('error', () => undefined).destroy();
    this.#access.renew(generation);
    return (await this.#send(request))[0];
  }

  /** Ends all connections at once, and lets none be made any more. */
  async close(): Promise<void> {
    await this.#access.close();
  }

  async #send(request: ClusterRequest): Promise<readonly [OpenAnswer, number]> {
    const { method = 'GET', path, query = {}, body: sent, contentType = 'application/json', accept = 'application/json' } = request;
    const { signal, answerMs = 30_000, idleMs = answerMs } = request;
    const entering = this.#access.enter();
    const entry = await (signal === undefined ? entering : unlessAborted(entering, signal));
    signal?.throwIfAborted();
    const { server, headers: credentials, dispatcher, generation } = entry ?? (await entering);
    try {
      const { statusCode, headers, body } = await dispatcher.request({
        ...target(server, path, query),
        method,
        headers: { ...credentials, accept, 'user-agent': 'signalbox', ...(sent !== undefined && { 'content-type': contentType }) },
        ...(sent !== undefined && { body: JSON.stringify(sent) }),
        headersTimeout: answerMs,
        bodyTimeout: idleMs,
        ...(signal && { signal }),
      });
      return [{ status: statusCode, headers, body }, generation];
    } catch (error) {
      if (isDistrust(error)) this.#access.renew(generation);
      throw error;
    }
  }
}

/**
 * A way to the API server of a cluster; nothing is sent yet.
 * @throws {@link SignalboxError} `SOURCE_UNREADABLE` if there is no kubeconfig that can be used.
 * @public
 */
export async function clusterConnection({ kubeconfig }: ClusterConnectionOptions = {}): Promise<ClusterConnection> {
  return new ClusterConnection(await findKubeConfig(kubeconfig));
}

/** The path of a server may have a beginning: `https://proxy/k8s/clusters/c-1`. */
function target(server: string, path: string, query: Readonly<Record<string, string>>): { origin: string; path: string } {
  const { origin, pathname } = new URL(server);
  const prefix = pathname === '/' ? '' : pathname;
  const search = new URLSearchParams(query).toString();
  return { origin, path: [`${prefix}${path}`, ...(search === '' ? [] : [search])].join('?') };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // A page of a proxy on the way, or nothing at all.
    return undefined;
  }
}
