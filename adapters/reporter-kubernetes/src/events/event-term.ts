import { formatRef, kindKey, objectKey } from '@signalbox/core';
import type { Outcome, Term } from '../api-caller.js';
import { Backoff } from '../backoff.js';
import { jittered } from '../clock.js';
import type { KubernetesRequest } from '../kubernetes-api.js';
import { listPath, objectPath } from '../paths.js';
import { WorkQueue } from '../work-queue.js';
import type { DiagnosticEventsOptions, Told } from './diagnostic-events.js';
import type { EventAllowance } from './event-limits.js';
import { eventOf, type EventObject, eventTime } from './event-object.js';
import type { ObjectUids } from './object-uids.js';

/** An Event that was written. */
interface Written {
  readonly name: string;
  readonly count: number;
}

const atOnce = 4;
const mostWritten = 10_000;
const eventPath = { group: '', version: 'v1', plural: 'events' };
const trouble = 'Events cannot be written';

/** What one leader tells. */
export class EventTerm {
  readonly #options: DiagnosticEventsOptions;
  readonly #current: ReadonlyMap<string, Told>;
  readonly #uids: ObjectUids;
  readonly #allowance: EventAllowance;
  readonly #term: Term;
  readonly #queue: WorkQueue;
  readonly #backoff = new Backoff();
  readonly #written = new Map<string, Written>();
  /** What has been allowed and is not done yet: trying again is no further Event. */
  readonly #allowed = new Set<string>();

  constructor(
    options: DiagnosticEventsOptions,
    current: ReadonlyMap<string, Told>,
    uids: ObjectUids,
    allowance: EventAllowance,
    term: Term,
  ) {
    this.#options = options;
    this.#current = current;
    this.#uids = uids;
    this.#allowance = allowance;
    this.#term = term;
    this.#queue = new WorkQueue(options.clock, atOnce, (key) => this.#tell(key));
  }

  async run(): Promise<void> {
    for (const key of this.#current.keys()) this.#queue.add(key);
    await this.#queue.run(this.#term.signal);
  }

  add(key: string): void {
    this.#queue.add(key);
  }

  /** It is so no longer. */
  settle(key: string): void {
    this.#queue.delete(key);
    this.#allowed.delete(key);
    this.#backoff.succeed(key);
  }

  async #tell(key: string): Promise<number | undefined> {
    const told = this.#current.get(key);
    if (told === undefined) return undefined;
    const waitMs = this.#waitMs(key, told);
    if (waitMs > 0) return waitMs;
    const { diagnostic, kind } = told;
    const found = await this.#uids.of(diagnostic.object, kind, this.#term);
    // Settled in the meantime.
    if (this.#current.get(key) !== told) return undefined;
    // Without a right to read its object, an Event is better than none.
    if (typeof found === 'object' && !(found.is === 'failed' && found.because === 'forbidden')) return this.#again(found, key, told);
    const { component, identity, clock, refreshMs, troubles } = this.#options;
    // Not an object of the cluster, as one of a file is, or not there now.
    if (found === undefined) return jittered(refreshMs);
    const uid = typeof found === 'object' ? undefined : found;
    const event = eventOf(diagnostic, { kind, uid, component, identity, now: clock.date() });
    const { name } = event.metadata;
    const before = this.#written.get(key);
    const outcome = await (before?.name === name ? this.#raise(event, before.count + 1) : this.#create(event));
    if (outcome.is === 'gone' && this.#written.delete(key)) return 0;
    if (outcome.is !== 'done') return this.#again(outcome, key, told);
    troubles.settle(trouble);
    this.#backoff.succeed(key);
    this.#allowed.delete(key);
    this.#keep(key, { name, count: (outcome.body as { readonly count?: number } | undefined)?.count ?? 1 });
    // An Event lasts for an hour; what is only good to know need not be said again.
    return diagnostic.severity === 'info' ? undefined : jittered(refreshMs);
  }

  /** How long an Event has to wait for its turn. */
  #waitMs(key: string, { diagnostic: { object } }: Told): number {
    if (this.#allowed.has(key)) return 0;
    const { waitMs, isForAll } = this.#allowance.take(`${kindKey(object)} ${objectKey(object)}`);
    if (waitMs === 0) this.#allowed.add(key);
    else if (isForAll) this.#queue.hold(waitMs);
    return waitMs;
  }

  /** Another process may have told the same: then it is still so, which is nothing to count. */
  async #create(event: EventObject): Promise<Outcome> {
    const path = listPath(eventPath, event.metadata.namespace);
    const created = await this.#send({ method: 'POST', path, body: event });
    return created.is === 'conflict' ? this.#send(patch(event, { lastTimestamp: event.lastTimestamp })) : created;
  }

  #raise(event: EventObject, count: number): Promise<Outcome> {
    return this.#send(patch(event, { count, lastTimestamp: eventTime(this.#options.clock.date()) }));
  }

  #send(request: KubernetesRequest): Promise<Outcome> {
    return this.#options.caller.call('event', { ...request, query: { fieldManager: this.#options.manager } }, this.#term);
  }

  /** After how long what was not done is tried again. What is gone, or will never do, is left. */
  #again(outcome: Outcome, key: string, { diagnostic }: Told): number | undefined {
    const { troubles } = this.#options;
    if (outcome.is === 'refused') troubles.tell(`The Event on ${formatRef(diagnostic.object)} cannot be written`, outcome.why);
    if (outcome.is !== 'failed' && outcome.is !== 'conflict') {
      this.#allowed.delete(key);
      return undefined;
    }
    const { waitMs, isFirst } = this.#backoff.fail(key, outcome);
    if (outcome.is === 'failed' && outcome.because === 'overload') this.#queue.hold(waitMs);
    if (outcome.is === 'failed' && !isFirst) troubles.tell(trouble, outcome.why);
    return waitMs;
  }

  /** The last ones. */
  #keep(key: string, event: Written): void {
    this.#written.delete(key);
    const [oldest] = this.#written.keys();
    if (this.#written.size >= mostWritten && oldest !== undefined) this.#written.delete(oldest);
    this.#written.set(key, event);
  }
}

function patch({ metadata }: EventObject, body: Partial<EventObject>): KubernetesRequest {
  return { method: 'PATCH', path: objectPath(eventPath, metadata), contentType: 'application/merge-patch+json', body };
}
