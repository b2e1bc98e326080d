import { lookup as systemLookup } from 'node:dns/promises';
import { isDeepStrictEqual } from 'node:util';
import { hostAddressesKind, kindKey, quote } from '@signalbox/core';
import type { Diagnostic, HostAddresses, Interests, ObjectRef, ResourceWriter, Source } from '@signalbox/core';

/** Finds the addresses of a host name; rejects with a `code` as in `node:dns`. @public */
export type Lookup = (name: string) => Promise<readonly { readonly address: string }[]>;

/** What {@link dns} takes. @public */
export interface DnsOptions {
  /** How long an answer is trusted, in milliseconds; each wait differs by up to a tenth. Default 10,000. */
  readonly intervalMs?: number;
  /** How long one look-up may take, in milliseconds. Default 5,000. */
  readonly timeoutMs?: number;
  /** How many look-ups may run at once. Default 4. */
  readonly concurrency?: number;
  /** Default: the resolver of the system, with all that it reads (`/etc/hosts`, search domains). */
  readonly lookup?: Lookup;
}

/**
 * Resolves the host names that are referred to, and again from time to time, and writes a {@link HostAddresses} object for each.
 *
 * A name that cannot be resolved (`HOST_NOT_RESOLVED`) keeps its last addresses; one that never could be has none. Serving waits only a
 * moment for names that are looked up for the first time.
 * @public
 */
export class DnsSource implements Source {
  /** For logs and messages. */
  readonly name = 'dns';
  /** Serving waits for no list of names. */
  readonly required = false;
  readonly #options: DnsOptions;

  constructor(options: DnsOptions = {}) {
    this.#options = options;
  }

  /** Resolves until `signal` is aborted. Rejects only if the writer throws. */
  async run(into: ResourceWriter, interests: Interests, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const names = new ResolvedNames(this.#options, into, reject);
    into.replaceAll([]);
    names.want([...interests.referenced(hostAddressesKind)], []);
    const unsubscribe = interests.onChange((changes) => {
      for (const { kind, added, removed } of changes) if (kindKey(kind) === kindKey(hostAddressesKind)) names.want(added, removed);
    });
    const end = (): void => resolve();
    signal.addEventListener('abort', end, { once: true });
    try {
      await promise;
    } finally {
      signal.removeEventListener('abort', end);
      unsubscribe();
      names.stop();
    }
  }
}

/** A source of the addresses of host names, by the resolver of the system. @public */
export function dns(options: DnsOptions = {}): DnsSource {
  return new DnsSource(options);
}

interface ResolvedName {
  readonly name: string;
  addresses?: readonly string[];
  failure?: Diagnostic;
  failures: number;
  timer?: NodeJS.Timeout;
}

/** The names that are wanted now, each resolved when it is due. */
class ResolvedNames {
  readonly #options: DnsOptions;
  readonly #into: ResourceWriter;
  readonly #fail: (error: unknown) => void;
  readonly #names = new Map<string, ResolvedName>();
  readonly #due: ResolvedName[] = [];
  #running = 0;
  #isStopped = false;
  #reported: readonly Diagnostic[] = [];

  constructor(options: DnsOptions, into: ResourceWriter, fail: (error: unknown) => void) {
    this.#options = options;
    this.#into = into;
    this.#fail = fail;
  }

