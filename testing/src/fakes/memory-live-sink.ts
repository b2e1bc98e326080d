import { createHash } from 'node:crypto';
import {
  type LiveSink,
  type LiveStep,
  type Observation,
  type ObservationScope,
  type Sent,
  signalboxError,
  type StepOutcome,
} from '@signalbox/core';

/** What a {@link MemoryLiveSink} begins with. @public */
export interface MemoryLiveSinkOptions {
  readonly worker?: number;
  /** Default: takes any backend. */
  readonly backends?: readonly string[];
}

type Server = Observation['servers'][number];

/** A running HAProxy that is none: it keeps what it is told, and does what a test wants. @public */
export class MemoryLiveSink implements LiveSink {
  readonly name = 'memory-live';
  /** Every step that was taken, in order. */
  readonly steps: LiveStep[] = [];
  readonly servers: Map<string, Server> = new Map();
  readonly maps: Map<string, Map<string, string>> = new Map();
  readonly lists: Map<string, Set<string>> = new Map();
  readonly names: Map<string, Set<string>> = new Map();
  readonly certificates: Map<string, string> = new Map();
  /** Servers that have connections. */
  readonly busy: Set<string> = new Set();
  backends: ReadonlySet<string> | undefined;
  /** Pid of the worker that answers; `undefined`: none does. */
  pid: number | undefined;
  /** Asked before each step; what it says becomes of it, if it says anything. */
  decide: (step: LiveStep) => StepOutcome | undefined = () => undefined;

  constructor({ worker = 1, backends }: MemoryLiveSinkOptions = {}) {
    this.pid = worker;
    this.backends = backends && new Set(backends);
  }

  worker(_signal: AbortSignal): Promise<number> {
    return Promise.resolve().then(() => this.#answering());
  }

  async send(steps: readonly LiveStep[], worker: number, _signal: AbortSignal): Promise<Sent> {
    const pid = await this.worker(_signal);
    if (pid !== worker) throw signalboxError('WORKER_REPLACED', `Worker ${pid} answers, ${worker} was expected.`);
    const outcomes: StepOutcome[] = [];
    for (const step of steps) outcomes.push(outcomes.at(-1)?.status === 'unknown' ? { status: 'unknown' } : this.#one(step));
    return { outcomes, commands: steps.length, bytes: 0 };
  }

  async observe({ maps, lists, crtLists, certificates }: ObservationScope, signal: AbortSignal): Promise<Observation> {
    const worker = await this.worker(signal);
    const only = <V>(all: ReadonlyMap<string, V>, wanted: readonly string[]): Map<string, V> =>
      new Map([...all].filter(([name]) => wanted.includes(name)));
    return {
      worker,
      backends: this.backends ?? new Set([...this.servers.values()].map(({ backend }) => backend)),
      servers: [...this.servers.values()],
      maps: only(this.maps, maps),
      lists: only(this.lists, lists),
      crtLists: only(this.names, crtLists),
      certificates: only(this.certificates, certificates),
    };
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #answering(): number {
    if (this.pid === undefined) throw signalboxError('HAPROXY_UNREACHABLE', 'Nobody answers.');
    return this.pid;
  }

  #one(step: LiveStep): StepOutcome {
    const decided = this.decide(step);
    if (decided !== undefined) return decided;
    this.steps.push(step);
    return this.#take(step) ?? { status: 'done' };
  }

  #take(step: LiveStep): StepOutcome | undefined {
    switch (step.do) {
      case 'add server':
        if (this.backends?.has(step.backend) === false) return { status: 'refused', why: 'No such backend.' };
        this.servers.set(`${step.backend}/${step.server.name}`, {
          backend: step.backend,
          name: step.server.name,
          address: step.server.address,
          port: step.server.port,
          weight: step.server.weight ?? 1,
          state: 'ready',
        });
        return undefined;
      case 'remove server':
        return this.#remove(`${step.backend}/${step.name}`, step.cut);
      case 'ready server':
        return this.#change(step, { state: 'ready' });
      case 'set weight':
        return this.#change(step, { weight: step.weight });
      case 'set maxconn':
        return this.#change(step, {});
      case 'set address':
        return this.#change(step, { address: step.address, port: step.port });
      case 'add row':
      case 'set row':
        this.#map(step.map).set(step.row.key, step.row.value);
        return undefined;
      case 'delete row':
        this.#map(step.map).delete(step.key);
        return undefined;
      case 'replace map':
        this.maps.set(step.map, new Map(Array.from(step.rows, ({ key, value }) => [key, value])));
        return undefined;
      case 'replace list':
        this.lists.set(step.list, new Set(step.entries));
        return undefined;
      case 'put certificate':
      case 'replace authorities':
        this.certificates.set(step.file, fingerprint(step.pem.reveal()));
        return undefined;
      case 'remove certificate':
        this.certificates.delete(step.file);
        return undefined;
      case 'add name':
        this.names.set(step.crtList, (this.names.get(step.crtList) ?? new Set()).add(lineOf(step)));
        return undefined;
      case 'remove name':
        this.names.get(step.crtList)?.delete(lineOf(step));
        return undefined;
    }
  }

  #remove(key: string, cut: boolean): StepOutcome | undefined {
    const server = this.servers.get(key);
    if (server === undefined) return undefined;
    this.servers.set(key, { ...server, state: 'maint' });
    if (this.busy.has(key) && !cut) return { status: 'busy' };
    this.servers.delete(key);
    return undefined;
  }

  #change({ backend, name }: { readonly backend: string; readonly name: string }, change: Partial<Server>): StepOutcome | undefined {
    const server = this.servers.get(`${backend}/${name}`);
    if (server === undefined) return { status: 'refused', why: 'No such server.' };
    this.servers.set(`${backend}/${name}`, { ...server, ...change });
    return undefined;
  }

  #map(file: string): Map<string, string> {
    const rows = this.maps.get(file) ?? new Map<string, string>();
    this.maps.set(file, rows);
    return rows;
  }
}

/** A live sink for tests without a HAProxy. @public */
export function memoryLiveSink(options: MemoryLiveSinkOptions = {}): MemoryLiveSink {
  return new MemoryLiveSink(options);
}

function lineOf({ certificate, name }: { readonly certificate: string; readonly name: string }): string {
  return name === '' ? certificate : `${certificate} ${name}`;
}

function fingerprint(pem: string): string {
  const body = /-----BEGIN CERTIFICATE-----([^-]*)-----END/.exec(pem)?.[1] ?? pem;
  return createHash('sha1').update(Buffer.from(body, 'base64')).digest('hex').toUpperCase();
}
