/** One request to a Kubernetes API server. @public */
export interface KubernetesRequest {
  /** The HTTP method. */
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH';
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
}

/** What came back. @public */
export interface KubernetesAnswer {
  /** The HTTP status, whichever it is. */
  readonly status: number;
  /** What was answered, read as JSON; `undefined` where it is none. */
  readonly body: unknown;
  /** The header `Retry-After`. Default: what the body says of it. */
  readonly retryAfterMs?: number;
}

/**
 * The way to a Kubernetes API server, with whatever lets requests in. The host hands its own client in, so that there is one pool of
 * connections and one place that knows of tokens.
 * @public
 */
export interface KubernetesApi {
  /**
   * Sends one request; called concurrently. Resolves with every answer, also one that refuses. Rejects where there is none, and soon after
   * `signal` is aborted.
   */
  request(request: KubernetesRequest): Promise<KubernetesAnswer>;
}
