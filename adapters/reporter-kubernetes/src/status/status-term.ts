import type { Outcome, Term } from '../api-caller.js';
import { Backoff } from '../backoff.js';
import { jittered, pause } from '../clock.js';
import type { KubernetesRequest } from '../kubernetes-api.js';
import { ingressKind } from '../kinds.js';
import { objectPath } from '../paths.js';
import { WorkQueue } from '../work-queue.js';
import { type Address, sameAddresses } from './addresses.js';
import { type CurrentStatus, readStatuses } from './current-statuses.js';
import type { IngressStatusOptions } from './ingress-status.js';

/** How many writes may be under way. */
const atOnce = 20;

/** One request, and the addresses that are there after it. */
interface Write {
  readonly request: KubernetesRequest;
  readonly after: readonly Address[];
}

interface KnownStatus extends CurrentStatus {
  /** What we have sent since in vain, for all that we know: each of it may have arrived. */
  readonly sent?: readonly (readonly Address[])[];
}

/** What has changed of that which is served. */
interface Turn {
  readonly come: readonly string[];
  /** They are there, and served no more. */
  readonly left: readonly string[];
  /** They exist no more. */
  readonly gone: readonly string[];
}

/** What one leader knows of the status of Ingresses, and writes. */
export class StatusTerm {
  readonly #options: IngressStatusOptions;
  readonly #served: ReadonlySet<string>;
  readonly #isTold: Promise<void>;
  readonly #term: Term;
  readonly #queue: WorkQueue;
  readonly #backoff = new Backoff();
  /** Of what is served, and of what we wrote to others. */
  readonly #known = new Map<string, KnownStatus>();
  /** Objects that may have been made anew since their status was read. */
  readonly #uncertain = new Set<string>();
  /** Of which more is known than a list that is being read can tell. */
  readonly #newer = new Set<string>();
  #isListed = false;
  #wanted: readonly Address[] | undefined;

  constructor(options: IngressStatusOptions, served: ReadonlySet<string>, isTold: Promise<void>, term: Term) {
    this.#options = options;
    this.#served = served;
    this.#isTold = isTold;
    this.#term = term;
    this.#queue = new WorkQueue(options.clock, atOnce, (key) => this.#write(key));
  }

