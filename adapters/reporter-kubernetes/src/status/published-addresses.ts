import { serviceKind } from '@signalbox/core';
import type { ApiCaller, Term } from '../api-caller.js';
import { type Clock, jittered, pause } from '../clock.js';
import { objectPath } from '../paths.js';
import type { Troubles } from '../troubles.js';
import { type Address, addressesFrom, addressesOf, sameAddresses } from './addresses.js';

/** The Service before HAProxy. @public */
export interface ServiceName {
  /** Of the Service. */
  readonly namespace: string;
  /** Of the Service. */
  readonly name: string;
}

/** What is written to the status of an Ingress: fixed addresses and host names, or those of a Service. @public */
export type Publish = { readonly addresses: readonly string[] } | { readonly service: ServiceName };

/** Knows the addresses at which clients reach HAProxy. */
export class PublishedAddresses {
  readonly #caller: ApiCaller;
  readonly #clock: Clock;
  readonly #troubles: Troubles;
  readonly #from: readonly Address[] | ServiceName;
  readonly #intervalMs: number;

  /** @throws {@link SignalboxError} `COMPOSITION_INVALID`. */
  constructor(
    publish: Publish,
    intervalMs: number,
    parts: { readonly caller: ApiCaller; readonly clock: Clock; readonly troubles: Troubles },
  ) {
    this.#from = 'service' in publish ? publish.service : addressesFrom(publish.addresses);
    this.#intervalMs = intervalMs;
    this.#caller = parts.caller;
    this.#clock = parts.clock;
    this.#troubles = parts.troubles;
  }

  /**
   * Tells the addresses and each change of them, until the term ends. A Service that is gone or has none (yet) changes nothing: whoever
   * follows the status, a DNS controller for one, should not lose all names because a Service is made anew.
   */
  async follow(term: Term, tell: (addresses: readonly Address[]) => void): Promise<void> {
    const from = this.#from;
    if (!('name' in from)) {
      if (from.length > 0) tell(from);
      return;
    }
    let told: readonly Address[] = [];
    while (!term.signal.aborted) {
      const found = await this.#read(from, term);
      if (found.length > 0 && !sameAddresses(found, told)) {
        told = found;
        tell(found);
      }
      await pause(this.#clock, jittered(this.#intervalMs), term.signal);
    }
  }

  async #read(service: ServiceName, term: Term): Promise<readonly Address[]> {
    const outcome = await this.#caller.call('service', { method: 'GET', path: objectPath(serviceKind, service) }, term);
    const trouble = `The addresses of Service ${service.namespace}/${service.name} are not known, so the status of Ingresses stays as it is`;
    const why = outcome.is === 'gone' ? 'there is no such Service' : 'why' in outcome ? outcome.why : undefined;
    if (why !== undefined) this.#troubles.tell(trouble, why);
    if (outcome.is !== 'done') return [];
    const addresses = addressesOf(outcome.body);
    if (addresses.length > 0) this.#troubles.settle(trouble);
    else this.#troubles.tell(trouble, 'it has none yet');
    return addresses;
  }
}
