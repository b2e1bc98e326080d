import type { Family, Scope } from '../annotation/family.js';
import type { Translator } from '../routing/translator.js';

/** What a host composes a controller of, besides sources and sinks: a plain value. Importing one changes nothing. @public */
export interface Plugin {
  readonly name: string;
  readonly translators?: readonly Translator[];
  readonly annotations?: readonly AnnotationSet[];
}

/** Families under their prefixes. @public */
export interface AnnotationSet {
  /** Prefixes of annotations, with the slash: `haproxy.org/`. The first is the one that messages use; an empty one means bare keys. */
  readonly prefixes: readonly string[];
  readonly families: readonly AnyFamily[];
  /** The ConfigMap whose data holds the keys of scope `global`, without prefix: `namespace/name`. */
  readonly configMap?: string;
  /** Keys that are known and have no effect, with the reason. */
  readonly withoutEffect?: readonly KnownKey[];
}

/** A key that is known but does nothing. @public */
export interface KnownKey {
  readonly key: string;
  readonly scopes: readonly Scope[];
  readonly type: string;
  readonly doc: string;
  /** `refused`: it would do something elsewhere, and does not here. `dead`: it never did anything. */
  readonly status: 'refused' | 'dead';
  /** For the user: why, and what to do instead. */
  readonly reason: string;
  /** It decides who may pass: a route that has it answers 503 rather than being served without it. */
  readonly guard?: boolean;
}

/** A family of any keys; what lists of families hold. @public */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- the values of each family are its own business
export type AnyFamily = Family<any, any>;
