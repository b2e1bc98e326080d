import type { ApiCaller, Outcome, Term } from '../api-caller.js';
import { type Clock, jittered, pause } from '../clock.js';
import type { Troubles } from '../troubles.js';
import { claimed, type Lease, released } from './lease.js';

/** How long a Lease lasts. All in milliseconds. @public */
export interface LeaseTiming {
  /** How long others wait after the last sign of a leader. Default 15,000. */
  readonly durationMs: number;
  /** How long a leader goes on without having renewed. Default 10,000. */
  readonly renewDeadlineMs: number;
  /** How often it is renewed or asked for. Default 2,000; up to a fifth is added. */
  readonly retryMs: number;
}

export interface LeaderElectionOptions {
  readonly caller: ApiCaller;
  readonly clock: Clock;
  readonly troubles: Troubles;
  readonly namespace: string;
  readonly name: string;
  /** Of this process and no other. */
  readonly identity: string;
  readonly timing: LeaseTiming;
  readonly onLeader: (isLeader: boolean) => void;
  /** Told of another that leads, once until that is another again. */
  readonly onOther?: (identity: string) => void;
  readonly random?: () => number;
}

/** So long the work of a leader may take to end before the Lease is given back, and giving it back. */
const quietMs = 300;
const releaseMs = 400;

/**
 * Lets one of several replicas work at a time, by a Lease that all of them see.
 *
 * Clocks need not agree, only run at about the same speed: a replica waits for the whole duration of a Lease since it has seen it change, by
 * its own clock; the leader stops before, counted from when it sent what renewed it.
 */
export class LeaderElection {
  readonly #options: LeaderElectionOptions;
  readonly #path: string;
  /** The Lease as last read, and when its `spec` was first seen like that. */
  #seen: { readonly lease: Lease; readonly sinceMs: number } | undefined;
  /** The last moment of leadership. */
  #heldUntilMs = Number.NEGATIVE_INFINITY;
  #isLeading = false;
  #failures = 0;
  /** Who leads, as far as it was told. */
  #other: string | undefined;
  /** Whether the Lease may have our name in it. */
  #mayHold = false;

  constructor(options: LeaderElectionOptions) {
    this.#options = options;
    this.#path = `/apis/coordination.k8s.io/v1/namespaces/${options.namespace}/leases`;
  }

  get isLeader(): boolean {
    return this.#isLeading && this.#options.clock.monotonicMs() < this.#heldUntilMs;
  }

