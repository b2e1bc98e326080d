import {
  type Diagnostic,
  type Interests,
  type ObjectRef,
  type Resource,
  type ResourceKind,
  type ResourceWriter,
  type SourceLocation,
  type SourceObject,
  formatRef,
  refOf,
} from '@signalbox/core';

const kind = (group: string, name: string, namespaced = true): ResourceKind => ({
  group,
  version: 'v1',
  kind: name,
  plural: `${name.toLowerCase()}s`,
  namespaced,
});

export const kinds: readonly ResourceKind[] = [
  kind('networking.k8s.io', 'Ingress'),
  kind('networking.k8s.io', 'IngressClass', false),
  kind('', 'Service'),
  kind('discovery.k8s.io', 'EndpointSlice'),
  kind('', 'Secret'),
  kind('', 'ConfigMap'),
  kind('', 'Namespace', false),
  kind('example.com', 'Widget'),
];

/** What is asked for, as a test wants it. */
export class FixedInterests implements Interests {
  kinds: readonly ResourceKind[];
  readonly #listeners = new Set<() => void>();

  constructor(asked: readonly ResourceKind[] = kinds) {
    this.kinds = asked;
  }

  referenced(): ReadonlySet<string> {
    return new Set();
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  change(asked: readonly ResourceKind[]): void {
    this.kinds = asked;
    for (const listener of this.#listeners) listener();
  }
}

/** Writes down what a source hands over. */
export class Recorder implements ResourceWriter {
  readonly objects = new Map<string, Resource>();
  readonly locations = new Map<string, SourceLocation | undefined>();
  readonly calls: string[] = [];
  diagnostics: readonly Diagnostic[] = [];
  isSynced = false;
  #waiting = new Set<() => void>();

  set(object: Resource, location?: SourceLocation): void {
    this.#put(object, location);
    this.#called(`set ${formatRef(refOf(object))}`);
  }

  delete(ref: ObjectRef): void {
    this.objects.delete(formatRef(ref));
    this.#called(`delete ${formatRef(ref)}`);
  }

  replaceAll(objects: Iterable<SourceObject>): void {
    this.objects.clear();
    for (const { object, location } of objects) this.#put(object, location);
    this.#called('replaceAll');
  }

  report(diagnostics: readonly Diagnostic[]): void {
    this.diagnostics = diagnostics;
    this.#called('report');
  }

  synced(): void {
    this.isSynced = true;
    this.#called('synced');
  }

  get names(): string[] {
    return [...this.objects.keys()].sort();
  }

  get codes(): string[] {
    return this.diagnostics.map(({ code }) => code);
  }

  /** Waits until `condition` holds; it is asked after each call. */
  async until(condition: () => boolean, withinMs = 5000): Promise<void> {
    const endMs = Date.now() + withinMs;
    while (!condition()) {
      const leftMs = endMs - Date.now();
      if (leftMs <= 0)
        throw new Error(
          `not so within ${String(withinMs)} ms: ${String(condition)}; there are ${this.names.join(', ')}; ${JSON.stringify(this.diagnostics)}`,
        );
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, Math.min(leftMs, 50));
        this.#waiting.add(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
  }

  #put(object: Resource, location: SourceLocation | undefined): void {
    const name = formatRef(refOf(object));
    this.objects.set(name, object);
    this.locations.set(name, location);
  }

  #called(call: string): void {
    this.calls.push(call);
    const waiting = this.#waiting;
    this.#waiting = new Set();
    for (const wake of waiting) wake();
  }
}
