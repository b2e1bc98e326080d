import {
  hostAddressesKind,
  type Interests,
  kindKey,
  type ReferencedChange,
  type ResourceKind,
  type ResourceWriter,
  type Source,
} from '@signalbox/core';
import { ApiServer, type RequestCounts } from './api-server.js';
import { clusterConnection } from './cluster-connection.js';
import { FollowedKind } from './followed-kind.js';
import { type KubernetesOptions, pageSizeOf, silent, timingOf } from './options.js';
import type { Surroundings } from './reflector.js';
import { Scopes } from './scopes.js';
import { ServedKinds } from './served-kinds.js';
import { Troubles } from './troubles.js';
import { Turns } from './waiting.js';

/**
 * Follows the objects of a Kubernetes API server: of exactly the kinds that are wanted, and of a kind such as Secret only those to which
 * somebody refers; no data of any other ever comes here.
 *
 * Objects are as the API server sends them, without what nobody reads (`metadata.managedFields` above all). While the server is away, what
 * is known stays; it is asked again and again, and what changed meanwhile is caught up. A kind of a CustomResourceDefinition that is not
 * there is waited for, and serving does not wait for it. What is wrong becomes a diagnostic (`API_SERVER_UNREACHABLE`,
 * `API_ACCESS_FORBIDDEN`, `API_KIND_MISSING`, `OBJECT_INVALID`) and a line of the log.
 * @see {@link https://kubernetes.io/docs/reference/using-api/api-concepts/ | Kubernetes API concepts}
 * @public
 */
export class KubernetesSource implements Source {
  /** For logs and messages. */
  readonly name = 'kubernetes';
  readonly #options: KubernetesOptions;
  readonly #counts = { list: 0, watch: 0, get: 0, discover: 0 };

  constructor(options: KubernetesOptions = {}) {
    this.#options = options;
  }

  /** Requests that went to the API server so far. */
  get requests(): RequestCounts {
    return { ...this.#counts };
  }

  /**
   * Follows until `signal` is aborted; all connections are closed then, unless the connection was given.
   * @throws {@link SignalboxError} `SOURCE_UNREADABLE` if there is no kubeconfig that can be used, or an option cannot be.
   */
  async run(into: ResourceWriter, interests: Interests, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    const { kubeconfig, logger = silent } = this.#options;
    const timing = timingOf(this.#options);
    const scopes = new Scopes(this.#options);
    const pageSize = pageSizeOf(this.#options);
    const { connection = await clusterConnection({ ...(kubeconfig !== undefined && { kubeconfig }) }) } = this.#options;
    // Whatever ends us ends all that we have begun.
    const ended = new AbortController();
    const life = AbortSignal.any([signal, ended.signal]);
    const api = new ApiServer(connection, this.#counts, timing.answerMs);
    const troubles = new Troubles(() => connection.server, into, logger);
    const served = new ServedKinds(api, timing.absentKindMs, life);
    const surroundings = { api, served, troubles, turns: new Turns(), logger, timing, pageSize };
    const following = new Following({ surroundings, scopes, into, interests, signal: life });
    const unsubscribe = interests.onChange((changes) => following.update(changes));
    try {
      following.update();
      await following.ended;
    } finally {
      unsubscribe();
      ended.abort();
      if (connection !== this.#options.connection) await connection.close();
      await following.settled();
    }
  }
}

/** A source of the objects of a Kubernetes API server. @public */
export function kubernetes(options: KubernetesOptions = {}): KubernetesSource {
  return new KubernetesSource(options);
}

interface FollowingOptions {
  readonly surroundings: Surroundings;
  readonly scopes: Scopes;
  readonly into: ResourceWriter;
  readonly interests: Interests;
  readonly signal: AbortSignal;
}

/** The kinds that are followed now, as the interests have them. */
class Following {
  readonly #options: FollowingOptions;
  readonly #kinds = new Map<string, FollowedKind>();
  readonly #runs = new Set<Promise<unknown>>();
  readonly #end = Promise.withResolvers<void>();
  #isSynced = false;

  constructor(options: FollowingOptions) {
    this.#options = options;
    const { signal } = options;
    if (signal.aborted) this.#end.resolve();
    else signal.addEventListener('abort', () => this.#end.resolve(), { once: true });
  }

  /** Resolves when the signal is aborted, rejects if the writer throws. */
  get ended(): Promise<void> {
    return this.#end.promise;
  }

  /** Starts and stops kinds, and tells which objects are referred to, and which no more. */
  update(changes: readonly ReferencedChange[] = []): void {
    const { interests, signal } = this.#options;
    if (signal.aborted) return;
    const wanted = new Map(interests.kinds.filter(isOfClusters).map((kind) => [identityOf(kind), kind]));
    for (const [identity, followed] of this.#kinds) {
      if (wanted.has(identity)) continue;
      this.#kinds.delete(identity);
      followed.stop();
    }
    for (const { kind, added, removed } of changes) this.#kinds.get(identityOf(kind))?.want(added, removed);
    for (const [identity, kind] of wanted) if (!this.#kinds.has(identity)) this.#follow(identity, kind);
    this.#sync();
  }

  /** Everything that was begun has come to its end. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#runs);
  }

  #follow(identity: string, kind: ResourceKind): void {
    const followed = new FollowedKind(kind, { ...this.#options, onListed: () => this.#sync() });
    this.#kinds.set(identity, followed);
    if (kind.wanted === 'referenced') followed.want([...this.#options.interests.referenced(kind)], []);
    const run = followed.run();
    this.#runs.add(run);
    run
      .catch((error: unknown) => this.#end.reject(error))
      .finally(() => this.#runs.delete(run))
      .catch(() => undefined);
  }

  #sync(): void {
    if (this.#isSynced || this.#options.signal.aborted) return;
    this.#isSynced = this.#kinds.values().every(({ isListed }) => isListed);
    if (this.#isSynced) this.#options.into.synced();
  }
}

/** What sources of other things write is in no cluster, and asking for it would go on for ever. */
export function isOfClusters({ group }: ResourceKind): boolean {
  return group !== hostAddressesKind.group;
}

function identityOf(kind: ResourceKind): string {
  const { version, plural, wanted = 'all' } = kind;
  return [kindKey(kind), version, plural, wanted].join(' ');
}
