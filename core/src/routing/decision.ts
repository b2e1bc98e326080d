import type { HeldSetting } from '../annotation/held-settings.js';
import type { Origin } from '../resource/origin.js';
import type { HostPattern, Route } from './model.js';
import type { Destination } from './routing-model.js';

/** What becomes of a request, and why. @public */
export interface Decision {
  /** Host and path by which it is routed. */
  readonly host: string;
  readonly path: string;
  readonly listener: { readonly name: 'http' | 'https'; /** 0: nothing listens. */ readonly port: number };
  /** The host pattern that takes it; absent where none does. */
  readonly pattern?: HostPattern;
  readonly route?: Route;
  readonly destination?: Destination;
  readonly settings: readonly HeldSetting[];
  /** In the order in which they act. */
  readonly rules: readonly DecidedRule[];
  /** Other routes that might have been meant. */
  readonly candidates: readonly Candidate[];
  readonly answer: RoutedAnswer;
}

/** What is found before it is said how it ends. */
export type Found = Omit<Decision, 'settings' | 'candidates' | 'answer'>;

/** A rule of the backend, and whether it applies to the request. @public */
export interface DecidedRule {
  /** As HAProxy reads it. */
  readonly text: string;
  readonly applies: boolean | 'depends';
  /** What it depends on, for people. */
  readonly on?: string;
  /** What it answers where it applies; absent where the request goes on. `location`: where that is certain. */
  readonly answer?: { readonly status: number; readonly location?: string };
  readonly origin?: Origin;
}

/** A route that did not get the request. @public */
export interface Candidate {
  readonly route: Route;
  readonly because: string;
}

/** How it ends, if none of the rules that depend on something else answers before. @public */
export type RoutedAnswer =
  | { readonly kind: 'forward'; readonly pool: string; readonly servers: readonly string[] }
  | { readonly kind: 'answer'; readonly status: number; readonly because: string; readonly location?: string }
  /** Nothing listens there. */
  | { readonly kind: 'none'; readonly because: string };
