import { quote } from '@signalbox/core';
import { type Clock, within } from './clock.js';
import type { KubernetesAnswer, KubernetesApi, KubernetesRequest } from './kubernetes-api.js';

/** What a request is for. @public */
export type RequestPurpose = 'lease' | 'status' | 'list' | 'service' | 'event' | 'uid';

/** How many requests were sent. @public */
export type RequestCounts = Readonly<Record<RequestPurpose, number>>;

/** What became of a request. */
export type Outcome =
  | { readonly is: 'done'; readonly body: object }
  /** What it is about does not exist, or its namespace does not or is going away. */
  | { readonly is: 'gone' }
  | { readonly is: 'conflict' }
  /** The page of a list comes too late. */
  | { readonly is: 'expired' }
  /** The same request will not do another time either. */
  | { readonly is: 'refused'; readonly status: number; readonly why: string }
  /** It may do later. `overload`: others had better wait too. */
  | { readonly is: 'failed'; readonly why: string; readonly afterMs: number; readonly because?: 'overload' | 'forbidden' }
  /** It was cut short, or not sent any more. */
  | { readonly is: 'ended' };

/** For how long something may be done. */
export interface Term {
  /** Once it is aborted, nothing is begun any more. */
  readonly signal: AbortSignal;
  /** Once it is aborted, nobody waits any more for what had begun. Default: `signal`. */
  readonly cut?: AbortSignal;
  /** Whether it is still allowed, to the millisecond: signals come late to a process that hangs. */
  readonly isOn: () => boolean;
}

/** Sends requests, each within its time, and says in few words what became of it. */
export class ApiCaller {
  readonly counts: Record<RequestPurpose, number> = { lease: 0, status: 0, list: 0, service: 0, event: 0, uid: 0 };
  readonly #api: KubernetesApi;
  readonly #clock: Clock;
  readonly #answerMs: number;

  constructor(api: KubernetesApi, clock: Clock, answerMs: number) {
    this.#api = api;
    this.#clock = clock;
    this.#answerMs = answerMs;
  }

  /** Never rejects. @param answerMs - Default: the time that every request has. */
  async call(
    purpose: RequestPurpose,
    request: KubernetesRequest,
    { signal, cut = signal, isOn }: Term,
    answerMs: number = this.#answerMs,
  ): Promise<Outcome> {
    if (signal.aborted || !isOn()) return { is: 'ended' };
    this.counts[purpose] += 1;
    try {
      return outcomeOf(await within(this.#clock, answerMs, cut, (inner) => this.#api.request({ ...request, signal: inner })));
    } catch (error) {
      if (cut.aborted) return { is: 'ended' };
      return { is: 'failed', why: quote(error instanceof Error ? error.message : String(error)), afterMs: 0, because: 'overload' };
    }
  }
}

/** What an answer means for whoever asked. */
function outcomeOf({ status, body, retryAfterMs }: KubernetesAnswer): Outcome {
  if (status >= 200 && status < 300) {
    if (typeof body === 'object' && body !== null) return { is: 'done', body };
    // Something else than the API server, most likely.
    return { is: 'failed', why: `what answers ${String(status)} is no object`, afterMs: 0, because: 'overload' };
  }
  const { message, details } = (body ?? {}) as StatusObject;
  if (status === 404 || (status === 403 && details?.causes?.some(({ reason }) => reason === 'NamespaceTerminating'))) return { is: 'gone' };
  if (status === 409) return { is: 'conflict' };
  if (status === 410) return { is: 'expired' };
  const why = [`the API server answers ${String(status)}`, ...(typeof message === 'string' ? [quote(message)] : [])].join(', ');
  const afterMs = retryAfterMs ?? (details?.retryAfterSeconds ?? 0) * 1000;
  if (status === 401 || status === 403) return { is: 'failed', why, afterMs, because: 'forbidden' };
  if (status === 429 || status === 503 || status === 504) return { is: 'failed', why, afterMs, because: 'overload' };
  if (status >= 500 || status < 400) return { is: 'failed', why, afterMs };
  return { is: 'refused', status, why };
}

/** @see {@link https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/ | Kubernetes: Status} */
interface StatusObject {
  readonly message?: unknown;
  readonly details?: { readonly retryAfterSeconds?: number; readonly causes?: readonly { readonly reason?: string }[] };
}
