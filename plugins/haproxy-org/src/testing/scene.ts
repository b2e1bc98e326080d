import { createPipeline, type Diagnostic, type Pipeline, type Resource } from '@signalbox/core';
/* eslint-disable no-restricted-imports -- for tests alone: annotations need routes to act on, and something that serves them */
import { ingress } from '@signalbox/ingress';
import { certificateFor, type MemorySource, memorySource, RealHaproxy } from '@signalbox/testing';
/* eslint-enable no-restricted-imports */
import { haproxyOrg, type HaproxyOrgOptions } from '../haproxy-org.js';

/** Ingresses with our annotations, and a real HAProxy that serves what comes out. The operator's ConfigMap is `ops/haproxy`. */
export class Scene implements AsyncDisposable {
  readonly haproxy: RealHaproxy;
  readonly #pipeline: Pipeline;
  readonly #source: MemorySource = memorySource();

  private constructor(haproxy: RealHaproxy, pipeline: Pipeline) {
    this.haproxy = haproxy;
    this.#pipeline = pipeline;
    this.#source.writeTo(pipeline.collection.writer(this.#source.name, true, this.#source.isOperator));
  }

  /** A scene that serves nothing yet: see {@link Scene.serve}. */
  static async create(options: Partial<HaproxyOrgOptions> = {}): Promise<Scene> {
    const haproxy = await RealHaproxy.create();
    const { pem } = await certificateFor(['default.example']);
    const plugins = [ingress(), haproxyOrg({ configMap: 'ops/haproxy', ...options })];
    return new Scene(haproxy, createPipeline({ plugins, listen: haproxy.listen, defaultCertificate: { otherwise: pem } }));
  }

  /** Adds objects, or puts them in the place of those before. */
  add(...objects: readonly Resource[]): void {
    for (const object of objects) this.#source.set(object);
  }

  /** Lets HAProxy serve what all objects lead to. */
  async serve(): Promise<void> {
    await this.haproxy.serve(this.#pipeline);
  }

  /** What users are told. */
  get told(): readonly Diagnostic[] {
    return this.#pipeline.diagnostics();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.haproxy.stop();
  }
}

/** Annotations by the names of their keys. */
export function annotated(keys: Readonly<Record<string, string>> = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(keys).map(([key, value]) => [`haproxy.org/${key}`, value]));
}