  /**
   * Until `signal` is aborted: leads whenever it can, and gives the Lease back at the end. `work` ends soon after its term; if it rejects, so
   * does this.
   */
  async run(signal: AbortSignal, work: (term: Term) => Promise<void>): Promise<void> {
    const { clock, timing, random } = this.#options;
    try {
      while (!signal.aborted) {
        if ((await this.#attempt(signal)) === 'held' && !signal.aborted) await this.#lead(signal, work);
        await pause(clock, jittered(timing.retryMs, random), signal);
      }
    } finally {
      await this.#release();
    }
  }

  async #lead(signal: AbortSignal, work: (term: Term) => Promise<void>): Promise<void> {
    const over = new AbortController();
    const cut = new AbortController();
    const end = (): void => over.abort();
    signal.addEventListener('abort', end, { once: true });
    this.#isLeading = true;
    this.#other = undefined;
    this.#options.onLeader(true);
    const working = work({ signal: over.signal, cut: cut.signal, isOn: () => this.isLeader });
    working.catch(end);
    try {
      await this.#hold(over.signal);
    } finally {
      signal.removeEventListener('abort', end);
      this.#isLeading = false;
      end();
      this.#options.onLeader(false);
    }
    if (signal.aborted) await this.#quiet(working, cut);
    cut.abort();
    await working;
  }

  /**
   * What had begun when we were asked to end may end by itself. Where it does not, it may still reach the server, and nobody else should begin
   * before the Lease has run out by itself.
   */
  async #quiet(working: Promise<void>, cut: AbortController): Promise<void> {
    const cancel = this.#options.clock.after(quietMs, () => {
      this.#mayHold = false;
      cut.abort();
    });
    await working.finally(cancel);
  }

  /** Renews until that no longer works, or the Lease has gone to another. */
  async #hold(signal: AbortSignal): Promise<void> {
    const { clock, timing, random } = this.#options;
    const leftMs = (): number => this.#heldUntilMs - clock.monotonicMs();
    while (!signal.aborted) {
      await pause(clock, Math.min(leftMs(), jittered(timing.retryMs, random)), signal);
      if (signal.aborted || leftMs() <= 0) return;
      if ((await this.#attempt(signal, leftMs())) === 'lost') return;
    }
  }

  /** Asks for the Lease, or for more of it. */
  async #attempt(signal: AbortSignal, withinMs: number = this.#options.timing.renewDeadlineMs): Promise<'held' | 'lost' | 'unknown'> {
    const { clock, timing } = this.#options;
    const endMs = clock.monotonicMs() + withinMs;
    const term: Term = { signal, isOn: () => clock.monotonicMs() < endMs };
    // Half of the time, so that one answer that never comes does not cost the leadership.
    const answerMs = timing.renewDeadlineMs / 2;
    const within = (): number => Math.min(answerMs, endMs - clock.monotonicMs());
    if (this.#isLeading && this.#seen !== undefined) {
      const renewed = await this.#write(this.#seen.lease, term, within());
      if (renewed !== 'conflict') return renewed;
    }
    const found = await this.#options.caller.call('lease', { method: 'GET', path: `${this.#path}/${this.#options.name}` }, term, within());
    if (found.is === 'gone') {
      // Deleted by somebody, and its holder does not know yet.
      if (this.#seen !== undefined && this.#isOthers(this.#seen.lease)) return 'lost';
      this.#seen = undefined;
      const created = await this.#write(undefined, term, within());
      return created === 'conflict' ? 'unknown' : created;
    }
    if (found.is !== 'done') return this.#fail(found);
    const lease = found.body as Lease;
    this.#see(lease);
    if (this.#isOthers(lease)) {
      this.#succeed();
      this.#follow(lease.spec?.holderIdentity);
      return 'lost';
    }
    const taken = await this.#write(lease, term, within());
    return taken === 'conflict' ? 'unknown' : taken;
  }

  /** Writes our name, over what was read or as a new Lease. */
  async #write(before: Lease | undefined, term: Term, answerMs: number): Promise<'held' | 'conflict' | 'unknown'> {
    const { caller, clock, identity, name, namespace, timing } = this.#options;
    const sentAtMs = clock.monotonicMs();
    const lease: Lease = {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: before?.metadata ?? { name, namespace },
      spec: claimed(before?.spec, identity, timing.durationMs, clock.date()),
    };
    this.#mayHold = true;
    const outcome = await caller.call('lease', this.#request(before === undefined ? 'POST' : 'PUT', lease), term, answerMs);
    if (outcome.is === 'done') {
      this.#succeed();
      this.#see(outcome.body as Lease);
      this.#heldUntilMs = sentAtMs + timing.renewDeadlineMs;
      return 'held';
    }
    if (outcome.is !== 'conflict' && !(outcome.is === 'gone' && before !== undefined)) return this.#fail(outcome);
    return 'conflict';
  }

  /** Gives the Lease back, if our name is in it. */
  async #release(): Promise<void> {
    if (!this.#mayHold) return;
    const { caller, clock, name, identity } = this.#options;
    const endMs = clock.monotonicMs() + releaseMs;
    const term: Term = { signal: new AbortController().signal, isOn: () => clock.monotonicMs() < endMs };
    const within = (): number => Math.max(0, endMs - clock.monotonicMs());
    const put = (lease: Lease): Promise<Outcome> => {
      const given = { ...lease, spec: released(lease.spec ?? {}, clock.date()) };
      return caller.call('lease', this.#request('PUT', given), term, within());
    };
    const { lease } = this.#seen ?? {};
    if (lease?.spec?.holderIdentity === identity && (await put(lease)).is === 'done') return;
    // What we wrote last may have arrived although its answer did not.
    const found = await caller.call('lease', { method: 'GET', path: `${this.#path}/${name}` }, term, within());
    if (found.is === 'done' && (found.body as Lease).spec?.holderIdentity === identity) await put(found.body as Lease);
  }

  #request(method: 'POST' | 'PUT', lease: Lease): { method: 'POST' | 'PUT'; path: string; body: Lease } {
    return { method, path: method === 'POST' ? this.#path : `${this.#path}/${this.#options.name}`, body: lease };
  }

  #see(lease: Lease): void {
    const isSame = this.#seen !== undefined && JSON.stringify(this.#seen.lease.spec) === JSON.stringify(lease.spec);
    this.#seen = { lease, sinceMs: isSame && this.#seen ? this.#seen.sinceMs : this.#options.clock.monotonicMs() };
    if (lease.spec?.holderIdentity !== this.#options.identity) this.#mayHold = false;
  }

  /** Whether somebody else holds it, as far as can be known. */
  #isOthers({ spec }: Lease): boolean {
    const { clock, identity, timing } = this.#options;
    if (!spec?.holderIdentity || spec.holderIdentity === identity) return false;
    const durationMs = spec.leaseDurationSeconds === undefined ? timing.durationMs : spec.leaseDurationSeconds * 1000;
    return clock.monotonicMs() < (this.#seen?.sinceMs ?? Number.POSITIVE_INFINITY) + durationMs;
  }

  #follow(other: string | undefined): void {
    if (other === undefined || other === this.#other) return;
    this.#other = other;
    this.#options.onOther?.(other);
  }

  #succeed(): void {
    this.#failures = 0;
    this.#options.troubles.settle(this.#trouble);
  }

  /** What fails once is nothing to tell of. */
  #fail(outcome: Outcome): 'unknown' {
    const why = outcome.is === 'gone' ? 'there is no such namespace' : 'why' in outcome ? outcome.why : undefined;
    if (why !== undefined && (this.#failures += 1) > 1) this.#options.troubles.tell(this.#trouble, why);
    return 'unknown';
  }

  get #trouble(): string {
    return `The Lease ${this.#options.namespace}/${this.#options.name} cannot be had, so neither Ingress status nor Events are written`;
  }
}