  want(added: readonly string[], removed: readonly string[]): void {
    for (const name of removed) this.#drop(name);
    for (const name of added) if (!this.#names.has(name)) this.#add(name);
    this.#report();
    this.#next();
  }

  stop(): void {
    this.#isStopped = true;
    for (const { timer } of this.#names.values()) clearTimeout(timer);
  }

  #add(name: string): void {
    const added: ResolvedName = { name, failures: 0 };
    this.#names.set(name, added);
    this.#due.push(added);
    this.#into.expect(refTo(name));
  }

  #drop(name: string): void {
    clearTimeout(this.#names.get(name)?.timer);
    if (this.#names.delete(name)) this.#into.delete(refTo(name));
  }

  #isWanted(known: ResolvedName): boolean {
    return !this.#isStopped && this.#names.get(known.name) === known;
  }

  #next(): void {
    const { concurrency = 4 } = this.#options;
    while (this.#running < concurrency) {
      const next = this.#due.shift();
      if (!next) break;
      if (this.#isWanted(next)) this.#resolve(next).catch(this.#fail);
    }
    if (this.#running === 0 && !this.#isStopped) this.#into.synced();
  }

  async #resolve(known: ResolvedName): Promise<void> {
    this.#running += 1;
    const answer = await this.#lookUp(known.name);
    this.#running -= 1;
    if (this.#isWanted(known)) {
      if ('addresses' in answer) this.#succeed(known, answer.addresses);
      else this.#keep(known, answer.reason);
      this.#report();
      known.timer = setTimeout(() => {
        this.#due.push(known);
        this.#next();
      }, this.#waitMs(known));
    }
    this.#next();
  }

  async #lookUp(name: string): Promise<{ readonly addresses: readonly string[] } | { readonly reason: string }> {
    const { lookup = bySystem, timeoutMs = 5000 } = this.#options;
    const { promise: late, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(() => reject(Object.assign(new Error('timeout'), { code: 'ETIMEOUT' })), timeoutMs);
    try {
      const found = await Promise.race([lookup(name), late]);
      return { addresses: [...new Set(found.map(({ address }) => address))].sort() };
    } catch (error) {
      return { reason: reasonOf(error, timeoutMs) };
    } finally {
      clearTimeout(timer);
    }
  }

  #succeed(known: ResolvedName, addresses: readonly string[]): void {
    if (addresses.length === 0) {
      this.#keep(known, 'the name has no addresses');
      return;
    }
    delete known.failure;
    known.failures = 0;
    this.#write(known, addresses);
  }

  #keep(known: ResolvedName, reason: string): void {
    known.failures += 1;
    const kept = known.addresses?.length ? 'Its last addresses stay in use' : 'It has no addresses until then';
    const message = `${quote(known.name)} cannot be resolved: ${reason}. Expected is a host name that the resolver of this system knows. ${kept}; it is tried again.`;
    known.failure = { severity: 'warning', code: 'HOST_NOT_RESOLVED', object: refTo(known.name), message };
    if (!known.addresses) this.#write(known, []);
  }

  #write(known: ResolvedName, addresses: readonly string[]): void {
    if (isDeepStrictEqual(known.addresses, addresses)) return;
    known.addresses = addresses;
    const object: HostAddresses = { apiVersion: 'signalbox/v1', kind: 'HostAddresses', metadata: { name: known.name }, addresses };
    this.#into.set(object);
  }

  /** What fails is tried sooner, first after a second. */
  #waitMs({ failures }: ResolvedName): number {
    const { intervalMs = 10_000 } = this.#options;
    const waitMs = failures === 0 ? intervalMs : Math.min(intervalMs, 1000 * 2 ** (failures - 1));
    return waitMs * (0.9 + Math.random() * 0.2);
  }

  #report(): void {
    const failures = [...this.#names.values()].sort((a, b) => (a.name < b.name ? -1 : 1)).flatMap(({ failure }) => failure ?? []);
    if (isDeepStrictEqual(failures, this.#reported)) return;
    this.#reported = failures;
    this.#into.report(failures);
  }
}

function bySystem(name: string): Promise<readonly { readonly address: string }[]> {
  return systemLookup(name, { all: true, verbatim: true });
}

function refTo(name: string): ObjectRef {
  const { group, kind } = hostAddressesKind;
  return { group, kind, namespace: '', name };
}

function reasonOf(error: unknown, timeoutMs: number): string {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ENOTFOUND' || code === 'ENODATA') return 'there is no such name';
  if (code === 'ETIMEOUT') return `no answer within ${String(timeoutMs)} ms`;
  if (code === 'EAI_AGAIN') return 'the resolver gives no answer for now';
  return typeof code === 'string' ? code : 'the look-up failed';
}
