import type { OwnedDirective } from '../haproxy/rows.js';
import type { ListenOptions } from '../haproxy/listen-options.js';
import type { HeldSetting } from '../annotation/held-settings.js';
import type { HostPattern, Route } from './model.js';

/** What decides where requests go, to be read: a live view on the tables that copies nothing. Asking it scans them. @public */
export interface RoutingModel {
  readonly listen: Pick<ListenOptions, 'httpPort' | 'httpsPort' | 'fallThrough' | 'pathPolicy'>;
  /** Every route that an object asks for under one of these host patterns, or as the default backend; the oldest object's first. */
  routes(hosts: readonly HostPattern[]): readonly AskedRoute[];
  /** What families say about a listener: rules that hold for every request. */
  rulesOf(listener: 'http' | 'https'): readonly OwnedDirective[];
  /** Whether the owner of a route says who may pass it. */
  isGuarded(route: Route): boolean;
  /** What becomes of the requests of a route. */
  destination(route: Route): Destination;
}

/** A route, and the one that has its claim: itself, or an older one. @public */
export interface AskedRoute {
  readonly route: Route;
  readonly heldBy: Route;
}

/** Where the requests of a route go, and by which rules. @public */
export interface Destination {
  /** Name of the backend. */
  readonly pool: string;
  /** The Service, as namespace/name; the route names none where it is empty. */
  readonly service: string;
  /** Name of its port, or the number where it has no name or is missing. */
  readonly port: string;
  /** Why there can be no server, where that is known. */
  readonly missing?: 'service' | 'port' | 'addresses';
  /** Addresses and ports of the servers. */
  readonly servers: readonly string[];
  /** Id of the rule set; empty where there are no rules. */
  readonly ruleSet: string;
  /** The directives of the backend that hold for these requests, in the order in which they act. */
  readonly rules: readonly OwnedDirective[];
  /** Entries of the files that rules name by `-f`. */
  readonly lists: ReadonlyMap<string, readonly string[]>;
  readonly settings: readonly HeldSetting[];
  /** What keeps the route closed, where something does: object and field. */
  readonly closedBy?: string;
}
