import type { Resource } from '@signalbox/core';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePorts } from '../haproxy/free-ports.js';
import { type ClusterCredentials, makeCredentials } from './cluster-credentials.js';
import { type ClusterPrograms, findCluster } from './find-cluster.js';
import { GuardedProcess } from './guarded-process.js';
import { KubeApi, type ListOptions, type ObjectId } from './kube-api.js';
import { kubeconfigOf } from './kubeconfig.js';
import type { KubeAnswer, KubeRequest } from './kube-request.js';

/** How long a busy machine may take for a start. */
const startMs = 120_000;

/** Names of sockets in the folder: etcd wants them to look like a host and a port. */
const clientSocket = 'client:1';
const peerSocket = 'peer:1';

/** What {@link RealCluster.start} takes. @public */
export interface RealClusterOptions {
  /** Default: what {@link findCluster} finds. */
  readonly programs?: ClusterPrograms;
  /** More flags for kube-apiserver, after ours. */
  readonly apiServerFlags?: readonly string[];
}

/**
 * A Kubernetes control plane of its own: etcd, and an API server on loopback with TLS, RBAC and all kinds and admission plugins
 * that it has by default. Nothing else runs: no Pod ever starts, no EndpointSlice comes from a Service, nothing is
 * garbage-collected; a test writes what controllers would have written.
 *
 * The API server takes no loopback address into an EndpointSlice. Servers that are to be reached through one listen in
 * 10.244.0.0/16, which is there in the private network that `*.cluster.test.ts` run in: see {@link inClusterNetwork}.
 *
 * @example
 * ```ts
 * await using cluster = await RealCluster.start();
 * await using echo = await echoServer({ name: 'a', address: '10.244.0.1', port: 8080 });
 * await cluster.apply([serviceOf({ name: 'shop' }), sliceOf({ service: 'shop', endpoints: ['10.244.0.1'], ports: 8080 })]);
 * const token = await cluster.serviceAccountToken('signalbox', 'controller');
 * await writeFile(file, cluster.kubeconfigFor(token));
 * ```
 * @public
 */
export class RealCluster implements AsyncDisposable {
  /** Its folder; removed at the end. */
  readonly directory: string;
  /** `https://127.0.0.1:PORT`; the same after a restart. */
  readonly server: string;
  /** Certificate of the authority that has signed the API server's. */
  readonly caFile: string;
  /** Of a user who may do everything. */
  readonly adminToken: string;
  /** Of that user; {@link RealCluster.kubeconfigFor} makes others. */
  readonly kubeconfig: { readonly path: string; readonly text: string };
  readonly #ca: string;
  readonly #programs: ClusterPrograms;
  readonly #flags: readonly string[];
  readonly #apis: KubeApi[] = [];
  readonly #admin: KubeApi;
  #etcd: GuardedProcess | undefined;
  #apiServer: GuardedProcess | undefined;

