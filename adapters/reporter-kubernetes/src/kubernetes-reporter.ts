import type { Diagnostic, ObjectRef, Reporter, ServingChange } from '@signalbox/core';
import { ApiCaller, type RequestCounts, type Term } from './api-caller.js';
import { systemClock } from './clock.js';
import { DiagnosticEvents } from './events/diagnostic-events.js';
import { toldKinds } from './kinds.js';
import { leaseName } from './lease/lease.js';
import { LeaderElection } from './lease/leader-election.js';
import { type KubernetesReporterOptions, settingsOf } from './options.js';
import { IngressStatus } from './status/ingress-status.js';
import { PublishedAddresses } from './status/published-addresses.js';
import { silent, Troubles } from './troubles.js';

/** Whom Events name as their source. */
const component = 'signalbox';

/**
 * Writes to the objects of a cluster what becomes of them: the addresses at which HAProxy serves an Ingress to its status, and each
 * diagnostic as an Event. Of several replicas one does so, the holder of a Lease; serving does not wait for it.
 * @public
 */
export class KubernetesReporter implements Reporter {
  /** For logs and messages. */
  readonly name = 'kubernetes';
  /** How many requests have been sent, by what they were for. */
  readonly requests: RequestCounts;
  readonly #election: LeaderElection;
  readonly #status: IngressStatus | undefined;
  readonly #events: DiagnosticEvents | undefined;

  /** @throws {@link SignalboxError} `COMPOSITION_INVALID` for an option that cannot be. */
  constructor(options: KubernetesReporterOptions) {
    const {
      api,
      namespace,
      ingressClass,
      publish,
      disableIngressStatusUpdate,
      events = true,
      logger = silent,
      clock = systemClock,
    } = options;
    const { lease, status, limits, answerMs, eventRefreshMs, identity } = settingsOf(options);
    const caller = new ApiCaller(api, clock, answerMs);
    const parts = { caller, clock, troubles: new Troubles(logger) };
    this.requests = caller.counts;
    const name = leaseName(ingressClass);
    const onLeader = (isLeader: boolean): void => {
      logger.info(`${identity} ${isLeader ? 'is the leader now' : 'is no longer the leader'} (Lease ${namespace}/${name})`);
      options.onLeader?.(isLeader);
    };
    const onOther = (other: string): void =>
      logger.info(`${other} is the leader (Lease ${namespace}/${name}); this replica serves as well, and writes nothing`);
    this.#election = new LeaderElection({ ...parts, namespace, name, identity, timing: lease, onLeader, onOther });
    if (publish !== undefined && disableIngressStatusUpdate !== true) {
      const published = new PublishedAddresses(publish, status.serviceMs, parts);
      const { namespaces, deniedNamespaces = [], uidOf } = options;
      const isThere = (object: ObjectRef): boolean => uidOf === undefined || uidOf(object) !== undefined;
      this.#status = new IngressStatus({
        ...parts,
        published,
        namespaces,
        denied: new Set(deniedNamespaces),
        manager: name,
        resyncMs: status.resyncMs,
        isThere,
      });
    }
    if (events) {
      const { kinds, uidOf, tellsOf: isTold = isForOwners } = options;
      const told = { kinds: toldKinds(kinds), isTold, uidOf, component, identity, manager: name, limits, refreshMs: eventRefreshMs };
      this.#events = new DiagnosticEvents({ ...parts, ...told });
    }
  }

  /** Whether this process writes. */
  get isLeader(): boolean {
    return this.#election.isLeader;
  }

  /** Takes up what Events are to tell. */
  report(change: { readonly added: readonly Diagnostic[]; readonly removed: readonly Diagnostic[] }): void {
    this.#events?.report(change);
  }

  /** Takes up which Ingresses are to have a status. */
  serving(change: ServingChange): void {
    this.#status?.serving(change);
  }

  /** Writes whenever it is the leader, until `signal` is aborted. Within a second of that it gives the Lease back and ends. */
  async run(signal: AbortSignal): Promise<void> {
    await this.#election.run(signal, async (term: Term) => {
      await Promise.all([this.#status?.run(term), this.#events?.run(term)]);
    });
  }
}

/** A reporter for a Kubernetes cluster. @throws {@link SignalboxError} `COMPOSITION_INVALID`. @public */
export function kubernetesReporter(options: KubernetesReporterOptions): KubernetesReporter {
  return new KubernetesReporter(options);
}

/** The owner of an Ingress that another controller serves has nothing to do with us. */
function isForOwners({ code }: Diagnostic): boolean {
  return code !== 'INGRESS_CLASS_NOT_OURS';
}
