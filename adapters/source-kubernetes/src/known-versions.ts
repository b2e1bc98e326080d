import { objectKey } from '@signalbox/core';
import type { WireMetadata, WireObject } from './wire.js';

/** Is told how the objects of a list change. */
export interface Receiver {
  set(key: string, version: string, object: WireObject): void;
  delete(key: string): void;
}

/**
 * What is known of the objects of one list: which there are, each in which version. A list that is read anew is compared with that, so that
 * only what differs is passed on.
 */
export class KnownVersions {
  readonly #receiver: Receiver;
  readonly #admits: (metadata: WireMetadata) => boolean;
  readonly #versions = new Map<string, string>();
  /** While a list is read: what has not come up in it. */
  #unseen = new Set<string>();
  #isTrusted = true;

  /** Objects that `admits` does not let in are passed over. */
  constructor(receiver: Receiver, admits: (metadata: WireMetadata) => boolean = () => true) {
    this.#receiver = receiver;
    this.#admits = admits;
  }

  get size(): number {
    return this.#versions.size;
  }

  /** A list begins. `isTrusted`: an object in a version that is known is the one that is known. */
  begin(isTrusted: boolean): void {
    this.#unseen = new Set(this.#versions.keys());
    this.#isTrusted = isTrusted;
  }

  put(object: WireObject): void {
    if (!this.#admits(object.metadata)) return;
    const key = objectKey(object.metadata);
    const version = object.metadata.resourceVersion ?? '';
    this.#unseen.delete(key);
    if (this.#isTrusted && version !== '' && this.#versions.get(key) === version) return;
    this.#versions.set(key, version);
    this.#receiver.set(key, version, object);
  }

  delete({ metadata }: WireObject): void {
    this.#forget(objectKey(metadata));
  }

  /** The list was read to its end: what has not come up in it is gone. */
  end(): void {
    for (const key of this.#unseen) this.#forget(key);
    this.#unseen.clear();
    this.#isTrusted = true;
  }

  /** All is gone. */
  clear(): void {
    this.begin(true);
    this.end();
  }

  #forget(key: string): void {
    if (this.#versions.delete(key)) this.#receiver.delete(key);
  }
}
