import type { Resource } from '@signalbox/core';
import type { Cluster } from './cluster.js';

/** A cluster of which objects can be set. */
export interface Changing {
  readonly cluster: Cluster;
  set(object: Resource): void;
}

/** A small change of a cluster; each `turn` does another of its kind. */
export type Change = (running: Changing, turn: number) => void;

/** Somewhere in the middle, each turn somewhere else. */
function place(count: number, turn: number): number {
  return (Math.floor(count / 2) + turn * 7) % count;
}

/** One endpoint has another address. */
export const endpointChanged: Change = (running, turn) => {
  const { cluster } = running;
  const { services, slicesPerService } = cluster.shape;
  running.set(cluster.slice(place(services, turn), place(slicesPerService, turn), turn + 1));
};

/** An Ingress more, with paths of its own. */
export const ingressAdded: Change = (running, turn) => {
  const { cluster } = running;
  running.set(cluster.ingress(cluster.shape.ingresses + turn));
};

/** An Ingress sets another header. */
export const headerChanged: Change = (running, turn) => {
  const { cluster } = running;
  running.set(cluster.ingress(place(cluster.shape.ingresses, turn), ['changed', String(turn)].join('-')));
};

/** A Secret has a new certificate. */
export const certificateRenewed: Change = (running, turn) => {
  const { cluster } = running;
  running.set(cluster.secret(0, (turn % 2) + 1));
};

/** The ConfigMap says another balancing algorithm: every pool that sets none inherits it. */
export const balanceChanged: Change = (running, turn) => {
  running.set(running.cluster.configMap({ 'load-balance': turn % 2 === 0 ? 'roundrobin' : 'leastconn' }));
};

/** The ConfigMap sets a header on every answer: all rule sets change, and with them all routes. */
export const headerOfAllChanged: Change = (running, turn) => {
  running.set(running.cluster.configMap({ 'load-balance': 'leastconn', 'response-set-header': ['X-Served', String(turn)].join(' ') }));
};
