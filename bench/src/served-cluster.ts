import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { Agent, createServer, request, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Resource } from '@signalbox/core';
import type { Ingress } from '@signalbox/ingress';
import { RealCluster } from '@signalbox/testing';
import { Cluster, type ClusterShape, configMapName } from './cluster.js';
import { type ProcessUsage, usageOf } from './process-usage.js';

/** The program as it is installed. */
const program = fileURLToPath(new URL('../../controller/dist/signalbox.mjs', import.meta.url));

const [httpPort, controllerPort] = [8000, 6060];
/** Where every endpoint listens. */
const endpointPort = 8080;
const mostWrites = 32;

/** A network of its own, in which every address of an endpoint is there to listen on: a command that runs another one in it. */
export const privateNetwork: readonly string[] = [
  ...['unshare', '-rn', 'sh', '-c'],
  'PATH="$PATH:/usr/sbin:/sbin"; ip link set lo up && ip route add local 10.0.0.0/7 dev lo && exec "$@"',
  'sh',
];

/** What the controller says of itself, summed over labels. */
export type Metrics = Readonly<Record<string, number>>;

/** A real API server with the objects of a cluster, and servers at the addresses of all endpoints. Only in {@link privateNetwork}. */
export class ServedCluster implements AsyncDisposable {
  readonly cluster: Cluster;
  readonly api: RealCluster;
  readonly #folder: string;
  readonly #endpoints: Server;
  readonly #agent = new Agent({ keepAlive: true });
  #controller: ChildProcess | undefined;

  private constructor(shape: ClusterShape, api: RealCluster, folder: string, endpoints: Server) {
    this.cluster = new Cluster(shape);
    this.api = api;
    this.#folder = folder;
    this.#endpoints = endpoints;
  }

  static async start(shape: ClusterShape): Promise<ServedCluster> {
    const api = await RealCluster.start();
    const folder = await mkdtemp(join(tmpdir(), 'signalbox-bench-'));
    const endpoints = createServer((received, answer) => answer.end(received.socket.localAddress)).listen(endpointPort, '0.0.0.0');
    await once(endpoints, 'listening');
    const served = new ServedCluster(shape, api, folder, endpoints);
    const settings = served.cluster.configMap({ 'load-balance': 'leastconn', check: 'false' });
    const objects = [...served.cluster.objects().filter(({ kind }) => kind !== 'ConfigMap'), settings];
    const namespaces = new Set(objects.flatMap(({ metadata: { namespace } }) => (namespace === undefined ? [] : [namespace])));
    await inParallel(
      [...namespaces].filter((name) => name !== 'default'),
      (name) => api.createNamespace(name),
    );
    await inParallel(objects, (object) => served.write(object));
    return served;
  }

  /** Creates an object, or replaces it. */
  async write(object: Resource): Promise<void> {
    const path = pathOf(object);
    const created = await this.api.request({ method: 'POST', path: path.slice(0, path.lastIndexOf('/')), body: object });
    const answer = created.status === 409 ? await this.api.request({ method: 'PUT', path, body: object }) : created;
    if (answer.status >= 300) throw new Error(`${path}: the API server answers ${answer.status}.`);
  }

  async remove(object: Resource): Promise<void> {
    await this.api.request({ method: 'DELETE', path: pathOf(object) });
  }

