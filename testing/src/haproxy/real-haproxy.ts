import { type ConfigFile, type ListenOptions, defaultListenOptions, type Pipeline } from '@signalbox/core';
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { renderFiles } from '../fakes/render-files.js';
import { configArguments, writeFiles } from './check-files.js';
import { findHaproxy } from './find-haproxy.js';
import { freePorts } from './free-ports.js';
import { type Answer, type Request, sendRequest } from './request.js';

/** A request to a {@link RealHaproxy}: to its port of HTTP, or of HTTPS with `tls`. @public */
export type RequestOptions = Omit<Request, 'port'> & { readonly port?: number };

/**
 * A HAProxy of its own: in a folder of its own, on ports that were free, on loopback.
 *
 * @example
 * ```ts
 * await using haproxy = await RealHaproxy.create();
 * const pipeline = createPipeline({ plugins, listen: haproxy.listen, defaultCertificate });
 * // … write objects, commit
 * await haproxy.serve(pipeline);
 * const { status, echo } = await haproxy.request({ host: 'shop.example', path: '/cart' });
 * ```
 * @public
 */
export class RealHaproxy implements AsyncDisposable {
  /** Its folder; removed at the end. */
  readonly directory: string;
  /** For the pipeline whose files it is to serve. */
  readonly listen: ListenOptions;
  #child: ChildProcess | undefined;
  #said = '';

  private constructor(directory: string, listen: ListenOptions) {
    this.directory = directory;
    this.listen = listen;
    process.once('exit', this.#abandon);
  }

  /** Finds ports and makes the folder; nothing runs yet. */
  static async create(listen: Partial<ListenOptions> = {}): Promise<RealHaproxy> {
    const directory = mkdtempSync(join(tmpdir(), 'signalbox-haproxy-'));
    const [httpPort = 0, httpsPort = 0, statsPort = 0, healthzPort = 0, peersPort = 0] = await freePorts(5);
    return new RealHaproxy(directory, {
      ...defaultListenOptions,
      httpPort,
      httpsPort,
      statsPort,
      healthzPort,
      peersPort,
      addresses: ['127.0.0.1'],
      adminAddresses: ['127.0.0.1'],
      statsSocket: join(directory, 'admin.sock'),
      serverStateFile: join(directory, 'server-state'),
      ...listen,
    });
  }

  /**
   * Serves files, or what a pipeline wants now; one that runs is stopped before. Resolves when it answers.
   * @throws Error with HAProxy's words where it does not start.
   */
  async serve(what: Pipeline | Iterable<ConfigFile>): Promise<void> {
    const files = 'model' in what ? await renderFiles(what) : [...what];
    await this.#end();
    const folder = join(this.directory, 'run');
    await rm(folder, { recursive: true, force: true });
    await writeFiles(folder, files);
    await writeFile(this.listen.serverStateFile, '1\n');
    this.#said = '';
    const child = spawn(findHaproxy(), ['-db', ...configArguments(folder, files)], { stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (this.#said += chunk.toString()));
    await this.#untilItAnswers(child);
  }

  /** What HAProxy has written on its terminal. */
  get output(): string {
    return this.#said;
  }

  /** Sends a request. */
  request(request: RequestOptions): Promise<Answer> {
    const port = (request.tls ?? false) === false ? this.listen.httpPort : this.listen.httpsPort;
    return sendRequest({ port, ...request });
  }

  /** Sends a command to the Runtime API and returns the answer. */
  async command(line: string): Promise<string> {
    const socket = createConnection(this.listen.statsSocket);
    socket.setEncoding('utf8').write(`${line}\n`);
    let answer = '';
    for await (const chunk of socket as AsyncIterable<string>) answer += chunk;
    return answer.trim();
  }

  /** Stops it and removes its folder; may be called twice. */
  async stop(): Promise<void> {
    process.off('exit', this.#abandon);
    await this.#end();
    await rm(this.directory, { recursive: true, force: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #untilItAnswers(child: ChildProcess): Promise<void> {
    const deadline = performance.now() + 10_000;
    while (performance.now() < deadline) {
      if (child.exitCode !== null || child.signalCode !== null) break;
      if (await answers(this.listen.statsSocket)) return;
      await sleep(10);
    }
    await this.#end();
    throw new Error(`HAProxy does not serve:\n${this.#said.slice(0, 4000)}`);
  }

  async #end(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await ended;
  }

  /** Where a test run ends before its tests do. */
  readonly #abandon = (): void => {
    this.#child?.kill('SIGKILL');
    rmSync(this.directory, { recursive: true, force: true });
  };
}

/** Whether the worker takes connections on its admin socket; it listens on all its ports then. */
function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(path);
    socket.once('error', () => {
      resolve(false);
    });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
  });
}
