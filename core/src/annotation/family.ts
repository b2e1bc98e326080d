import type { Directive, Path, SampleExpression } from '../haproxy/emitter/index.js';
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
  pool: { readonly pool: SectionTarget };
  /** The requests of one owner's routes. */
  route: { readonly route: RouteTarget };
}

/** Takes directives of a section. @public */
export interface SectionTarget {
  add(directive: Directive): void;
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
