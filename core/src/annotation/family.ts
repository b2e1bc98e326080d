import type { Directive, Duration, Path, SampleExpression } from '../haproxy/emitter/index.js';
import type { SecretText } from '../secret-text.js';
import type { Key, ValueOf } from './key.js';

/**
 * Where a key may be set, from the widest to the nearest. `global` is the operator's ConfigMap; the others are the kinds of
 * objects that translators name as owners of what they make.
 * @public
 */
export type Scope = 'global' | 'ingress' | 'service';

/** What a family acts on. @public */
export interface Targets {
  /** HAProxy's `global` section. */
  global: { readonly global: SectionTarget };
  /** The `defaults` section that all frontends and backends inherit. */
  defaults: { readonly defaults: SectionTarget };
  /**
   * A backend. What only the operator's ConfigMap and fallbacks say is written once, into the `defaults` section; a backend whose
   * Ingress or Service sets a key of the family has the family's directives of its own instead, never both.
   */
  pool: { readonly pool: PoolTarget };
  /** The requests of one owner's routes. */
  route: { readonly route: RouteTarget };
  /** The frontends of HTTP and HTTPS, and of the statistics. What a guard closes here answers 503 to every request. */
  listener: { readonly listener: ListenerTarget };
  /** The HTTPS frontend alone. What a guard closes here answers 503 to every request that comes over TLS. */
  https: { readonly https: HttpsTarget };
}

/** Takes directives of a section. @public */
export interface SectionTarget {
  add(directive: Directive): void;
}

/** Takes directives of a backend. @public */
export interface PoolTarget extends SectionTarget {
  /**
   * A file of certificates, in PEM, for `ca-file` and `crt`. `name` tells it from other files of the family. It belongs to the object
   * that says it: all backends for which that object says it share the file.
   */
  certificate(name: string, pem: SecretText): Path;
}

/** Takes what holds for every request, whatever its route. @public */
export interface ListenerTarget extends SectionTarget {
  /** Adds a directive to the frontends of HTTP and HTTPS, after those that find the route of a request. */
  add(directive: Directive): void;
  /** The frontend of the statistics page and the metrics; what is added acts on both. */
  readonly statistics: SectionTarget;
  /** Clients at these addresses are proxies whose forwarding headers (`X-Forwarded-For` and its kin) are believed. */
  trust(networks: readonly string[]): void;
}

/** Takes what holds for every TLS connection. @public */
export interface HttpsTarget {
  /** Clients have to show (`required`), or may show, a certificate of one of these authorities, given in PEM. */
  clientAuthorities(pem: SecretText, verify: 'required' | 'optional'): void;
}

/** What is counted, by {@link RouteTarget.track}. @public */
export interface Tracked {
  /** What each counter is for: the address of the client, or any other sample. */
  readonly by: 'src' | SampleExpression;
  /** What is counted, by its name in a stick table. */
  readonly counter: 'http_req_rate' | 'http_err_rate' | 'http_fail_rate' | 'conn_rate' | 'bytes_in_rate' | 'bytes_out_rate';
  /** Length of the period of the rate. */
  readonly period: Duration;
  /** How many counters are kept; the oldest go first. Default 102,400. */
  readonly size?: number;
}

/** Takes rules that hold for the requests of one owner's routes. @public */
export interface RouteTarget {
  /**
   * Adds an `http-request`, `http-response` or `http-after-response` rule. It applies to the requests of these routes only:
   * core adds that condition to the directive's own.
   */
  add(rule: Directive): void;
  /** A file of patterns, one entry a line, for `-f`. `name` tells it from other lists of the family. Changing it changes no rule. */
  list(name: string, entries: readonly string[]): Path;
  /** A pattern file of the operator's, for `-f`: one that a value of `addressLists(…)` names. Changing it changes no rule. */
  addressFile(name: string): Path;
  /**
   * Counts the requests of these routes, and returns what the counter of a request says: `sc0_http_req_rate(…)`. Each owner has counters
   * of its own, one for all its hosts, paths and Services; they survive reloads. At most three at a time hold for one request.
   */
  track(tracked: Tracked): SampleExpression;
  /**
   * Names and hashes (crypt(3)) of passwords. Returns what is true for a request that shows one of them: `http_auth(…)`.
   * `name` tells it from other lists of the family.
   */
  users(name: string, users: ReadonlyMap<string, SecretText>): SampleExpression;
  /** Whether the owner asks for TLS on these routes (`spec.tls`). */
  readonly tls: boolean;
  /** Port of the HTTPS frontend. */
  readonly httpsPort: number;
  /** True when the request came over TLS: `ssl_fc`. */
  readonly isTls: SampleExpression;
}

/**
 * Keys that belong together, and what they do. The schema of the keys is the documentation, the parser and the source of the
 * generated reference.
 * @public
 */
export interface Family<K extends Readonly<Record<string, Key>> = Readonly<Record<string, Key>>, On extends keyof Targets = keyof Targets> {
  /** Unique in its plugin; kebab-case. */
  readonly name: string;
  /** Version of the package that first had it. */
  readonly since?: string;
  readonly scopes: readonly Scope[];
  readonly on: On;
  readonly keys: K;
  /**
   * `false`, on pools: what the operator's ConfigMap says is written into each backend, for directives that a `defaults` section does
   * not take. Default `true`.
   */
  readonly inherited?: boolean;
  /**
   * Scopes in which the operator does not allow the keys, with what they could do about it: a clause that ends the sentence "… has no
   * effect: ". There a key is told as an error and has no effect; the other keys of its object hold.
   */
  readonly forbidden?: Readonly<Partial<Record<Scope, string>>>;
  /** Names of families of the same plugin whose directives come first. Without it: the order of the plugin's list. */
  readonly after?: readonly string[];
  /**
   * Called with the values that hold: for each key the nearest scope's, or its fallback. Pure and synchronous; called once for all
   * keys, free of the order in which they were written. If it throws, the family has no effect there, its owner is told, and where
   * a key of it is a guard the routes answer 503.
   */
  apply(values: { readonly [N in keyof K]: ValueOf<K[N]> }, target: Targets[On]): void;
}

/** Defines a family; checks at definition what can be checked. @public */
export function family<const K extends Readonly<Record<string, Key>>, const On extends keyof Targets>(
  definition: Family<K, On>,
): Family<K, On> {
  return definition;
}
