import type { ResourceKind } from '@signalbox/core';
import { ApiFailure, isObject } from './api-failure.js';
import type { ApiServer } from './api-server.js';
import { jittered } from './backoff.js';
import { versionPath } from './scopes.js';
import { pause } from './waiting.js';

/** Whether a kind is there; `unknown` if the server gave no answer. */
type Presence = 'served' | 'absent' | 'unknown';

/**
 * Looks from time to time whether the API server knows kinds that it did not know, for all who wait for one of the same group and version
 * with one request. Kinds come and go with their CustomResourceDefinitions.
 * @see {@link https://kubernetes.io/docs/reference/using-api/api-concepts/#discovery-api | Kubernetes: discovery}
 */
export class ServedKinds {
  readonly #api: ApiServer;
  readonly #intervalMs: number;
  readonly #signal: AbortSignal;
  readonly #looks = new Map<string, Promise<ReadonlySet<string> | undefined>>();
  readonly #waits = new Map<string, number>();

  constructor(api: ApiServer, intervalMs: number, signal: AbortSignal) {
    this.#api = api;
    this.#intervalMs = intervalMs;
    this.#signal = signal;
  }

  /** What the next look finds, after a wait. */
  async look(kind: ResourceKind): Promise<Presence> {
    const path = versionPath(kind);
    const look = this.#looks.get(path) ?? this.#next(path).finally(() => this.#looks.delete(path));
    this.#looks.set(path, look);
    const plurals = await look;
    if (plurals === undefined) return 'unknown';
    return plurals.has(kind.plural) ? 'served' : 'absent';
  }

  /** The plural names of what a version has; none where there is no such version. */
  async #next(path: string): Promise<ReadonlySet<string> | undefined> {
    const waitMs = Math.min(this.#waits.get(path) ?? this.#intervalMs, 3 * this.#intervalMs);
    this.#waits.set(path, waitMs * 1.2);
    await pause(this.#intervalMs / 2 + jittered(waitMs), this.#signal);
    if (this.#signal.aborted) return undefined;
    try {
      const value = await this.#api.json({ verb: 'discover', path, signal: this.#signal });
      const resources: unknown = isObject(value) ? value['resources'] : undefined;
      if (!Array.isArray(resources)) return undefined;
      return new Set(resources.flatMap((each: unknown) => (isObject(each) && typeof each['name'] === 'string' ? [each['name']] : [])));
    } catch (error) {
      const isUnknown = error instanceof ApiFailure && error.status === 404;
      return isUnknown && (await this.#areOthersKnown()) ? new Set() : undefined;
    }
  }

  /** What stands before an API server that is away may answer 404 to everything. */
  async #areOthersKnown(): Promise<boolean> {
    try {
      const value = await this.#api.json({ verb: 'discover', path: '/apis', signal: this.#signal });
      return isObject(value) && Array.isArray(value['groups']);
    } catch (error) {
      if (error instanceof ApiFailure) return false;
      throw error;
    }
  }
}
