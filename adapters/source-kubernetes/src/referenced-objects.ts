import type { ResourceKind, ResourceWriter } from '@signalbox/core';
import { ApiFailure } from './api-failure.js';
import { Backoff, jittered } from './backoff.js';
import type { Receiver } from './known-versions.js';
import { prune } from './prune.js';
import type { Surroundings } from './reflector.js';
import { listPath } from './scopes.js';
import { isNamed, refTo, versionOf } from './wire.js';

const readsAtOnce = 8;

/**
 * The objects of a kind to which somebody refers. Which there are, and in which version, is known from `metadata` alone; an object itself is
 * read when it is referred to and its version is another than the one that was written. Of all others nothing is ever read.
 */
export class ReferencedObjects implements Receiver {
  readonly #surroundings: Surroundings;
  readonly #kind: ResourceKind;
  readonly #into: ResourceWriter;
  readonly #signal: AbortSignal;
  readonly #onIdle: () => void;
  readonly #wanted = new Set<string>();
  /** The versions of those that exist. */
  readonly #existing = new Map<string, string>();
  /** The versions of those that were written. */
  readonly #written = new Map<string, string>();
  /** Those that the writer waits for. */
  readonly #expected = new Set<string>();
  readonly #due = new Set<string>();
  readonly #running = new Map<string, Promise<void>>();
  /** Those that could not be read. */
  readonly #failed = new Map<string, FailedObject>();
  readonly #backoff: Backoff;
  /** Set while the server is left alone. */
  #rest: NodeJS.Timeout | undefined;
  readonly #lost = Promise.withResolvers<never>();

  /** `onIdle` is called when nothing is left to be read. */
  constructor(surroundings: Surroundings, kind: ResourceKind, into: ResourceWriter, signal: AbortSignal, onIdle: () => void) {
    this.#surroundings = surroundings;
    this.#kind = kind;
    this.#into = into;
    this.#signal = signal;
    this.#onIdle = onIdle;
    this.#backoff = new Backoff(surroundings.timing.longestBackoffMs);
    this.#lost.promise.catch(() => undefined);
  }

  /** Whether everything has been read, or has failed by itself. */
  get isIdle(): boolean {
    return this.#due.size === 0 && this.#running.size === 0;
  }

  /** Rejects if the writer throws. */
  get lost(): Promise<never> {
    return this.#lost.promise;
  }

