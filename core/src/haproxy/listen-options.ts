import { signalboxError } from '../errors.js';
import { Path } from './emitter/path.js';

/** Where HAProxy listens and which files of its own it uses: the operator's choice. @public */
export interface ListenOptions {
  /** Port of plain HTTP; 0 leaves the frontend without a bind. */
  readonly httpPort: number;
  /** Port of HTTPS; 0 leaves the frontend without a bind. */
  readonly httpsPort: number;
  /** Addresses that HTTP and HTTPS listen on: `0.0.0.0`, `::`. */
  readonly addresses: readonly string[];
  /** Port of the statistics page (`/`) and of Prometheus metrics (`/metrics`). */
  readonly statsPort: number;
  /** Port of HAProxy's own `/healthz`. */
  readonly healthzPort: number;
  /** Addresses that statistics and `/healthz` listen on. */
  readonly adminAddresses: readonly string[];
  /** Absolute path of the admin socket; empty for none. */
  readonly statsSocket: string;
  /** Absolute path of the file that keeps the state of servers over a reload; empty for none. */
  readonly serverStateFile: string;
  /** Requests that no path of their host takes may go to wildcard and hostless rules. Default: they go to the default backend. */
  readonly fallThrough?: boolean;
  /**
   * Which hosts answer 400 to paths that a server behind HAProxy may read as another path (`//`, `/../`, `%2f`, `;`…), so that nobody
   * walks around a guard. Default `guarded`: those that have a route with a guard.
   */
  readonly pathPolicy?: 'always' | 'guarded' | 'never';
  /** Addresses and networks of proxies whose forwarding headers are believed. Default: none. */
  readonly trustedSources?: readonly string[];
  /** Threads that take connections, as HAProxy counts them: `1-4`, `1/1-4`. Default: all. */
  readonly threads?: Readonly<Partial<Record<'http' | 'https' | 'stats' | 'healthz', string>>>;
  /** Port of loopback by which a new worker of HAProxy gets the counters of the old one. Default 10000. */
  readonly peersPort?: number;
}

/** All of them, the usual ones where none are given. @throws {@link SignalboxError} `COMPOSITION_INVALID` for a path that HAProxy's configuration cannot name. */
export function completeListenOptions(some: Partial<ListenOptions> | undefined): ListenOptions {
  const all = { ...defaultListenOptions, ...some };
  for (const path of [all.statsSocket, all.serverStateFile].filter((each) => each !== '' && !Path.takes(each)))
    throw signalboxError(
      'COMPOSITION_INVALID',
      `The configuration of HAProxy cannot name ${JSON.stringify(path)}. Expected a path of letters, digits and "_ . @ + - /", no part of which starts with "." or "-". Choose another folder for its sockets.`,
    );
  return all;
}

/** The ports of HAProxy's own ingress controller, on all IPv4 addresses. @public */
export const defaultListenOptions: ListenOptions = {
  httpPort: 8080,
  httpsPort: 8443,
  addresses: ['0.0.0.0'],
  statsPort: 1024,
  healthzPort: 1042,
  adminAddresses: ['0.0.0.0'],
  statsSocket: '/var/run/signalbox/haproxy.sock',
  serverStateFile: '/var/run/signalbox/server-state',
};
