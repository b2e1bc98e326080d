import type { KubeConfig } from '@kubernetes/client-node';
import { quote, type ResourceKind, type SignalboxError, signalboxError } from '@signalbox/core';
import type { ClusterConnection } from './cluster-connection.js';

/** Where the source says how it gets on with the API server: console and pino fit. Never told what an object holds. @public */
export interface KubernetesLogger {
  debug(message: string): void;
  info(message: string): void;
  warn(message: string): void;
}

/** Which namespaces are read. Objects that are in none are always read. @public */
export interface NamespaceLists {
  /** Only these. Default, or with no entry: all. */
  readonly allow?: readonly string[];
  /** None of these, even if they are allowed. */
  readonly deny?: readonly string[];
}

/** How long the source waits for what. All in milliseconds; the defaults fit any cluster. @public */
export interface KubernetesTiming {
  /**
   * A watch that brings nothing for this long is believed to be dead, and is opened anew where it stopped. Default 90,000: an API server
   * sends a bookmark about once a minute, so one is overdue then.
   */
  readonly idleLimitMs?: number;
  /**
   * After this long everything is listed anew, at the next end of a watch, in case an event was lost; what has not changed is not written
   * again. Default 1,800,000; 0 for never.
   */
  readonly resyncMs?: number;
  /** The longest wait between two attempts while the API server is away. Default 5,000. */
  readonly longestBackoffMs?: number;
  /** How long the API server may take for its answer to a request. Default 30,000. */
  readonly answerMs?: number;
  /** How soon a kind that the API server does not know is looked for again; thrice that in the end. Default 10,000. */
  readonly absentKindMs?: number;
  /**
   * What has been forbidden for this long is told of, and is tried again every three times as long; before that it is tried as if the server
   * were away: one that has just started forbids everything for some seconds. An object that is named and not there is told of as late. Default 10,000.
   */
  readonly forbiddenMs?: number;
}

/** What {@link kubernetes} takes. @public */
export interface KubernetesOptions {
  /**
   * Path of a kubeconfig, or one that is loaded. Default: the service account if there is one, else `$KUBECONFIG`, else `~/.kube/config`.
   * A path, and the service account, are read anew when the API server no longer accepts what was in them.
   */
  readonly kubeconfig?: string | KubeConfig;
  /** The way to the API server, in place of `kubeconfig`; it is left open at the end. Default: one that nobody else uses. */
  readonly connection?: ClusterConnection;
  /** Default: all namespaces. */
  readonly namespaces?: NamespaceLists;
  /**
   * Only objects with these labels, of every kind, or of each kind as the function says.
   * @see {@link https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors | Kubernetes: label selectors}
   */
  readonly labelSelector?: string | ((kind: ResourceKind) => string | undefined);
  /** How many objects a page of a list has at most. Default 500. */
  readonly pageSize?: number;
  /** Default: nothing is logged. */
  readonly logger?: KubernetesLogger;
  readonly timing?: KubernetesTiming;
}

/** {@link KubernetesTiming} with its defaults. */
export type Timing = Required<KubernetesTiming>;

const defaultTiming: Timing = {
  idleLimitMs: 90_000,
  resyncMs: 1_800_000,
  longestBackoffMs: 5_000,
  answerMs: 30_000,
  absentKindMs: 10_000,
  forbiddenMs: 10_000,
};

export const silent: KubernetesLogger = { debug: () => undefined, info: () => undefined, warn: () => undefined };

/** Fills in the defaults. @throws {@link SignalboxError} `SOURCE_UNREADABLE` for a time that is none. */
export function timingOf({ timing = {} }: KubernetesOptions): Timing {
  for (const [name, value] of Object.entries(timing)) {
    if (value !== undefined && !(Number.isFinite(value) && value >= 0)) throw badOption(['timing', name].join('.'), value, 'milliseconds');
  }
  return { ...defaultTiming, ...timing };
}

/** @throws {@link SignalboxError} `SOURCE_UNREADABLE` if it is no number of objects. */
export function pageSizeOf({ pageSize = 500 }: KubernetesOptions): number {
  if (!Number.isInteger(pageSize) || pageSize < 1) throw badOption('pageSize', pageSize, 'a whole number from 1 on');
  return pageSize;
}

export function badOption(name: string, found: unknown, expected: string): SignalboxError {
  return signalboxError(
    'SOURCE_UNREADABLE',
    `Expected ${expected} as the option "${name}" of the Kubernetes source, found ${quote(String(found))}. Put it right where the source is made.`,
    { details: { option: name } },
  );
}
