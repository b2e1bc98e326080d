import { ApiFailure, refusalInStream } from './api-failure.js';
import type { ApiServer } from './api-server.js';
import { Backoff, jittered } from './backoff.js';
import type { KnownVersions } from './known-versions.js';
import { listPages } from './list-pages.js';
import type { KubernetesLogger, Timing } from './options.js';
import { listPath, resourceName, type Scope } from './scopes.js';
import type { ServedKinds } from './served-kinds.js';
import type { Troubles } from './troubles.js';
import { pause, type Turns, unlessAborted } from './waiting.js';
import { type WatchEvent, watchEvents } from './watch-events.js';
import { isNamed, metadataOnly, versionOf } from './wire.js';

/** What all reflectors of a source share. */
export interface Surroundings {
  readonly api: ApiServer;
  readonly served: ServedKinds;
  readonly troubles: Troubles;
  readonly turns: Turns;
  readonly logger: KubernetesLogger;
  readonly timing: Timing;
  readonly pageSize: number;
}

export interface ReflectorOptions {
  readonly scope: Scope;
  readonly isMetadataOnly: boolean;
  readonly known: KnownVersions;
  /** Called when the first full list has been read, or the server says that it knows no such kind. */
  readonly onListed: () => void;
}

/** Groups that are a part of Kubernetes itself: what is missing of them is not to come by a CustomResourceDefinition. */
const ownGroups: ReadonlySet<string> = new Set([
  '',
  'apps',
  'batch',
  'coordination.k8s.io',
  'discovery.k8s.io',
  'events.k8s.io',
  'networking.k8s.io',
  'rbac.authorization.k8s.io',
]);

/** A watch that lasted this long was none that failed. */
const soundWatchMs = 5_000;
/** What a server that has just started may answer for some seconds, until it knows its roles and definitions. */
const settling: ReadonlySet<number> = new Set([403, 404]);
/** After so many watches in a row that brought nothing and broke, what they begin at is not trusted any more. */
const mostFruitless = 3;

/**
 * Keeps up with one list of the API server: reads it, watches from there on, goes on where a watch ended, and reads it anew when the server
 * no longer has the history or something in it is not as it should be.
 * @see {@link https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes | Kubernetes: detection of changes}
 */
export class Reflector {
  readonly #surroundings: Surroundings;
  readonly #options: ReflectorOptions;
  readonly #backoff: Backoff;
  /** Where the next watch begins; nothing: with a list. */
  #version: string | undefined;
  /** The last one that was seen. */
  #newest = '';
  #listedAtMs = 0;
  #isListed = false;
  #resyncMs: number;
  #fruitless = 0;
  /** Since when the server has given the same refusal. */
  #refused: { readonly status: number; readonly sinceMs: number } | undefined;

  constructor(surroundings: Surroundings, options: ReflectorOptions) {
    this.#surroundings = surroundings;
    this.#options = options;
    this.#backoff = new Backoff(surroundings.timing.longestBackoffMs);
    this.#resyncMs = jittered(surroundings.timing.resyncMs);
  }

