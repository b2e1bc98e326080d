import { createPipeline, type Diagnostic, type ListenOptions, type Pipeline, type PipelineOptions, type Resource } from '@signalbox/core';
import { ingress } from '@signalbox/ingress';
import {
  type Answer,
  certificateFor,
  type EchoServer,
  echoServer,
  type MemorySource,
  memorySource,
  RealHaproxy,
  type RequestOptions,
  serviceOf,
  sliceOf,
} from '@signalbox/testing';

/** Certificates take time to make; one is enough for all scenes. */
const defaultNames: readonly string[] = ['default.example'];
let defaultCertificate: ReturnType<typeof certificateFor> | undefined;

/** Objects that go through the whole pipeline, and a real HAProxy that serves what comes out. */
export class Scene implements AsyncDisposable {
  readonly haproxy: RealHaproxy;
  readonly source: MemorySource;
  readonly pipeline: Pipeline;
  readonly #servers: EchoServer[] = [];

  private constructor(haproxy: RealHaproxy, source: MemorySource, pipeline: Pipeline) {
    this.haproxy = haproxy;
    this.source = source;
    this.pipeline = pipeline;
  }

  /** A scene that serves nothing yet: see {@link serve}. */
  static async create(
    options: Partial<Omit<PipelineOptions, 'listen'>> & { readonly listen?: Partial<ListenOptions> } = {},
  ): Promise<Scene> {
    defaultCertificate ??= certificateFor(defaultNames);
    const { pem } = await defaultCertificate;
    const haproxy = await RealHaproxy.create(options.listen);
    const source = memorySource();
    const pipeline = createPipeline({ plugins: [ingress()], defaultCertificate: { otherwise: pem }, ...options, listen: haproxy.listen });
    source.writeTo(pipeline.collection.writer(source.name, true, source.isOperator));
    return new Scene(haproxy, source, pipeline);
  }

  /** Starts an echo server and adds the Service and the slice that lead to it. Its name is the Service's. */
  async backend(name: string, namespace = 'default'): Promise<EchoServer> {
    const server = await this.server(name);
    this.source.set(serviceOf({ name, namespace }));
    this.source.set(sliceOf({ service: name, namespace, endpoints: [server.address], ports: server.port }));
    return server;
  }

  /** Starts an echo server that nothing leads to yet. */
  async server(name: string, at: { readonly address?: string; readonly port?: number } = {}): Promise<EchoServer> {
    const server = await echoServer({ name, ...at });
    this.#servers.push(server);
    return server;
  }

  /** Adds objects and lets HAProxy serve what they lead to. */
  async serve(...objects: readonly Resource[]): Promise<void> {
    for (const object of objects) this.source.set(object);
    await this.haproxy.serve(this.pipeline);
  }

  request(request: RequestOptions): Promise<Answer> {
    return this.haproxy.request(request);
  }

  /** Who answers `host` and `path`: the name of an echo server, or HAProxy's own status. */
  async answerer(host: string, path = '/'): Promise<string | number> {
    const { echo, status } = await this.request({ host, path });
    return echo?.name ?? status;
  }

  /** Codes of what users are told, sorted. */
  codes(): string[] {
    return this.diagnostics()
      .map(({ code }) => code)
      .sort();
  }

  diagnostics(): readonly Diagnostic[] {
    return this.pipeline.diagnostics();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.haproxy.stop(), ...this.#servers.map((server) => server.close())]);
  }
}
