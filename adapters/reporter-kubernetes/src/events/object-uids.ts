import { kindKey, objectKey, type ObjectRef, type ResourceKind } from '@signalbox/core';
import type { ApiCaller, Outcome, Term } from '../api-caller.js';
import type { Clock } from '../clock.js';
import { objectPath } from '../paths.js';

/** Nothing but the metadata of an object, so that no Secret's data comes this way. */
const metadataOnly = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1';
const keptMs = 60_000;
const most = 10_000;

/** Knows the uids of objects: `kubectl describe` asks for the Events of an object by it. */
export class ObjectUids {
  readonly #caller: ApiCaller;
  readonly #clock: Clock;
  readonly #uidOf: ((object: ObjectRef) => string | undefined) | undefined;
  readonly #found = new Map<string, { readonly uid: string; readonly untilMs: number }>();

  /** @param uidOf - Of the host, which may know; nobody else is asked then. */
  constructor(caller: ApiCaller, clock: Clock, uidOf: ((object: ObjectRef) => string | undefined) | undefined) {
    this.#caller = caller;
    this.#clock = clock;
    this.#uidOf = uidOf;
  }

  /** The uid; or what became of the request for it. */
  async of(object: ObjectRef, kind: ResourceKind, term: Term): Promise<string | undefined | Exclude<Outcome, { is: 'done' }>> {
    if (this.#uidOf !== undefined) return this.#uidOf(object);
    const id = idOf(object);
    const kept = this.#found.get(id);
    if (kept !== undefined && this.#clock.monotonicMs() < kept.untilMs) return kept.uid;
    const outcome = await this.#caller.call('uid', { method: 'GET', path: objectPath(kind, object), accept: metadataOnly }, term);
    if (outcome.is !== 'done') return outcome;
    const { uid } = (outcome.body as { readonly metadata?: { readonly uid?: string } } | undefined)?.metadata ?? {};
    this.#found.delete(id);
    if (uid === undefined) return undefined;
    const [oldest] = this.#found.keys();
    if (this.#found.size >= most && oldest !== undefined) this.#found.delete(oldest);
    this.#found.set(id, { uid, untilMs: this.#clock.monotonicMs() + keptMs });
    return uid;
  }

  /** The object may be gone, and another in its place. */
  forget(object: ObjectRef): void {
    this.#found.delete(idOf(object));
  }
}

function idOf(object: ObjectRef): string {
  return `${kindKey(object)} ${objectKey(object)}`;
}
