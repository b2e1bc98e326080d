import type { Scope } from '../annotation/family.js';
import type { Diagnostic } from '../resource/diagnostic.js';
import type { Resource, ResourceKind } from '../resource/resource.js';
import type { BackendRef, HostPattern, PathMatch } from './model.js';

/**
 * Turns the objects of one kind into fragments of the routing model.
 * @public
 */
export interface Translator<T extends Resource = Resource> {
  readonly kind: ResourceKind<T>;
  /** Of a kind whose objects are read when they are referred to (ConfigMap): those that are to be, each `namespace/name`. */
  readonly objects?: readonly string[];
  /** Other kinds that `translate` looks up. */
  readonly reads?: readonly ResourceKind[];
  /** The scope in which annotations of such an object hold for its routes. */
  readonly scope?: Scope;
  /**
   * Called when the object, or anything that the call looked up, changes. Pure and synchronous: no clock, no I/O, no state.
   * If it throws, this object alone has no routes, and its owner is told.
   */
  translate(object: T, context: TranslateContext): void;
}

/** What a translator may look at and what it says. @public */
export interface TranslateContext {
  /** Looks an object up; the look-up is remembered, also when there is none. */
  get<R extends Resource>(kind: ResourceKind<R>, namespace: string, name: string): R | undefined;
  /** All objects of a kind, sorted by key. For kinds of which there are few (IngressClass): any change of any of them calls again. */
  list<R extends Resource>(kind: ResourceKind<R>): readonly R[];
  /** Adds a route: requests of `host` and `path` go to `backend`. */
  route(route: RouteDraft): void;
  /** Asks that requests which no route takes go to `backend`. The oldest object that asks has it. */
  defaultBackend(draft: { readonly backend: BackendRef; readonly field: string }): void;
  /** Lets a TCP port of HAProxy lead to a port of a Service. Of several objects that ask for a port the oldest has it. */
  stream(stream: StreamDraft): void;
  /** Gives a response in place of HAProxy's own answers with a status. Of several objects that do, the oldest counts. */
  errorFile(draft: ErrorFileDraft): void;
  /** Gives a file of patterns, which lines of HAProxy name as `patterns/NAME`. Of several objects that do, the oldest counts. */
  patternFile(draft: PatternFileDraft): void;
  /** Asks that the certificate of a Secret is served for host names. */
  certificate(draft: CertificateDraft): void;
  /** Tells the owner something. `object` and `source` are filled in. */
  report(diagnostic: Omit<Diagnostic, 'object' | 'source'>): void;
}

/** @public */
export interface RouteDraft {
  readonly host: HostPattern;
  readonly path: PathMatch;
  readonly backend: BackendRef;
  /** Whether the object asks for TLS on this host. */
  readonly tls: boolean;
  /** Path of the field that this comes from. */
  readonly field: string;
}

/** @public */
export interface StreamDraft {
  /** On which HAProxy listens; not one that something else of it has. */
  readonly port: number;
  readonly backend: BackendRef;
  /** HAProxy ends TLS, with the certificates that it serves to HTTPS. Default: bytes go through as they are. */
  readonly tls?: boolean;
  /** Path of the field that this comes from. */
  readonly field: string;
}

/** @public */
export interface ErrorFileDraft {
  /** One of {@link errorStatuses}. */
  readonly status: number;
  /** From its status line to the end of its body; {@link errorResponseProblem} finds nothing wrong with it. */
  readonly response: string;
  /** Path of the field that this comes from. */
  readonly field: string;
}

/** @public */
export interface PatternFileDraft {
  /** {@link patternNameProblem} finds nothing wrong with it. */
  readonly name: string;
  /** As {@link patternsOf} reads them. */
  readonly patterns: readonly string[];
  /** Path of the field that this comes from. */
  readonly field: string;
}

/** @public */
export interface CertificateDraft {
  /** Names and one-label wildcards. Empty: those that the certificate itself is for. */
  readonly names: readonly HostPattern[];
  /** `NAME` or `NAMESPACE/NAME` of a Secret of type kubernetes.io/tls. */
  readonly secret: string;
  readonly field: string;
}