  /** Starts the controller, and HAProxy with it. Returns how long it took until all was served, in milliseconds. */
  async startController(): Promise<number> {
    const startedAt = performance.now();
    const args = [
      'run',
      ...['--kubeconfig', this.api.kubeconfig.path, '--configmap', `${configMapName.namespace}/${configMapName.name}`],
      ...['--config-dir', join(this.#folder, 'config'), '--runtime-dir', join(this.#folder, 'run')],
      ...['--http-bind-port', String(httpPort), '--publish-address', '203.0.113.1', '--log', 'warning'],
    ];
    // By its first line, which says how Node runs it.
    const env = { ...process.env, PATH: [dirname(process.execPath), process.env['PATH']].join(delimiter) };
    this.#controller = spawn(program, args, { env, stdio: ['ignore', 'inherit', 'inherit'] });
    // To ask costs the one who is asked, too.
    await until(async () => (await this.#get(controllerPort, '/readyz')).status === 200, 20);
    // The last one, and so all: HAProxy has them by one configuration.
    await until(async () => (await this.ask(this.cluster.ingress(this.cluster.shape.ingresses - 1))).status === 200);
    return performance.now() - startedAt;
  }

  async stopController(): Promise<void> {
    const controller = this.#controller;
    this.#controller = undefined;
    if (controller === undefined) return;
    controller.kill('SIGTERM');
    if (controller.exitCode === null) await once(controller, 'exit');
  }

  /** Asks for the first path of an Ingress. The body is the address of the endpoint that answers. */
  async ask({ spec }: Ingress): Promise<{ readonly status: number; readonly body: string }> {
    const [rule] = spec?.rules ?? [];
    return this.#get(httpPort, rule?.http?.paths?.[0]?.path ?? '/', rule?.host ?? undefined);
  }

  async usage(): Promise<ProcessUsage> {
    return usageOf(this.#controller?.pid ?? 0);
  }

  /** Waits until the controller has done what follows a start, most of it a status of each Ingress. */
  async untilQuiet(): Promise<void> {
    await until(async () => {
      const { cpuMs } = await this.usage();
      await sleep(2_000);
      return (await this.usage()).cpuMs - cpuMs < 100;
    });
  }

  async metrics(): Promise<Metrics> {
    const { body } = await this.#get(controllerPort, '/metrics');
    const sums: Record<string, number> = {};
    for (const [, name = '', value] of body.matchAll(/^(\w+)(?:\{[^\n]*\})? ([\d.e+-]+)$/gm))
      sums[name] = (sums[name] ?? 0) + Number(value);
    return sums;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stopController();
    this.#agent.destroy();
    this.#endpoints.closeAllConnections();
    this.#endpoints.close();
    await this.api.stop();
    await rm(this.#folder, { recursive: true, force: true });
  }

  #get(port: number, path: string, host: string = 'bench.example'): Promise<{ readonly status: number; readonly body: string }> {
    return new Promise((resolve) => {
      const failed = (): void => resolve({ status: 0, body: '' });
      const sent = request({ port, path, host: '127.0.0.1', agent: this.#agent, headers: { host } }, (answer) => {
        let body = '';
        answer.setEncoding('utf8').on('data', (text: string) => (body += text));
        answer.once('end', () => resolve({ status: answer.statusCode ?? 0, body }));
        answer.once('error', failed);
      });
      sent.once('error', failed);
      sent.end();
    });
  }
}

/** Asks again and again. @throws Error after a minute. */
export async function until(isSo: () => Promise<boolean>, pauseMs = 1): Promise<void> {
  const end = performance.now() + 60_000;
  while (!(await isSo())) {
    if (performance.now() > end) throw new Error(`It is not so after a minute: ${isSo.toString()}`);
    await sleep(pauseMs);
  }
}

async function inParallel<T>(all: readonly T[], work: (one: T) => Promise<void>): Promise<void> {
  const left = all.values();
  const worker = async (): Promise<void> => {
    for (const each of left) await work(each);
  };
  await Promise.all(Array.from({ length: mostWrites }, worker));
}

const plurals: Readonly<Record<string, string>> = {
  ConfigMap: 'configmaps',
  EndpointSlice: 'endpointslices',
  Ingress: 'ingresses',
  IngressClass: 'ingressclasses',
  Secret: 'secrets',
  Service: 'services',
};

function pathOf({ apiVersion, kind, metadata: { namespace, name } }: Resource): string {
  const group = apiVersion === 'v1' ? '/api/v1' : `/apis/${apiVersion}`;
  return [group, ...(namespace === undefined ? [] : ['namespaces', namespace]), plurals[kind], name].join('/');
}