  /** Runs until `signal` is aborted. Rejects only if what is told of changes throws. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        if (this.#version === undefined || this.#isResyncDue()) await this.#list(signal);
        await this.#watch(this.#version ?? '', signal);
      } catch (error) {
        if (!(error instanceof ApiFailure)) throw error;
        if (!signal.aborted) await this.#recover(error, signal);
      }
    }
    this.#surroundings.troubles.leave(this, this.#options.scope);
  }

  async #list(signal: AbortSignal): Promise<void> {
    const { api, turns, pageSize, troubles, logger } = this.#surroundings;
    const { scope, known, isMetadataOnly, onListed } = this.#options;
    this.#version = undefined;
    let isNameless = false;
    let version: string | undefined;
    const request = { path: listPath(scope), query: scope.selectors, signal, ...(isMetadataOnly && { accept: metadataOnly.list }) };
    for await (const page of listPages(api, request, { pageSize, turns })) {
      if (version === undefined) known.begin(!isOlder(page.version, this.#newest));
      version = page.version;
      for (const item of page.items) {
        if (isNamed(item, scope.kind)) known.put(item);
        else isNameless = true;
      }
    }
    known.end();
    this.#advance(version);
    this.#listedAtMs = performance.now();
    this.#resyncMs = jittered(this.#surroundings.timing.resyncMs);
    this.#isListed = true;
    this.#answered('list');
    if (isNameless) troubles.nameless(scope);
    else troubles.named(scope);
    troubles.found(scope.kind);
    logger.debug(`Listed ${String(known.size)} of ${resourceName(scope.kind)}, at version ${version ?? ''}.`);
    onListed();
  }

  async #watch(version: string, signal: AbortSignal): Promise<void> {
    const { api, timing } = this.#surroundings;
    const { scope, isMetadataOnly } = this.#options;
    const startMs = performance.now();
    const chunks = await api.stream({
      verb: 'watch',
      path: listPath(scope),
      query: {
        ...scope.selectors,
        watch: 'true',
        allowWatchBookmarks: 'true',
        resourceVersion: version,
        // Each watch ends at another time, so that they are not all opened anew at once.
        timeoutSeconds: String(Math.round(300 + Math.random() * 300)),
      },
      idleMs: timing.idleLimitMs,
      signal,
      ...(isMetadataOnly && { accept: metadataOnly.object }),
    });
    this.#answered('watch');
    this.#fruitless += 1;
    try {
      for await (const events of watchEvents(chunks)) for (const event of events) this.#take(event);
    } finally {
      if (performance.now() - startMs >= soundWatchMs) this.#progressed();
    }
    if (this.#fruitless > 0) throw new ApiFailure('it ends a watch that has just begun');
  }

  #take({ type, object }: WatchEvent): void {
    const { scope, known } = this.#options;
    if (type === 'ERROR') throw refusalInStream(object);
    if (type !== 'BOOKMARK') {
      if (!isNamed(object, scope.kind)) this.#surroundings.troubles.nameless(scope);
      else if (type === 'DELETED') known.delete(object);
      else if (type === 'ADDED' || type === 'MODIFIED') known.put(object);
    }
    const version = versionOf(object);
    if (type === 'BOOKMARK' && isOlder(version, this.#newest)) throw new ApiFailure('its history has gone back', { isInStream: true });
    this.#advance(version || this.#version);
    this.#progressed();
  }

  async #recover(failure: ApiFailure, signal: AbortSignal): Promise<void> {
    const { troubles, logger, timing } = this.#surroundings;
    const { scope } = this.#options;
    logger.debug(`Following ${resourceName(scope.kind)} was interrupted: ${failure.message}.`);
    const { status = 0 } = failure;
    const lastsMs = this.#refusedForMs(status);
    if (status === 404 && (!this.#isListed || lastsMs >= timing.absentKindMs)) {
      await this.#waitForKind(signal);
    } else if (status === 403 && lastsMs >= timing.forbiddenMs) {
      troubles.answered(this);
      troubles.forbidden(this.#version === undefined ? 'list' : 'watch', scope, failure);
      await pause(3 * jittered(timing.forbiddenMs), signal);
    } else {
      // Whatever is said within a stream means that its history is not to be relied on.
      if (failure.isInStream || failure.isExpired || this.#fruitless >= mostFruitless) this.#version = undefined;
      const waitMs = Math.max(this.#backoff.fail(), failure.retryAfterMs);
      if (failure.isExpired && this.#backoff.failures === 1) return;
      // Right after its start a server gives lists from which it allows no watch.
      const patience = failure.isExpired ? 5 : 1;
      if (this.#backoff.failures > patience && !settling.has(status)) troubles.away(this, failure);
      await pause(waitMs, signal);
    }
  }

  #refusedForMs(status: number): number {
    const now = performance.now();
    if (this.#refused?.status !== status) this.#refused = { status, sinceMs: now };
    return now - this.#refused.sinceMs;
  }

  /** The server knows no such kind: perhaps it is still to come. What is known of it is believed to be gone when it is still missing then. */
  async #waitForKind(signal: AbortSignal): Promise<void> {
    const { troubles, served } = this.#surroundings;
    const { scope, known, onListed } = this.#options;
    troubles.answered(this);
    this.#version = undefined;
    if (ownGroups.has(scope.kind.group)) troubles.missing(scope.kind);
    else onListed();
    for (;;) {
      const presence = await unlessAborted(served.look(scope.kind), signal);
      // Where nobody says, the list itself does.
      if (signal.aborted || presence !== 'absent') return;
      // Kinds of Kubernetes' own do not go: whoever says so is not the API server, but something before it.
      if (ownGroups.has(scope.kind.group)) continue;
      known.clear();
      this.#isListed = false;
    }
  }

  #answered(verb: 'list' | 'watch'): void {
    const { troubles } = this.#surroundings;
    this.#refused = undefined;
    troubles.answered(this);
    troubles.allowed(verb, this.#options.scope);
  }

  #progressed(): void {
    this.#fruitless = 0;
    this.#backoff.succeed();
  }

  #advance(version: string | undefined): void {
    this.#version = version;
    if (version !== undefined) this.#newest = version;
  }

  #isResyncDue(): boolean {
    return this.#resyncMs > 0 && performance.now() - this.#listedAtMs > this.#resyncMs;
  }
}

/** Whether the server has gone back, as after its database was restored: then equal versions may be of different objects. */
function isOlder(version: string, than: string): boolean {
  return /^\d+$/.test(version) && /^\d+$/.test(than) && BigInt(version) < BigInt(than);
}
