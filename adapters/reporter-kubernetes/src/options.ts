import { type Diagnostic, type ObjectRef, quote, type ResourceKind, type SignalboxError, signalboxError } from '@signalbox/core';
import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import type { Clock } from './clock.js';
import type { EventLimits } from './events/event-limits.js';
import type { KubernetesApi } from './kubernetes-api.js';
import type { LeaseTiming } from './lease/leader-election.js';
import type { Publish } from './status/published-addresses.js';
import type { StatusTiming } from './status/ingress-status.js';
import type { ReporterLogger } from './troubles.js';

/** How long the reporter waits for what. All in milliseconds; the defaults fit any cluster. @public */
export interface ReporterTiming {
  /** How long a leader is believed in. */
  readonly lease?: Partial<LeaseTiming>;
  /** How often addresses and statuses are looked at. */
  readonly status?: Partial<StatusTiming>;
  /** How long the API server may take for one answer. Default 10,000. */
  readonly answerMs?: number;
  /**
   * After how long an error or warning that still holds is told again: an API server forgets an Event after an hour. Default 2,700,000; up to
   * a fifth is added.
   */
  readonly eventRefreshMs?: number;
}

/** What {@link kubernetesReporter} takes. @public */
export interface KubernetesReporterOptions {
  /** The way to the API server. */
  readonly api: KubernetesApi;
  /** Of the Lease: that of the controller's own objects. */
  readonly namespace: string;
  /** Replicas of the same class share a leader; each class has its own. Default: none. */
  readonly ingressClass?: string;
  /** What stands in the status of Ingresses. Default: no status is written. */
  readonly publish?: Publish;
  /** Whether no status is written in any case. Default false. */
  readonly disableIngressStatusUpdate?: boolean;
  /** Whether diagnostics become Events. Default true. */
  readonly events?: boolean;
  /** Of which diagnostics Events tell. Default: of all but those of Ingresses that name another controller's class. */
  readonly tellsOf?: (diagnostic: Diagnostic) => boolean;
  /** How many Events are written at most; what is beyond that is told later. */
  readonly eventLimits?: Partial<EventLimits>;
  /** Namespaces whose Ingresses are served. Default: all. */
  readonly namespaces?: readonly string[];
  /** Namespaces whose Ingresses somebody else serves: their status is left alone. Default: none. */
  readonly deniedNamespaces?: readonly string[];
  /** Kinds of the host's own plugins, on whose objects Events are written too. */
  readonly kinds?: readonly ResourceKind[];
  /** The uid of an object; `undefined` of one that the cluster does not have. Default: the API server is asked, and Ingresses count as there. */
  readonly uidOf?: (object: ObjectRef) => string | undefined;
  /** Who holds the Lease: a name that no other process has, not even the next one of the same Pod. Default: of `$POD_NAME` or the host name, and chance. */
  readonly identity?: string;
  /** Called when leadership begins and when it ends. Must not throw. */
  readonly onLeader?: (isLeader: boolean) => void;
  /** Default: nothing is logged. */
  readonly logger?: ReporterLogger;
  readonly timing?: ReporterTiming;
  /** Default: the system's. */
  readonly clock?: Clock;
}

const leaseTiming: LeaseTiming = { durationMs: 15_000, renewDeadlineMs: 10_000, retryMs: 2_000 };
const statusTiming: StatusTiming = { serviceMs: 5_000, resyncMs: 600_000 };
const limits: EventLimits = { overall: { burst: 100, intervalMs: 100 }, perObject: { burst: 10, intervalMs: 10_000 } };
/** RFC 1123 label: what the API server accepts as the name of a namespace. */
const namespaceName = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

/** The options with their defaults. */
export interface Settings {
  readonly lease: LeaseTiming;
  readonly status: StatusTiming;
  readonly limits: EventLimits;
  readonly answerMs: number;
  readonly eventRefreshMs: number;
  readonly identity: string;
}

/** @throws {@link SignalboxError} `COMPOSITION_INVALID` for an option that cannot be. */
export function settingsOf({ namespace, namespaces = [], timing = {}, eventLimits, identity }: KubernetesReporterOptions): Settings {
  const lease = { ...leaseTiming, ...timing.lease };
  const status = { ...statusTiming, ...timing.status };
  const { answerMs = 10_000, eventRefreshMs = 2_700_000 } = timing;
  for (const name of [namespace, ...namespaces]) {
    if (!namespaceName.test(name)) throw badOption('namespace', name, 'the name of a namespace');
  }
  for (const [name, ms] of Object.entries({ ...lease, ...status, answerMs, eventRefreshMs })) {
    if (!(Number.isFinite(ms) && ms > 0)) throw badOption(name, ms, 'milliseconds');
  }
  // Otherwise two could lead at a time, by clocks that run at slightly different speeds.
  if (lease.renewDeadlineMs * 1.2 > lease.durationMs)
    throw badOption('renewDeadlineMs', lease.renewDeadlineMs, 'five sixths of durationMs at most');
  if (lease.retryMs * 2 > lease.renewDeadlineMs) throw badOption('retryMs', lease.retryMs, 'half of renewDeadlineMs at most');
  return { lease, status, limits: { ...limits, ...eventLimits }, answerMs, eventRefreshMs, identity: identity ?? ownIdentity() };
}

function ownIdentity(): string {
  return `${process.env['POD_NAME'] || hostname()}_${randomBytes(4).toString('hex')}`;
}

function badOption(name: string, found: unknown, expected: string): SignalboxError {
  return signalboxError(
    'COMPOSITION_INVALID',
    `Expected ${expected} as the option "${name}" of the Kubernetes reporter, found ${quote(String(found))}. Put it right where the reporter is made.`,
    { details: { option: name } },
  );
}
