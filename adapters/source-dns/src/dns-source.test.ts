import { setTimeout as sleep } from 'node:timers/promises';
import { hostAddressesKind } from '@signalbox/core';
import type { Diagnostic, HostAddresses, Interests, ObjectRef, ReferencedChange, Resource, ResourceWriter } from '@signalbox/core';
import { describe, expect, it, vi } from 'vitest';
import { type DnsOptions, dns } from './index.js';

class Recorder implements ResourceWriter {
  readonly addresses: Record<string, readonly string[]> = {};
  readonly calls: string[] = [];
  diagnostics: readonly Diagnostic[] = [];

  set(object: Resource): void {
    this.addresses[object.metadata.name] = (object as HostAddresses).addresses;
    this.calls.push(`set ${object.metadata.name}`);
  }

  delete({ name }: ObjectRef): void {
    delete this.addresses[name];
    this.calls.push(`delete ${name}`);
  }

  expect({ name }: ObjectRef): void {
    this.calls.push(`expect ${name}`);
  }

  replaceAll(): void {
    this.calls.push('replaceAll');
  }

  report(diagnostics: readonly Diagnostic[]): void {
    this.diagnostics = diagnostics;
  }

  synced(): void {
    if (!this.calls.includes('synced')) this.calls.push('synced');
  }
}

class Names implements Interests {
  readonly kinds = [];
  #names: ReadonlySet<string>;
  readonly #listeners = new Set<(changes: readonly ReferencedChange[]) => void>();

  constructor(...names: readonly string[]) {
    this.#names = new Set(names);
  }

  referenced(): ReadonlySet<string> {
    return this.#names;
  }

  onChange(listener: (changes: readonly ReferencedChange[]) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  change(...names: readonly string[]): void {
    const before = this.#names;
    this.#names = new Set(names);
    const change = {
      kind: hostAddressesKind,
      added: [...this.#names.difference(before)],
      removed: [...before.difference(this.#names)],
    };
    for (const listener of this.#listeners) listener([change]);
  }
}

function start(options: DnsOptions, names: Names): { readonly seen: Recorder } & AsyncDisposable {
  const seen = new Recorder();
  const stop = new AbortController();
  const ended = dns({ intervalMs: 20, timeoutMs: 50, ...options }).run(seen, names, stop.signal);
  return {
    seen,
    async [Symbol.asyncDispose]() {
      stop.abort();
      await ended;
    },
  };
}

const answers = (...addresses: readonly string[]): { address: string }[] => addresses.map((address) => ({ address }));
const failing = (code: string): Promise<never> => Promise.reject(Object.assign(new Error(code), { code }));

describe('DnsSource', () => {
  it('writes the addresses of each name, sorted and once, and again only when they change', async () => {
    let addresses = ['10.0.0.2', '10.0.0.1', '10.0.0.2', '::1'];
    let asked = 0;
    const lookup = async (): Promise<{ address: string }[]> => {
      asked += 1;
      return answers(...addresses);
    };
    await using running = start({ lookup }, new Names('a.example'));
    await vi.waitUntil(() => asked > 3);
    expect(running.seen.addresses).toEqual({ 'a.example': ['10.0.0.1', '10.0.0.2', '::1'] });
    expect(running.seen.calls).toEqual(['replaceAll', 'expect a.example', 'set a.example', 'synced']);
    addresses = ['10.0.0.3'];
    await vi.waitUntil(() => running.seen.addresses['a.example']?.length === 1);
  });

  it('keeps the last addresses of a name that fails, and tells', async () => {
    let lookup = (): Promise<{ address: string }[]> => Promise.resolve(answers('10.0.0.1'));
    await using running = start({ lookup: () => lookup() }, new Names('a.example'));
    await vi.waitUntil(() => running.seen.addresses['a.example']);
    lookup = () => failing('ENOTFOUND');
    await vi.waitUntil(() => running.seen.diagnostics.length === 1);
    expect(running.seen.diagnostics).toMatchObject([
      { severity: 'warning', code: 'HOST_NOT_RESOLVED', object: { kind: 'HostAddresses', name: 'a.example' } },
    ]);
    expect(running.seen.addresses).toEqual({ 'a.example': ['10.0.0.1'] });
    lookup = () => Promise.resolve(answers('10.0.0.2'));
    await vi.waitUntil(() => running.seen.diagnostics.length === 0);
    expect(running.seen.addresses).toEqual({ 'a.example': ['10.0.0.2'] });
  });

  it('gives a name that does not exist no addresses', async () => {
    await using running = start({ lookup: () => failing('ENOTFOUND') }, new Names('a.example'));
    await vi.waitUntil(() => running.seen.calls.includes('synced'));
    expect(running.seen.addresses).toEqual({ 'a.example': [] });
  });

  it('does not wait for a look-up that hangs, nor run more of them at once than allowed', async () => {
    let running = 0;
    let most = 0;
    const lookup = async (name: string): Promise<{ address: string }[]> => {
      most = Math.max(most, (running += 1));
      await sleep(name === 'hangs.example' ? 200 : 5);
      running -= 1;
      return answers('10.0.0.1');
    };
    const names = Array.from({ length: 20 }, (_, index) => `${String(index)}.example`);
    await using source = start({ lookup, concurrency: 3, intervalMs: 1000 }, new Names('hangs.example', ...names));
    await vi.waitUntil(() => source.seen.calls.includes('synced'));
    expect(source.seen.diagnostics).toMatchObject([
      { object: { name: 'hangs.example' }, message: expect.stringContaining('within 50 ms') as string },
    ]);
    expect(Object.keys(source.seen.addresses)).toHaveLength(21);
    expect(most).toBeLessThanOrEqual(4);
  });

  it('deletes names that nobody refers to any more, and resolves new ones at once', async () => {
    const names = new Names('a.example');
    await using running = start({ lookup: async () => answers('10.0.0.1'), intervalMs: 60_000 }, names);
    await vi.waitUntil(() => running.seen.addresses['a.example']);
    names.change('b.example');
    await vi.waitUntil(() => running.seen.addresses['b.example']);
    expect(running.seen.addresses).toEqual({ 'b.example': ['10.0.0.1'] });
    expect(running.seen.calls).toContain('delete a.example');
  });

  it('asks the resolver of the system', async () => {
    await using running = start({ timeoutMs: 5000 }, new Names('localhost'));
    await vi.waitUntil(() => running.seen.addresses['localhost']?.length, { timeout: 5000 });
    expect(running.seen.addresses['localhost']?.every((address) => ['127.0.0.1', '::1'].includes(address))).toBe(true);
  });
});