  async run(): Promise<void> {
    const { published } = this.#options;
    const following = published.follow(this.#term, (addresses) => {
      this.#wanted = addresses;
      this.#addAll();
    });
    await Promise.all([following, this.#queue.run(this.#term.signal), this.#read()]);
  }

  turn({ come, left, gone }: Turn): void {
    for (const key of gone) {
      this.#uncertain.delete(key);
      this.#known.delete(key);
      this.#newer.add(key);
    }
    for (const key of left) {
      this.#uncertain.delete(key);
      const known = this.#known.get(key);
      // Also where it had stood there before we came.
      if (known !== undefined && sameAddresses(known.addresses, this.#wanted ?? [])) this.#known.set(key, { ...known, isOurs: true });
      this.#queue.add(key);
    }
    for (const key of come) {
      this.#uncertain.add(key);
      this.#newer.add(key);
      this.#queue.add(key);
    }
  }

  /** Reads all statuses: at first, and then from time to time. */
  async #read(): Promise<void> {
    const { caller, clock, namespaces, manager, resyncMs, troubles } = this.#options;
    const { signal } = this.#term;
    const trouble = 'The status of Ingresses cannot be read, so it is not written either';
    await until(this.#isTold, signal);
    while (!signal.aborted) {
      this.#newer.clear();
      const outcome = await readStatuses(caller, namespaces, manager, this.#term, (key, status) => this.#learn(key, status));
      if (outcome.is === 'done') {
        this.#isListed = true;
        troubles.settle(trouble);
        this.#backoff.succeed('');
        this.#addAll();
        await pause(clock, jittered(resyncMs), signal);
      } else {
        const { waitMs, isFirst } = this.#backoff.fail('', outcome);
        if ('why' in outcome && !isFirst) troubles.tell(trouble, outcome.why);
        await pause(clock, waitMs, signal);
      }
    }
  }

  #learn(key: string, { addresses, isOurs }: CurrentStatus): void {
    const [namespace = ''] = key.split('/');
    if (this.#newer.has(key) || this.#options.denied.has(namespace)) return;
    this.#uncertain.delete(key);
    const isWanted = this.#wanted !== undefined && sameAddresses(addresses, this.#wanted);
    // The same array for all: there may be thousands.
    const status = { addresses: isWanted ? (this.#wanted ?? []) : addresses, isOurs };
    if (this.#served.has(key) || (isOurs && addresses.length > 0)) this.#known.set(key, status);
    else this.#known.delete(key);
  }

  #addAll(): void {
    for (const key of new Set([...this.#served, ...this.#known.keys()])) if (this.#due(key) !== undefined) this.#queue.add(key);
  }

  /** What is to be written to an Ingress. */
  #due(key: string): Write | undefined {
    if (!this.#isListed) return undefined;
    const known = this.#known.get(key);
    if (this.#served.has(key)) {
      if (this.#wanted === undefined) return undefined;
      if (known !== undefined && !this.#uncertain.has(key) && sameAddresses(known.addresses, this.#wanted)) return undefined;
      return { request: this.#setting(key, this.#wanted), after: this.#wanted };
    }
    const left = known?.sent?.at(-1) ?? (known?.isOurs === true ? known.addresses : []);
    return left.length === 0 ? undefined : { request: this.#clearing(key, left), after: [] };
  }

  async #write(key: string): Promise<number | undefined> {
    const write = this.#due(key);
    if (write === undefined) return undefined;
    this.#uncertain.delete(key);
    const outcome = await this.#options.caller.call('status', write.request, this.#term);
    this.#newer.add(key);
    return this.#learnFrom(outcome, key, write);
  }

  #learnFrom(outcome: Outcome, key: string, { after }: Write): number | undefined {
    const { troubles } = this.#options;
    const trouble = 'The status of Ingresses cannot be written';
    const isClear = after.length === 0;
    if (outcome.is === 'ended') return undefined;
    if (outcome.is === 'failed' || outcome.is === 'conflict') {
      if (this.#served.has(key)) this.#uncertain.add(key);
      if (!isClear) this.#known.set(key, withSent(this.#known.get(key), after));
      const { waitMs, isFirst } = this.#backoff.fail(key, outcome);
      if (outcome.is === 'failed' && outcome.because === 'overload') this.#queue.hold(waitMs);
      if (outcome.is === 'failed' && !isFirst) troubles.tell(trouble, outcome.why);
      return waitMs;
    }
    this.#backoff.succeed(key);
    const known = this.#known.get(key);
    if (outcome.is === 'done' && !isClear) this.#known.set(key, { addresses: after, isOurs: true });
    // What stands there is not what we sent last; it may be what we sent before.
    else if (outcome.is === 'refused' && isClear && known?.sent?.length) this.#known.set(key, { ...known, sent: known.sent.slice(0, -1) });
    else this.#known.delete(key);
    if (outcome.is === 'done') troubles.settle(trouble);
    // Of one that is to be cleared: somebody else has written there since.
    if (outcome.is === 'refused' && !isClear) troubles.tell(`The status of Ingress ${key} cannot be written`, outcome.why);
    // The addresses may have changed, and changed back.
    const isNext = (outcome.is === 'done' || isClear) && this.#due(key) !== undefined;
    return isNext ? 0 : undefined;
  }

  #setting(key: string, ingress: readonly Address[]): KubernetesRequest {
    return this.#patch(key, 'merge-patch', { status: { loadBalancer: { ingress } } });
  }

  /** Only if what we wrote is still there: the object may be another's by now, or another object. */
  #clearing(key: string, value: readonly Address[]): KubernetesRequest {
    const path = '/status/loadBalancer/ingress';
    return this.#patch(key, 'json-patch', [
      { op: 'test', path, value },
      { op: 'remove', path },
    ]);
  }

  #patch(key: string, form: 'merge-patch' | 'json-patch', body: unknown): KubernetesRequest {
    const [namespace = '', name = ''] = key.split('/');
    return {
      method: 'PATCH',
      path: `${objectPath(ingressKind, { namespace, name })}/status`,
      query: { fieldManager: this.#options.manager },
      contentType: `application/${form}+json`,
      body,
    };
  }
}

function withSent(known: KnownStatus = { addresses: [], isOurs: false }, addresses: readonly Address[]): KnownStatus {
  return { ...known, sent: [...(known.sent ?? []).filter((each) => !sameAddresses(each, addresses)), addresses] };
}

/** Until `promise` resolves or `signal` is aborted. */
async function until(promise: Promise<void>, signal: AbortSignal): Promise<void> {
  const { promise: aborted, resolve } = Promise.withResolvers<void>();
  const end = (): void => resolve();
  if (signal.aborted) return;
  signal.addEventListener('abort', end, { once: true });
  await Promise.race([promise, aborted]);
  signal.removeEventListener('abort', end);
}
