import type { ResourceKind, ResourceWriter } from '@signalbox/core';
import { KnownVersions, type Receiver } from './known-versions.js';
import { prune } from './prune.js';
import { ReferencedObjects } from './referenced-objects.js';
import { Reflector, type Surroundings } from './reflector.js';
import type { Scopes } from './scopes.js';
import { refTo } from './wire.js';

/** A kind that is followed: in one list, or in one for each namespace that is allowed. */
export class FollowedKind {
  readonly kind: ResourceKind;
  readonly #stop = new AbortController();
  readonly #signal: AbortSignal;
  readonly #known: KnownVersions[] = [];
  readonly #reflectors: Reflector[] = [];
  readonly #unlisted = new Set<object>();
  readonly #referenced: ReferencedObjects | undefined;
  readonly #onListed: () => void;
  #ended: Promise<unknown> = Promise.resolve();

  /** `onListed` is called whenever {@link FollowedKind.isListed} may have become true. */
  constructor(
    kind: ResourceKind,
    options: {
      readonly surroundings: Surroundings;
      readonly scopes: Scopes;
      readonly into: ResourceWriter;
      readonly signal: AbortSignal;
      readonly onListed: () => void;
    },
  ) {
    const { surroundings, scopes, into, signal, onListed } = options;
    this.kind = kind;
    this.#onListed = onListed;
    this.#signal = AbortSignal.any([signal, this.#stop.signal]);
    if (kind.wanted === 'referenced') this.#referenced = new ReferencedObjects(surroundings, kind, into, this.#signal, onListed);
    const receiver = this.#referenced ?? writing(kind, into);
    for (const scope of scopes.of(kind)) {
      const known = new KnownVersions(receiver, (metadata) => scopes.admits(kind, metadata));
      this.#known.push(known);
      this.#unlisted.add(scope);
      this.#reflectors.push(
        new Reflector(surroundings, { scope, isMetadataOnly: this.#referenced !== undefined, known, onListed: () => this.#listed(scope) }),
      );
    }
  }

  /** Whether the first full list has been written, with the objects that are referred to, or there is no such kind. */
  get isListed(): boolean {
    return this.#unlisted.size === 0 && (this.#referenced?.isIdle ?? true);
  }

  /** Runs until the signal is aborted or it is stopped. Rejects only if the writer throws. */
  run(): Promise<unknown> {
    const all = Promise.all(this.#reflectors.map((reflector) => reflector.run(this.#signal)));
    const running = this.#referenced === undefined ? all : Promise.race([all, this.#referenced.lost]);
    this.#ended = all.catch(() => undefined).then(() => this.#referenced?.end());
    return running.then(() => this.#ended);
  }

  /** See {@link ReferencedObjects.want}; for a kind of which all objects are wanted it means nothing. */
  want(added: readonly string[], removed: readonly string[]): void {
    this.#referenced?.want(added, removed);
  }

  /** Nobody wants this kind any more: what was written of it is taken back. */
  stop(): void {
    this.#stop.abort();
    for (const known of this.#known) known.clear();
    this.#referenced?.clear();
  }

  #listed(scope: object): void {
    if (this.#unlisted.delete(scope)) this.#onListed();
  }
}

function writing(kind: ResourceKind, into: ResourceWriter): Receiver {
  return {
    set: (_key, _version, object) => into.set(prune(object, kind)),
    delete: (key) => into.delete(refTo(kind, key)),
  };
}
