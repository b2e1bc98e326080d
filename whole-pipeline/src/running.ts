import {
  type Controller,
  type ControllerOptions,
  createController,
  defaultListenOptions,
  type Diagnostic,
  type Plugin,
  type Resource,
  type SecretText,
  type Sink,
} from '@signalbox/core';
import { haproxyOrg } from '@signalbox/haproxy-org';
import { ingress } from '@signalbox/ingress';
import { haproxyCfg } from '@signalbox/sink-haproxy-cfg';
import { runtimeApi, type RuntimeApiOptions } from '@signalbox/sink-runtime-api';
import {
  type Answer,
  certificateFor,
  freePorts,
  type MemorySource,
  memorySource,
  type RequestOptions,
  sendRequest,
} from '@signalbox/testing';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';

/** Where a controller of a test serves; kept while controllers come and go. */
export interface Place {
  readonly folder: string;
  readonly httpPort: number;
  readonly httpsPort: number;
  readonly statsPort: number;
  readonly healthzPort: number;
  readonly peersPort: number;
  readonly certificate: SecretText;
}

export async function newPlace(): Promise<Place> {
  const folder = await mkdtemp(join(tmpdir(), 'signalbox-run-'));
  const [httpPort = 0, httpsPort = 0, statsPort = 0, healthzPort = 0, peersPort = 0] = await freePorts(5);
  const { pem: certificate } = await certificateFor(['default.example']);
  return { folder, httpPort, httpsPort, statsPort, healthzPort, peersPort, certificate };
}

/** Where the HAProxy of a place has its admin socket. */
export function adminSocket(folder: string): string {
  return join(folder, 'run', 'admin.sock');
}

async function adminCommand(path: string, line: string): Promise<string> {
  const socket = createConnection(path);
  socket.setEncoding('utf8').end(`${line}\n`);
  let answer = '';
  for await (const chunk of socket as AsyncIterable<string>) answer += chunk;
  return answer.trim();
}

/** The HAProxy of a controller. */
interface HaproxyAtHand {
  /** The binary. Default: the one at hand. */
  readonly path?: string;
  /** Whether it is changed while it runs. Default: each change is a reload. */
  readonly isLive?: boolean;
  /** How it is reached for that. Default: at its own socket. */
  readonly live?: Partial<RuntimeApiOptions>;
}

function sinksAt(folder: string, { path, isLive = false, live }: HaproxyAtHand): Sink[] {
  const cfg = haproxyCfg({
    configDir: join(folder, 'config'),
    runtimeDir: join(folder, 'run'),
    ...(path !== undefined && { haproxy: path }),
  });
  return isLive ? [cfg, runtimeApi({ socket: adminSocket(folder), ...live })] : [cfg];
}

/** A controller with a HAProxy of its own, and the source that a test changes. */
export class Running implements AsyncDisposable {
  readonly source: MemorySource;
  readonly controller: Controller;
  readonly place: Place;
  /** What users are told now, as they learn it: by reports of what is new and what is settled. */
  readonly told: Set<Diagnostic> = new Set();
  readonly #stop = new AbortController();
  readonly #run: Promise<void>;

  private constructor(place: Place, controller: Controller, source: MemorySource) {
    this.place = place;
    this.controller = controller;
    this.source = source;
    controller.events.on('diagnostics', ({ added, removed }) => {
      for (const gone of removed) this.told.delete([...this.told].find((each) => each.message === gone.message) ?? gone);
      for (const come of added) this.told.add(come);
    });
    this.#run = controller.run(this.#stop.signal);
  }

  static start(
    place: Place,
    objects: readonly Resource[],
    plugins: readonly Plugin[] = [],
    options: Partial<ControllerOptions> = {},
    haproxy: HaproxyAtHand = {},
  ): Running {
    const { folder, certificate, ...ports } = place;
    const source = memorySource(objects);
    const controller = createController({
      sources: [source],
      plugins: [ingress(), haproxyOrg({ configMap: 'ops/settings', errorFiles: 'ops/errors', patternFiles: 'ops/patterns' }), ...plugins],
      sinks: sinksAt(folder, haproxy),
      listen: {
        ...defaultListenOptions,
        ...ports,
        addresses: ['127.0.0.1'],
        adminAddresses: ['127.0.0.1'],
        statsSocket: adminSocket(folder),
        serverStateFile: join(folder, 'run', 'server-state'),
      },
      defaultCertificate: { otherwise: certificate },
      reloadIntervalMs: 50,
      ...options,
    });
    return new Running(place, controller, source);
  }

  request(request: Partial<RequestOptions> & { readonly host: string }): Promise<Answer> {
    return sendRequest({ port: this.place.httpPort, ...request });
  }

  /** Who answers: the name of an echo server, or HAProxy's own status. */
  async answerer(host: string, path = '/'): Promise<string | number> {
    const { echo, status } = await this.request({ host, path });
    return echo?.name ?? status;
  }

  /** Sends a command to the Runtime API of the worker that serves. */
  async command(line: string): Promise<string> {
    return adminCommand(adminSocket(this.place.folder), line);
  }

  /** The worker that serves, by its own word. */
  async workerPid(): Promise<number> {
    return Number(/^Pid: (\d+)$/m.exec(await this.command('show info'))?.[1]);
  }

  /** The master process. */
  async masterPid(): Promise<number> {
    return Number((await readFile(join(this.place.folder, 'run', 'haproxy.pid'), 'utf8')).trim());
  }

  /** Makes HAProxy load its files anew, as somebody else would. */
  async reloadByHand(): Promise<void> {
    const before = await this.workerPid();
    process.kill(await this.masterPid(), 'SIGUSR2');
    await this.until(async () => (await this.workerPid()) !== before, true);
  }

  /** SHA-256 of the certificate that a host is served with. */
  async certificate(host: string): Promise<string> {
    const socket = connectTls({ port: this.place.httpsPort, servername: host, rejectUnauthorized: false });
    try {
      await once(socket, 'secureConnect');
      return socket.getPeerCertificate().fingerprint256;
    } finally {
      socket.destroy();
    }
  }

  /** Makes a change and waits until HAProxy has all of it, also what waits for a reload. Returns what became of HAProxy. */
  async applied(change: () => unknown = () => undefined): Promise<string> {
    const { events } = this.controller;
    const { promise, resolve } = Promise.withResolvers<string>();
    const listen = ({ reload, waiting }: { readonly reload: string; readonly waiting?: unknown }): void => {
      if (waiting === undefined) resolve(reload);
    };
    events.on('applied', listen);
    change();
    try {
      return await promise;
    } finally {
      events.off('applied', listen);
    }
  }

  /** Waits until something holds; gives what it last was where it never did. */
  async until<T>(ask: () => T | Promise<T>, wanted: T, withinMs = 15_000): Promise<T> {
    const end = performance.now() + withinMs;
    for (;;) {
      const found = await Promise.resolve()
        .then(ask)
        .catch((error: unknown) => error as T);
      if (JSON.stringify(found) === JSON.stringify(wanted) || performance.now() > end) return found;
      await sleep(20);
    }
  }

  /** `NAME FIELD` of what HAProxy refuses, sorted. */
  refused(): string[] {
    return [...this.told]
      .filter(({ code }) => code === 'HAPROXY_REFUSED')
      .map(({ object, field }) => [object?.name, field].join(' ').trim())
      .sort();
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#run;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    await rm(this.place.folder, { recursive: true, force: true });
  }
}
