import { kindKey, objectKey, type ObjectRef, type ServingChange } from '@signalbox/core';
import type { ApiCaller, Term } from '../api-caller.js';
import type { Clock } from '../clock.js';
import { ingressKind } from '../kinds.js';
import type { Troubles } from '../troubles.js';
import type { PublishedAddresses } from './published-addresses.js';
import { StatusTerm } from './status-term.js';

/** How often is looked after what nobody tells of. All in milliseconds. @public */
export interface StatusTiming {
  /** How often a Service is asked for its addresses. Default 5,000. */
  readonly serviceMs: number;
  /** How often the leader looks whether somebody else has changed a status. Default 600,000; up to a fifth is added. */
  readonly resyncMs: number;
}

export interface IngressStatusOptions {
  readonly caller: ApiCaller;
  readonly clock: Clock;
  readonly troubles: Troubles;
  readonly published: PublishedAddresses;
  /** Default: all. */
  readonly namespaces: readonly string[] | undefined;
  /** Of these nothing is read or written. */
  readonly denied: ReadonlySet<string>;
  /** The name under which is written. */
  readonly manager: string;
  readonly resyncMs: number;
  /** Whether the cluster has an object, as far as the host knows. */
  readonly isThere: (object: ObjectRef) => boolean;
}

/** Keeps `status.loadBalancer` of the Ingresses that HAProxy serves. */
export class IngressStatus {
  readonly #options: IngressStatusOptions;
  /** Ingresses that HAProxy serves, by namespace and name. */
  readonly #served = new Set<string>();
  readonly #told = Promise.withResolvers<void>();
  #term: StatusTerm | undefined;

  constructor(options: IngressStatusOptions) {
    this.#options = options;
  }

  serving({ added, removed }: ServingChange): void {
    const come = keysOf(added.filter(this.#options.isThere));
    const [left = [], gone = []] = [true, false].map((isThere) => keysOf(removed.filter((ref) => this.#options.isThere(ref) === isThere)));
    for (const key of [...left, ...gone]) this.#served.delete(key);
    for (const key of come) this.#served.add(key);
    this.#told.resolve();
    this.#term?.turn({ come, left, gone });
  }

  /** Writes for as long as the term lasts. */
  async run(term: Term): Promise<void> {
    this.#term = new StatusTerm(this.#options, this.#served, this.#told.promise, term);
    try {
      await this.#term.run();
    } finally {
      this.#term = undefined;
    }
  }
}

function keysOf(refs: readonly ObjectRef[]): string[] {
  return refs.filter((ref) => kindKey(ref) === kindKey(ingressKind)).map(objectKey);
}