  private constructor(directory: string, port: number, credentials: ClusterCredentials, options: Required<RealClusterOptions>) {
    this.directory = directory;
    this.server = `https://127.0.0.1:${port}`;
    this.caFile = credentials.caFile;
    this.adminToken = credentials.adminToken;
    this.#ca = credentials.ca;
    this.kubeconfig = { path: join(directory, 'kubeconfig'), text: this.kubeconfigFor(credentials.adminToken) };
    this.#programs = options.programs;
    this.#flags = [...apiServerFlags(directory, port, credentials), ...options.apiServerFlags];
    this.#admin = this.as(credentials.adminToken);
    process.once('exit', this.#abandon);
  }

  /**
   * Starts one, and resolves when it is ready, which takes some seconds.
   * @throws Error where etcd or kube-apiserver are missing, or with their words where they do not start.
   */
  static async start(options: RealClusterOptions = {}): Promise<RealCluster> {
    const { programs = findCluster(), apiServerFlags: flags = [] } = options;
    if (programs === undefined) throw new Error('There is no etcd and no kube-apiserver. Name a folder of both in $KUBEBUILDER_ASSETS.');
    const directory = mkdtempSync(join(tmpdir(), 'signalbox-cluster-'));
    const [port = 0] = await freePorts(1);
    const cluster = new RealCluster(directory, port, await makeCredentials(directory), { programs, apiServerFlags: flags });
    try {
      await writeFile(cluster.kubeconfig.path, cluster.kubeconfig.text, { mode: 0o600 });
      await cluster.#startEtcd();
      await cluster.startApiServer();
      await cluster.createNamespace('default');
      return cluster;
    } catch (error) {
      await cluster.stop();
      throw error;
    }
  }

  /** What the running etcd and API server have written last. */
  get output(): string {
    return `${this.#etcd?.output ?? ''}${this.#apiServer?.output ?? ''}`;
  }

  /** Process ids of those that run, to look at what they use. */
  get processIds(): { readonly etcd: number | undefined; readonly apiServer: number | undefined } {
    return { etcd: this.#etcd?.pid, apiServer: this.#apiServer?.pid };
  }

  /** The text of a kubeconfig for the bearer of a token. */
  kubeconfigFor(token: string, namespace?: string): string {
    return kubeconfigOf({ server: this.server, ca: this.#ca, token, namespace });
  }

  /** The API as the bearer of a token sees it. */
  as(token: string): KubeApi {
    const api = new KubeApi({ server: this.server, ca: this.#ca, token });
    this.#apis.push(api);
    return api;
  }

  /** Kills the API server, as a machine that goes away would. Its data stays. May be called twice. */
  async stopApiServer(): Promise<void> {
    await this.#apiServer?.kill();
    this.#apiServer = undefined;
  }

  /** Starts the API server where none runs, and resolves when it is ready. */
  async startApiServer(): Promise<void> {
    if (this.#apiServer?.runs === true) return;
    const started = new GuardedProcess(this.#programs.kubeApiserver, this.#flags, this.directory);
    this.#apiServer = started;
    await until('The API server', started, async () => (await this.request({ path: '/readyz' }).catch(() => undefined))?.status === 200);
  }

  /** Kills the API server and starts it again, on the same port and with the same data. */
  async restart(): Promise<void> {
    await this.stopApiServer();
    await this.startApiServer();
  }

  /** {@link KubeApi.request} as the admin; so are those below. */
  request(request: KubeRequest): Promise<KubeAnswer> {
    return this.#admin.request(request);
  }

  /** {@inheritDoc KubeApi.apply} */
  apply(objects: string | readonly Resource[]): Promise<Resource[]> {
    return this.#admin.apply(objects);
  }

  /** {@inheritDoc KubeApi.get} */
  get<T extends Resource = Resource>(id: ObjectId): Promise<T | undefined> {
    return this.#admin.get<T>(id);
  }

  /** {@inheritDoc KubeApi.list} */
  list<T extends Resource = Resource>(apiVersion: string, kind: string, options?: ListOptions): Promise<T[]> {
    return this.#admin.list<T>(apiVersion, kind, options);
  }

  /** {@inheritDoc KubeApi.patch} */
  patch<T extends Resource = Resource>(id: ObjectId, patch: object, subresource?: string): Promise<T> {
    return this.#admin.patch<T>(id, patch, subresource);
  }

  /** {@inheritDoc KubeApi.delete} */
  delete(id: ObjectId): Promise<boolean> {
    return this.#admin.delete(id);
  }

  /** {@inheritDoc KubeApi.createNamespace} */
  createNamespace(name: string): Promise<void> {
    return this.#admin.createNamespace(name);
  }

  /** {@inheritDoc KubeApi.serviceAccountToken} */
  serviceAccountToken(namespace: string, name: string, seconds?: number): Promise<string> {
    return this.#admin.serviceAccountToken(namespace, name, seconds);
  }

  /** Ends both and removes the folder; may be called twice. */
  async stop(): Promise<void> {
    process.off('exit', this.#abandon);
    for (const api of this.#apis) api.close();
    await this.stopApiServer();
    await this.#etcd?.kill();
    await rm(this.directory, { recursive: true, force: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #startEtcd(): Promise<void> {
    this.#etcd = new GuardedProcess(this.#programs.etcd, etcdFlags, this.directory);
    await until('etcd', this.#etcd, async () => existsSync(join(this.directory, clientSocket)));
  }

  /** Where a test run ends before its tests do. */
  readonly #abandon = (): void => {
    for (const each of [this.#apiServer, this.#etcd]) each?.killNow();
    rmSync(this.directory, { recursive: true, force: true });
  };
}

/** On sockets in the folder that it runs in, so that nobody else gets at it. */
const etcdFlags = [
  ...['--name', 'test', '--data-dir', 'etcd', '--initial-cluster', `test=unix://${peerSocket}`],
  ...['--listen-client-urls', `unix://${clientSocket}`, '--advertise-client-urls', `unix://${clientSocket}`],
  ...['--listen-peer-urls', `unix://${peerSocket}`, '--initial-advertise-peer-urls', `unix://${peerSocket}`],
  // Its data does not outlive it.
  '--unsafe-no-fsync',
  ...['--log-level', 'error'],
];

function apiServerFlags(directory: string, port: number, credentials: ClusterCredentials): string[] {
  return Object.entries({
    'etcd-servers': `unix://${join(directory, clientSocket)}`,
    'bind-address': '127.0.0.1',
    'secure-port': port,
    'tls-cert-file': credentials.certificateFile,
    'tls-private-key-file': credentials.keyFile,
    'token-auth-file': credentials.tokensFile,
    'authorization-mode': 'RBAC',
    'service-account-issuer': 'https://kubernetes.default.svc.cluster.local',
    'service-account-key-file': credentials.signingKeyFile,
    'service-account-signing-key-file': credentials.signingKeyFile,
    'service-cluster-ip-range': '10.96.0.0/16',
    // It looks for an address of the machine otherwise, and there may be none.
    'advertise-address': '127.0.0.1',
    // That address may not be in the EndpointSlice of the Service `kubernetes`.
    'endpoint-reconciler-type': 'none',
    profiling: false,
  }).map(([name, value]) => `--${name}=${value}`);
}

async function until(name: string, started: GuardedProcess, isReady: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + startMs;
  while (performance.now() < deadline) {
    if (!started.runs) break;
    if (await isReady()) return;
    await sleep(25);
  }
  await started.kill();
  throw new Error(`${name} does not start:\n${started.output.slice(-4000)}`);
}
