import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Controller,
  type ControllerEvents,
  createController,
  type DurableSink,
  type FileEdit,
  type Interests,
  type Resource,
  type ResourceWriter,
  SecretText,
  type Source,
} from '@signalbox/core';
import { haproxyCfg, type HaproxyCfgSink } from '@signalbox/sink-haproxy-cfg';
import { runtimeApi } from '@signalbox/sink-runtime-api';
import { issueCertificates } from './certificates.js';
import type { Changing } from './changes.js';
import { Cluster, type ClusterShape } from './cluster.js';
import { defaultPlugins } from './plugins.js';

/** What one change costs outside of the controller. */
export interface LiveCost {
  readonly commands: number;
  readonly socketBytes: number;
  readonly diskBytes: number;
  readonly reloads: number;
}

type Applied = ControllerEvents['applied'][0];

/** A cluster that a controller brings to a real HAProxy. Nobody is asked whether servers are there: nothing is sent to their addresses. */
export class LiveCluster implements Changing, AsyncDisposable {
  readonly cluster: Cluster;
  readonly controller: Controller;
  readonly #folder: string;
  readonly #source: BenchSource;
  readonly #disk: CountingSink;
  readonly #end = new AbortController();
  readonly #run: Promise<void>;

  private constructor(cluster: Cluster, controller: Controller, folder: string, source: BenchSource, disk: CountingSink) {
    this.cluster = cluster;
    this.controller = controller;
    this.#folder = folder;
    this.#source = source;
    this.#disk = disk;
    this.#run = controller.run(this.#end.signal);
  }

  /** Serving, with names for all. */
  static async start(shape: ClusterShape): Promise<LiveCluster> {
    const cluster = new Cluster(shape);
    const folder = await mkdtemp(join(tmpdir(), 'signalbox-bench-'));
    const [httpPort = 0, httpsPort = 0, statsPort = 0, healthzPort = 0, peersPort = 0] = await freePorts(5);
    const [certificate] = await issueCertificates(1);
    const decoded = [certificate?.['tls.crt'], certificate?.['tls.key']].map((text) => Buffer.from(text ?? '', 'base64').toString());
    const source = new BenchSource([...cluster.objects(), cluster.configMap({ 'load-balance': 'leastconn', check: 'false' })]);
    const disk = new CountingSink(haproxyCfg({ configDir: join(folder, 'config'), runtimeDir: join(folder, 'run') }));
    const controller = createController({
      sources: [source],
      plugins: defaultPlugins(),
      sinks: [disk, runtimeApi({ socket: join(folder, 'run', 'haproxy.sock') })],
      listen: { httpPort, httpsPort, statsPort, healthzPort, peersPort, addresses: ['127.0.0.1'], adminAddresses: ['127.0.0.1'] },
      defaultCertificate: { otherwise: new SecretText(decoded.join('\n')) },
    });
    controller.events.on('failed', ({ error }) => process.stderr.write(`${String(error)}\n`));
    const live = new LiveCluster(cluster, controller, folder, source, disk);
    await live.#applied();
    return live;
  }

  set(object: Resource): void {
    this.#source.set(object);
  }

  /** Makes a change and waits until HAProxy has it all. Returns how long that took, in milliseconds. */
  async effective(change: (running: this) => void): Promise<number> {
    const startedAt = performance.now();
    const applied = this.#applied();
    change(this);
    await applied;
    return performance.now() - startedAt;
  }

  /** Counts what a change costs. */
  async cost(change: (running: this) => void): Promise<LiveCost> {
    const cost = { commands: 0, socketBytes: 0, reloads: 0 };
    const count = ({ sent, reload }: Applied): void => {
      cost.commands += sent?.commands ?? 0;
      cost.socketBytes += sent?.bytes ?? 0;
      cost.reloads += reload === 'none' ? 0 : 1;
    };
    this.controller.events.on('applied', count);
    const before = this.#disk.bytes;
    await this.effective(change);
    this.controller.events.off('applied', count);
    return { ...cost, diskBytes: this.#disk.bytes - before };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end.abort();
    await this.#run;
    await rm(this.#folder, { recursive: true, force: true });
  }

  #applied(): Promise<void> {
    return new Promise((resolve) => {
      const listen = ({ waiting, steps }: Applied): void => {
        if (waiting !== undefined || steps.length === 0) return;
        this.controller.events.off('applied', listen);
        resolve();
      };
      this.controller.events.on('applied', listen);
    });
  }
}

/** Objects that a bench sets. */
class BenchSource implements Source {
  readonly name = 'bench';
  readonly #objects: readonly Resource[];
  #writer: ResourceWriter | undefined;

  constructor(objects: readonly Resource[]) {
    this.#objects = objects;
  }

  async run(into: ResourceWriter, _interests: Interests, signal: AbortSignal): Promise<void> {
    this.#writer = into;
    into.replaceAll(this.#objects.map((object) => ({ object })));
    into.synced();
    // As a connection to an API server would, it keeps the process alive.
    const alive = setInterval(() => undefined, 60_000);
    await new Promise((resolve) => {
      signal.addEventListener('abort', resolve, { once: true });
    });
    clearInterval(alive);
  }

  set(object: Resource): void {
    this.#writer?.set(object);
  }
}

/** Counts the bytes of notes: what a change brings to disk. The files of HAProxy follow later, many changes at a time. */
class CountingSink implements DurableSink {
  readonly #sink: HaproxyCfgSink;
  bytes = 0;

  constructor(sink: HaproxyCfgSink) {
    this.#sink = sink;
  }

  get name(): string {
    return this.#sink.name;
  }

  get listen(): NonNullable<DurableSink['listen']> {
    return this.#sink.listen;
  }

  async note(edits: readonly FileEdit[], signal: AbortSignal): Promise<void> {
    this.bytes += Buffer.byteLength(JSON.stringify(edits));
    await this.#sink.note(edits, signal);
  }

  features: DurableSink['features'] = (signal) => this.#sink.features(signal);
  write: DurableSink['write'] = (change, signal) => this.#sink.write(change, signal);
  check: DurableSink['check'] = (change, signal) => this.#sink.check(change, signal);
  onReport: DurableSink['onReport'] = (listener) => this.#sink.onReport(listener);
  close: DurableSink['close'] = (how, deadlineMs) => this.#sink.close(how, deadlineMs);
}

async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => new Promise((resolve) => server.once('listening', resolve))));
  const ports = servers.map((server) => (server.address() as { readonly port: number }).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