  /** These are referred to from now on, and those no more. */
  want(added: readonly string[], removed: readonly string[]): void {
    for (const key of removed) if (this.#wanted.delete(key)) this.#drop(key);
    for (const key of added) {
      this.#wanted.add(key);
      this.#check(key);
    }
    this.#next();
  }

  set(key: string, version: string): void {
    this.#existing.set(key, version);
    this.#check(key);
    this.#next();
  }

  delete(key: string): void {
    this.#existing.delete(key);
    this.#drop(key);
    this.#next();
  }

  /** Ends all timers and waits for what is on its way; called when the signal has been aborted. */
  async end(): Promise<void> {
    clearTimeout(this.#rest);
    for (const { timer } of this.#failed.values()) clearTimeout(timer);
    this.#surroundings.troubles.leave(this);
    await Promise.all(this.#running.values());
  }

  /** Takes back what was written. */
  clear(): void {
    for (const key of [...this.#written.keys(), ...this.#expected]) this.#drop(key);
  }

  #isWanted(key: string): boolean {
    return this.#wanted.has(key) && this.#existing.has(key) && !this.#signal.aborted;
  }

  #check(key: string): void {
    if (!this.#isWanted(key) || this.#written.get(key) === this.#existing.get(key)) return;
    this.#due.add(key);
    if (this.#written.has(key) || this.#failed.has(key) || this.#expected.has(key)) return;
    this.#expected.add(key);
    this.#into.expect(refTo(this.#kind, key));
  }

  #drop(key: string): void {
    this.#due.delete(key);
    this.#settle(key);
    const isExpected = this.#expected.delete(key);
    if (this.#written.delete(key) || isExpected) this.#into.delete(refTo(this.#kind, key));
  }

  /** One that the writer waits for does not come soon. */
  #giveUp(key: string): void {
    if (this.#expected.delete(key)) this.#into.delete(refTo(this.#kind, key));
  }

  #next(): void {
    for (const key of this.#due) {
      if (this.#running.size >= readsAtOnce || this.#rest !== undefined || this.#signal.aborted) return;
      if (this.#running.has(key)) continue;
      this.#due.delete(key);
      const reading = this.#read(key)
        .catch((error: unknown) => this.#lost.reject(error))
        .finally(() => {
          this.#running.delete(key);
          this.#next();
        });
      this.#running.set(key, reading);
    }
    if (this.isIdle) this.#onIdle();
  }

  async #read(key: string): Promise<void> {
    const { api, troubles } = this.#surroundings;
    const { namespace, name } = refTo(this.#kind, key);
    const list = listPath({ kind: this.#kind, ...(namespace !== '' && { namespace }) });
    try {
      const value = await api.json({ verb: 'get', path: [list, encodeURIComponent(name)].join('/'), signal: this.#signal });
      this.#backoff.succeed();
      troubles.answered(this);
      this.#take(key, value);
    } catch (error) {
      if (!(error instanceof ApiFailure)) throw error;
      if (this.#isWanted(key)) this.#fail(key, error);
    }
  }

  #take(key: string, object: unknown): void {
    // Asked once more: much may have happened while it was on its way.
    if (!this.#isWanted(key)) return;
    if (!isNamed(object, this.#kind)) throw new ApiFailure('it sends something that is no object', { status: 500 });
    const version = versionOf(object);
    this.#settle(key);
    // Read at the version that the watch told of meanwhile, or at one of which it is still to tell.
    if (this.#existing.get(key) === version) this.#due.delete(key);
    this.#written.set(key, version);
    this.#expected.delete(key);
    this.#into.set(prune(object, this.#kind));
  }

  #fail(key: string, failure: ApiFailure): void {
    const { troubles, timing } = this.#surroundings;
    const { status = 503 } = failure;
    // Gone, most of the time: the watch tells of it as well, and ends this.
    if (status === 404) this.#giveUp(key);
    if (busy.has(status)) {
      this.#due.add(key);
      const waitMs = Math.max(this.#backoff.fail(), failure.retryAfterMs);
      if (this.#backoff.failures > 1) troubles.away(this, failure);
      this.#rest ??= setTimeout(() => {
        this.#rest = undefined;
        this.#next();
      }, waitMs);
      return;
    }
    const failed = this.#failed.get(key) ?? { sinceMs: performance.now(), backoff: new Backoff(timing.longestBackoffMs) };
    this.#failed.set(key, failed);
    let waitMs = failed.backoff.fail();
    // A server that has just started forbids everything for a moment, and the watch may be a moment behind.
    const isForAMoment = status === 403 || status === 404;
    if (!isForAMoment || performance.now() - failed.sinceMs >= timing.forbiddenMs) {
      if (failed.backoff.failures > 1) {
        troubles.unreadable(refTo(this.#kind, key), failure);
        this.#giveUp(key);
      }
      if (status === 403) waitMs = 3 * jittered(timing.forbiddenMs);
    }
    clearTimeout(failed.timer);
    failed.timer = setTimeout(() => {
      this.#check(key);
      this.#next();
    }, waitMs);
  }

  /** A failure of this object is over. */
  #settle(key: string): void {
    clearTimeout(this.#failed.get(key)?.timer);
    this.#failed.delete(key);
    this.#surroundings.troubles.readable(refTo(this.#kind, key));
  }
}

interface FailedObject {
  readonly sinceMs: number;
  readonly backoff: Backoff;
  /** Of its next try. */
  timer?: NodeJS.Timeout;
}

/** Answers that concern not one object, but all. */
const busy: ReadonlySet<number> = new Set([401, 429, 502, 503, 504]);
