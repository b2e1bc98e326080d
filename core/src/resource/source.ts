import type { Diagnostic, SourceLocation } from './diagnostic.js';
import type { ObjectRef, Resource, ResourceKind } from './resource.js';

/**
 * Where objects come from: the Kubernetes API, a folder of manifests, a resolver of names.
 *
 * `run` is called once. It writes what it finds into `into`, goes on following it, and returns when `signal` is aborted.
 * A rejection means that the source is lost for good; the controller stops. What can be retried is retried inside.
 * @public
 */
export interface Source {
  /** For logs and messages; of two sources that hold the same object, the one named first to the controller wins. */
  readonly name: string;
  /**
   * `false`: serving does not wait for the first full list of this source. Default `true`: nothing is applied before it has
   * called {@link ResourceWriter.synced}, so that a restart never empties HAProxy.
   */
  readonly required?: boolean;
  /**
   * `true`: what it gives is the operator's own, so that its endpoints may lead anywhere. Default `false`: tenants write it, so they may
   * not lead to loopback, to link-local addresses or to HAProxy's and the controller's own ports.
   */
  readonly isOperator?: boolean;
  run(into: ResourceWriter, interests: Interests, signal: AbortSignal): Promise<void>;
}

/** An object and the place where it was read. @public */
export interface SourceObject {
  readonly object: Resource;
  readonly location?: SourceLocation;
}

/**
 * Takes what one source finds. All calls are synchronous and may come at any time and in any number; the controller gathers them.
 * Objects of kinds that nobody asked for are passed over.
 * @public
 */
export interface ResourceWriter {
  set(object: Resource, location?: SourceLocation): void;
  /** Unknown objects are passed over. */
  delete(ref: ObjectRef): void;
  /** The full list: of `kind` where it is given, else of this source. What is not in it is gone. */
  replaceAll(objects: Iterable<SourceObject>, kind?: ResourceKind): void;
  /**
   * An object that is wanted exists and is on its way: what is computed is not applied before it comes, for a moment at least, so that
   * HAProxy loses nothing at a restart and has something new together with that to which it refers. Called from a listener of
   * {@link Interests.onChange}, it comes in time. `set` or `delete` of the object ends the wait: where it cannot be had, it is deleted.
   */
  expect(ref: ObjectRef): void;
  /** What is wrong with what this source read (broken documents, duplicates…). Replaces the previous report. */
  report(diagnostics: readonly Diagnostic[]): void;
  /** The first full list has been written. Later calls do nothing. */
  synced(): void;
}

/** What is wanted of the sources. It grows and shrinks while the controller runs. @public */
export interface Interests {
  /** Every kind that some part reads. */
  readonly kinds: readonly ResourceKind[];
  /** The keys of the objects that are wanted now of a kind whose `wanted` is `referenced`. There may be very many. */
  referenced(kind: ResourceKind): ReadonlySet<string>;
  /** Called after `kinds` changed, or `referenced`, with what is new of that. Returns the function that ends it. */
  onChange(listener: (changes: readonly ReferencedChange[]) => void): () => void;
}

/** Which objects of a kind are wanted that were not, and which no more. @public */
export interface ReferencedChange {
  readonly kind: ResourceKind;
  readonly added: readonly string[];
  readonly removed: readonly string[];
}
