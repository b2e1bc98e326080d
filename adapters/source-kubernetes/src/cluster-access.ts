import type { KubeConfig } from '@kubernetes/client-node';
import { hash } from 'node:crypto';
import type { RequestOptions } from 'node:https';
import { Agent, type buildConnector, type Dispatcher, ProxyAgent } from 'undici';
import type { KubeConfigLoader } from './find-kubeconfig.js';

/** What a request needs to be let in. */
export interface Entry {
  /** URL of the API server, without a slash at the end. */
  readonly server: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly dispatcher: Dispatcher;
  /** Of the credentials; see {@link ClusterAccess.renew}. */
  readonly generation: number;
}

/** TLS options, some of which the types of `node:https` do not know. */
type Identity = Pick<RequestOptions, 'ca' | 'cert' | 'key' | 'pfx' | 'passphrase' | 'rejectUnauthorized' | 'servername'>;

const keepAlive = {
  keepAlive: true,
  // The kernel asks ten times in ten seconds then: a peer that vanished is known after half a minute.
  keepAliveInitialDelay: 15_000,
};

/** So long whoever gives credentials may take, in milliseconds. */
const mostEnteringMs = 30_000;

/**
 * The way to the API server: one pool of connections for as long as authority, certificate and key stay the same. Tokens, and files that are
 * named, are read as often as client-node does; a whole kubeconfig is read anew when the server no longer accepts it.
 */
export class ClusterAccess {
  readonly #load: KubeConfigLoader;
  #config: KubeConfig;
  #generation = 0;
  #entering: Promise<Entry> | undefined;
  #pool: { readonly key: string; readonly dispatcher: Dispatcher } | undefined;
  /** Those before the last rotation too, as long as something runs over them. */
  readonly #pools = new Set<Dispatcher>();
  #isClosed = false;

  constructor(load: KubeConfigLoader) {
    this.#load = load;
    this.#config = load();
  }

  /** For messages. */
  get server(): string {
    return this.#config.getCurrentCluster()?.server ?? '?';
  }

  /** Of the context. */
  get namespace(): string {
    return this.#config.getContextObject(this.#config.getCurrentContext())?.namespace || 'default';
  }

  /** Credentials as they are now. Those who ask at the same time share one look-up: it may start a program, which may hang. */
  enter(): Promise<Entry> {
    if (this.#entering !== undefined) return this.#entering;
    const { promise: late, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(() => reject(new Error(`no credentials were to be had in ${String(mostEnteringMs)} ms`)), mostEnteringMs);
    this.#entering = Promise.race([this.#enter(), late]).finally(() => {
      clearTimeout(timer);
      this.#entering = undefined;
    });
    return this.#entering;
  }

  /** Reads the credentials anew, unless that has been done since `generation`. What cannot be read stays as it was. */
  renew(generation: number): void {
    if (generation !== this.#generation) return;
    this.#generation += 1;
    try {
      this.#config = this.#load();
    } catch {
      // Being rewritten, perhaps; the server's refusal has been told of.
    }
  }

  /** Ends all connections at once, and lets none be made any more. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.allSettled([...this.#pools].map((pool) => pool.destroy()));
  }

  async #enter(): Promise<Entry> {
    const generation = this.#generation;
    const config = this.#config;
    const options: RequestOptions = {};
    await config.applyToHTTPSOptions(options);
    const headers: Record<string, string> = {};
    for (const [name, value] of Object.entries(options.headers ?? {})) headers[name] = String(value).trim();
    if (options.auth) headers['Authorization'] = ['Basic', Buffer.from(options.auth).toString('base64')].join(' ');
    const { ca, cert, key, pfx, passphrase, rejectUnauthorized, servername } = options;
    const identity = defined({ ca, cert, key, pfx, passphrase, rejectUnauthorized, servername });
    const server = this.server.replace(/\/+$/, '');
    return { server, headers, dispatcher: this.#dispatcher(config, server, identity), generation };
  }

  #dispatcher(config: KubeConfig, server: string, identity: Identity): Dispatcher {
    if (this.#isClosed) throw new Error('the connection is closed');
    const { proxyUrl } = config.getCurrentCluster() ?? {};
    const key = hash('sha256', JSON.stringify([server, proxyUrl, identity]));
    if (this.#pool?.key !== key) {
      void this.#retire(this.#pool?.dispatcher);
      this.#pool = { key, dispatcher: pool(identity, proxyUrl) };
      this.#pools.add(this.#pool.dispatcher);
    }
    return this.#pool.dispatcher;
  }

  /** What runs over an old pool ends by itself; nothing new begins there. */
  async #retire(old: Dispatcher | undefined): Promise<void> {
    if (old === undefined) return;
    await old.close().catch(() => undefined);
    this.#pools.delete(old);
  }
}

/** HTTP/1.1: over one HTTP/2 connection, all watches would fall silent together. */
function pool(identity: Identity, proxyUrl: string | undefined): Dispatcher {
  const tls = { ...identity, ...keepAlive } as buildConnector.BuildOptions;
  if (proxyUrl === undefined) return new Agent({ allowH2: false, connect: tls });
  return new ProxyAgent({ uri: proxyUrl, allowH2: false, requestTls: tls, connect: keepAlive });
}

function defined(identity: { readonly [K in keyof Identity]: Identity[K] | undefined }): Identity {
  return Object.fromEntries(Object.entries(identity).filter(([, value]) => value !== undefined));
}
