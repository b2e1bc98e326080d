import { SignalboxError } from '@signalbox/core';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { FileOperations } from './file-operations.js';
import type { Generation } from './generation-store.js';

/**
 * Addresses that HAProxy could not have when it last loaded files. It tries for two seconds, in which it has the worker before take no
 * connections; so it is not asked again while the system says that somebody has them.
 */
export class TakenAddresses {
  readonly #files: FileOperations;
  #last: { readonly error: SignalboxError; readonly addresses: readonly string[] } | undefined;

  constructor(files: FileOperations) {
    this.#files = files;
  }

  /** @param error - Of a load: `HAPROXY_RELOAD_FAILED` may have addresses in its details. */
  remember(error: unknown): void {
    const addresses: unknown = SignalboxError.is(error) ? error.details['addresses'] : undefined;
    this.#last = SignalboxError.is(error) && Array.isArray(addresses) ? { error, addresses: addresses.map(String) } : undefined;
  }

  /** @throws {@link SignalboxError} `HAPROXY_RELOAD_FAILED`, as HAProxy would after two seconds. */
  async requireFree(generation: Generation): Promise<void> {
    if (this.#last === undefined) return;
    const { error, addresses } = this.#last;
    const wanted = await this.#portsOf(generation);
    for (const address of addresses) {
      const [, host = '', port = ''] = /^(.*):(\d+)$/.exec(address) ?? [];
      if (wanted.has(port) && (await isListenedOn(host, Number(port)))) throw error;
    }
    this.#last = undefined;
  }

  async #portsOf({ folder, manifest }: Generation): Promise<ReadonlySet<string>> {
    const ports = new Set<string>();
    for (const path of manifest.keys()) {
      if (!path.endsWith('.cfg')) continue;
      const text = (await this.#files.read(join(folder, path)))?.toString('utf8') ?? '';
      for (const [, addresses = ''] of text.matchAll(/^\s*bind\s+(\S+)/gm))
        for (const [, port = ''] of addresses.matchAll(/:(\d+)(?=,|$)/g)) ports.add(port);
    }
    return ports;
  }
}

async function isListenedOn(host: string, port: number): Promise<boolean> {
  const server = createServer();
  try {
    await once(server.listen({ host, port, exclusive: true }), 'listening');
    return false;
  } catch (error) {
    // One that we may not have, HAProxy may.
    return (error as NodeJS.ErrnoException).code === 'EADDRINUSE';
  } finally {
    server.close();
  }
}
