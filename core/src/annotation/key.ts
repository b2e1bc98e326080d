import type { Resolved } from '../resource/reference.js';
import type { ResourceKind } from '../resource/resource.js';
import type { StandardSchema } from './standard-schema.js';

/** What an author says of a key, whatever its values are. @public */
export interface KeyOptions {
  /** What the key does, in one or two sentences; stands in the generated reference. */
  readonly doc: string;
  /** Value where the key is not set, as a user would write it. Without one the setting is `undefined` then. */
  readonly fallback?: string | number | boolean;
  /**
   * The key decides who may pass. Where its value cannot be used, the route answers 503 until it is mended; it never falls to
   * another scope.
   */
  readonly guard?: boolean;
  /**
   * What all scopes say holds together: `apply` receives the list of their values, the widest scope's first, empty where there is none.
   * Default: the nearest scope's value alone. Such a key has no fallback.
   */
  readonly gathered?: boolean;
  /** Other names of the key. If several are set on one object, the key's own name counts, then the first of these. */
  readonly aliases?: readonly string[];
}

/** One key of a family: the schema of its values and what is said of it. Made by `integer(…)`, `duration(…)`, `custom(…)` and so on. @public */
export interface Key<T = unknown> {
  readonly schema: StandardSchema<string, unknown>;
  /** Short name of the kind of value: `integer`, `duration`, `boolean`. */
  readonly type: string;
  /** The accepted form in words: `a whole number from 1 to 65535`. */
  readonly accepts: string;
  /** The accepted values, where they can be listed. */
  readonly values?: readonly string[];
  readonly options: KeyOptions;
  /** The value is a name, and what `apply` receives is made of the object that it leads to. Set by `secretRef(…)` and its kin. */
  readonly refersTo?: KeyReference;
  /** The value is of {@link AddressLists}: where a file that it names cannot be used, neither can the value. Set by `addressLists(…)`. */
  readonly namesFiles?: true;
  /** No message shows the text: it may hold a secret. */
  readonly isHidden?: true;
  /** Carries `T` for the compiler; never present. */
  readonly value?: T;
}

/** What `apply` receives for a key: its value, or `undefined` where there is neither a value nor a fallback. @public */
export type ValueOf<K> = K extends Key<infer T> ? T : never;

/** `T` where the options hold a fallback, a list of `T` where the key is gathered, else `T | undefined`. @public */
export type WithFallback<T, O extends KeyOptions> = O extends { readonly gathered: true }
  ? readonly T[]
  : O extends { readonly fallback: string | number | boolean }
    ? T
    : T | undefined;

/** To what kind of object a key refers. @public */
export interface KeyReference {
  readonly kind: ResourceKind;
  /** What `apply` receives. What `refuse(…)` makes, or an error, makes the reference a value that cannot be used. */
  readonly valueOf: (resolved: Resolved) => unknown;
}
