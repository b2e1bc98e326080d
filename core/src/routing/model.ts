import type { Scope } from '../annotation/family.js';
import type { Origin } from '../resource/origin.js';

/** `a.example` exactly, `*.example` for one label before it, or empty for any host. Lower case, without a trailing dot. @public */
export type HostPattern = string;

/**
 * How a path is compared with the path of a request, as received (percent-encoding and all).
 * `prefix` goes by elements (`/foo` takes `/foo` and `/foo/x`), `text` by characters (`/foo` takes `/foobar`).
 * @public
 */
export interface PathMatch {
  readonly type: 'exact' | 'prefix' | 'text';
  /** Begins with `/`. */
  readonly value: string;
}

/** A port of a Service. @public */
export interface BackendRef {
  readonly namespace: string;
  /** Empty: there is none that can be named, which the translator tells; the route keeps its match and answers 503. */
  readonly service: string;
  /** Number or name; absent: the first port that the Service has. */
  readonly port?: number | string;
  /** Path of the field that names it, for messages. */
  readonly field?: string;
}

/** The object whose annotations hold for what it made. */
export interface Owner {
  /** Unique over all kinds. */
  readonly key: string;
  /** Name that tells its pools from others of the same Service, `NAMESPACE_NAME`. Absent for the operator's own. */
  readonly name?: string;
  readonly scope?: Scope;
  /** Sorts by age, the oldest first; unique too. */
  readonly age: string;
  readonly origin: Origin;
  /** HAProxy refuses what this field leads to: the routes keep their matches and answer 503, and nothing else of the object holds. */
  readonly closedBy?: string;
}

/** A route as one object asks for it. Several may ask for the same `claim`; the oldest has it. */
export interface Route {
  /** Identity of what is claimed: host and path. */
  readonly claim: string;
  readonly host: HostPattern;
  readonly path: PathMatch | 'default';
  readonly backend: BackendRef;
  readonly tls: boolean;
  readonly owner: Owner;
  readonly origin: Origin;
}

/** A name for which a certificate is wanted. The oldest object that asks for a name has it. */
export interface CertificateClaim {
  readonly name: HostPattern;
  /** Key of the Secret. */
  readonly secret: string;
  readonly owner: Owner;
  readonly origin: Origin;
}
