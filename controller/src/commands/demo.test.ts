import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Answer, echoServer, freePorts, sendRequest } from '@signalbox/testing';
import { describe, expect, it } from 'vitest';
import { isRunning, Program, until } from '../fixtures/program.js';

const quickstart = resolve(import.meta.dirname, '..', '..', '..', 'examples', 'quickstart');

/** The demo on free ports and on a copy of the quickstart, with a temporary folder of its own. */
class Demo implements AsyncDisposable {
  readonly program: Program;
  readonly #folder: string;
  readonly #ports: readonly number[];

  private constructor(folder: string, ports: readonly number[]) {
    this.#folder = folder;
    this.#ports = ports;
    this.program = new Program(['demo', '--files', this.manifests, ...this.flags], { env: { TMPDIR: this.temporary } });
  }

  static async start(): Promise<Demo> {
    const folder = await mkdtemp(join(tmpdir(), 'sbdemo-'));
    await cp(quickstart, join(folder, 'quickstart'), { recursive: true });
    await cp(quickstart, join(folder, 'tmp', 'ignored'), { recursive: true });
    await rm(join(folder, 'tmp', 'ignored'), { recursive: true });
    const demo = new Demo(folder, await freePorts(3));
    await demo.program.untilSaid('Ctrl-C');
    return demo;
  }

  get manifests(): string {
    return join(this.#folder, 'quickstart');
  }

  get temporary(): string {
    return join(this.#folder, 'tmp');
  }

  get flags(): readonly string[] {
    const [http, https, stats] = this.#ports;
    return ['--http-bind-port', String(http), '--https-bind-port', String(https), '--stats-bind-port', String(stats)];
  }

  async get(host: string, options: { readonly port?: 0 | 1 | 2; readonly path?: string } = {}): Promise<Answer> {
    const { port = 0, path = '/' } = options;
    return sendRequest({ port: this.#ports[port] ?? 0, host, path, tls: port === 1, timeoutMs: 20_000 });
  }

  /** Writes another host into the one file in which the host stands. */
  async rename(from: string, to: string): Promise<void> {
    const path = join(this.manifests, 'ingress.yaml');
    await writeFile(path, (await readFile(path, 'utf8')).replace(from, to));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.program.kill('SIGINT');
    await Promise.race([this.program.ended(), delay(15_000)]);
    await this.program[Symbol.asyncDispose]();
    await rm(this.#folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

describe('demo', { timeout: 90_000 }, () => {
  it('shows the quickstart', async () => {
    await using demo = await Demo.start();
    expect((await demo.get('unknown.example')).status).toBe(404);
    const answers = [await demo.get('foo.bar'), await demo.get('foo.bar'), await demo.get('foo.bar')];
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    const servers = answers.map(({ headers }) => String(headers['x-server']));
    expect(new Set(servers.slice(0, 2))).toEqual(new Set(['app-1', 'app-2']));
    expect(servers[2]).toBe(servers[0]);
    expect(answers[0]?.body).toMatch(/^X-Forwarded-For: 127\.0\.0\.1$/m);
    expect((await demo.get('foo.bar', { port: 1 })).body).toMatch(/^X-Forwarded-Proto: https$/m);
    expect((await demo.get('localhost', { port: 2 })).body).toContain('Statistics Report');
    expect((await demo.get('localhost', { port: 2, path: '/metrics' })).body).toContain('haproxy_process_');
  });

  it('ends without leaving anything behind', async () => {
    await using demo = await Demo.start();
    const pid = demo.program.pid;
    const places = await readdir(demo.temporary);
    expect(places).toHaveLength(1);
    const haproxy = Number(await readFile(join(demo.temporary, places[0] ?? '', 'run', 'haproxy.pid'), 'latin1'));
    expect(isRunning(haproxy)).toBe(true);
    demo.program.kill('SIGINT');
    expect(await demo.program.ended()).toBe(0);
    expect(isRunning(pid) || isRunning(haproxy)).toBe(false);
    expect(await readdir(demo.temporary)).toEqual([]);
    await expect(demo.get('foo.bar')).rejects.toThrow();
  });

  it('takes an edit up within a second, under load, without a failed request', async () => {
    await using demo = await Demo.start();
    const failed: string[] = [];
    let answered = 0;
    let isGoing = true;
    const client = async (host: string): Promise<void> => {
      while (isGoing) {
        await demo.get(host).then(
          ({ status }) => (status === 200 || status === 404 ? (answered += 1) : failed.push(String(status))),
          (error: unknown) => failed.push(String(error)),
        );
        await delay(2);
      }
    };
    const clients = ['foo.bar', 'foo.bar', 'new.example', 'new.example'].map(client);
    await delay(300);
    const editedAt = performance.now();
    await demo.rename('foo.bar', 'new.example');
    await until(async () => (await demo.get('new.example')).status === 200);
    const tookMs = performance.now() - editedAt;
    await demo.rename('new.example', 'foo.bar');
    await until(async () => (await demo.get('foo.bar')).status === 200);
    await delay(300);
    isGoing = false;
    await Promise.all(clients);
    expect(failed).toEqual([]);
    expect(answered).toBeGreaterThan(50);
    // A second on a machine that has nothing else to do; here other tests run too.
    expect(tookMs).toBeLessThan(3_000);
    expect(demo.program.stderr).toMatch(/Applied .* for Ingress default\/web spec\.rules\[0\]/);
  });

  it('names a taken port before anything starts', async () => {
    await using taken = await echoServer({ name: 'other' });
    const [https = 0, stats = 0] = await freePorts(2);
    await using program = new Program([
      'demo',
      '--http-bind-port',
      String(taken.port),
      '--https-bind-port',
      String(https),
      '--stats-bind-port',
      String(stats),
    ]);
    expect(await program.ended()).toBe(1);
    expect(program.stdout).toBe('');
    expect(program.stderr).toContain(`Port ${String(taken.port)} is taken: process ${String(process.pid)} listens there`);
    expect(program.stderr).toContain('--http-bind-port');
  });

  it('says how to end the HAProxy of a demo that was killed', async () => {
    await using demo = await Demo.start();
    const [place = ''] = await readdir(demo.temporary);
    const haproxy = Number(await readFile(join(demo.temporary, place, 'run', 'haproxy.pid'), 'latin1'));
    demo.program.kill('SIGKILL');
    await demo.program.ended();
    try {
      await using next = new Program(['demo', ...demo.flags]);
      expect(await next.ended()).toBe(1);
      expect(next.stderr).toContain(`"kill ${String(haproxy)}"`);
    } finally {
      process.kill(haproxy, 'SIGTERM');
      await until(() => !isRunning(haproxy));
    }
  });
});
