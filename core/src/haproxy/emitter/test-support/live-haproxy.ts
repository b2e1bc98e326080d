import { spawn, spawnSync } from 'node:child_process';
import { accessSync, constants, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** The HAProxy to test against: `$HAPROXY`, or the first on the path. */
export function findHaproxy(): string | undefined {
  const onPath = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'].map((folder) => join(folder, 'haproxy'));
  return [process.env['HAPROXY'] ?? '', ...onPath].find((file) => {
    try {
      if (file === '') return false;
      accessSync(file, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** A response, its bytes in Latin-1. */
export interface Answer {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

/** A HAProxy of its own folder, reached over a UNIX socket in it. */
export class LiveHaproxy {
  readonly directory: string;
  readonly #program: string;
  #stop: () => Promise<void> = () => Promise.resolve();
  #socket: Socket | undefined;

  constructor(program: string) {
    this.#program = program;
    this.directory = mkdtempSync(join(tmpdir(), 'emitter-'));
  }

  /** Writes a file beside the configuration. */
  write(file: string, text: string): string {
    const name = join(this.directory, file);
    writeFileSync(name, text);
    return name;
  }

  /** What `haproxy -c` says about a configuration; empty if it is valid without a warning. */
  check(text: string): string {
    const { status, stderr } = spawnSync(this.#program, ['-c', '-q', '-dW', '-f', this.write('check.cfg', text)], { encoding: 'utf8' });
    if (status === 0) return '';
    return spawnSync(this.#program, ['-c', '-dW', '-f', join(this.directory, 'check.cfg')], { encoding: 'utf8' }).stderr + stderr || `status ${status}`;
  }

  /** Starts it; its configuration binds `http.sock` of the folder. */
  async start(text: string): Promise<void> {
    const child = spawn(this.#program, ['-db', '-f', this.write('haproxy.cfg', text)], { stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    this.#stop = async () => {
      child.kill('SIGKILL');
      await ended;
    };
    for (let tries = 0; ; tries++) {
      try {
        this.#socket = await connect(join(this.directory, 'http.sock'));
        return;
      } catch (error) {
        if (tries > 200 || child.exitCode !== null) throw new Error(`HAProxy did not start: ${said.slice(0, 2000)}`, { cause: error });
        await sleep(25);
      }
    }
  }

  /** Gets several paths over one connection, many requests at a time. */
  async get(paths: readonly string[], headers = ''): Promise<readonly Answer[]> {
    const socket = this.#socket;
    if (socket === undefined) throw new Error('not started');
    let received = '';
    let wake: () => void = () => undefined;
    const listen = (chunk: Buffer): void => {
      received += chunk.toString('latin1');
      wake();
    };
    let closed = false;
    const onClose = (): void => {
      closed = true;
      wake();
    };
    socket.on('data', listen).once('close', onClose);
    const answers: Answer[] = [];
    for (let sent = 0; sent < paths.length; sent += 16) {
      const batch = paths.slice(sent, sent + 16);
      socket.write(batch.map((path) => `GET ${path} HTTP/1.1\r\nHost: x\r\n${headers}\r\n`).join(''));
      while (answers.length < sent + batch.length) {
        const answer = take(received);
        if (answer === undefined) {
          if (closed) throw new Error(`HAProxy closed the connection at ${paths[answers.length]}: ${received.slice(0, 300)}`);
          await new Promise<void>((resolve) => (wake = resolve));
        } else {
          answers.push(answer);
          received = received.slice(answer.length);
        }
      }
    }
    socket.off('data', listen).off('close', onClose);
    return answers;
  }

  /** Sends commands to `admin.sock` of the folder, one a line, and returns what it says. */
  async send(commands: readonly string[]): Promise<string> {
    const socket = await connect(join(this.directory, 'admin.sock'));
    const chunks: Buffer[] = [];
    const ended = new Promise<void>((resolve) => socket.on('data', (chunk: Buffer) => chunks.push(chunk)).once('close', () => resolve()));
    socket.write(['prompt', ...commands, 'quit', ''].join('\n'));
    await ended;
    return Buffer.concat(chunks).toString('utf8');
  }

  /** Ends it and removes its folder. */
  async stop(): Promise<void> {
    this.#socket?.destroy();
    await this.#stop();
    rmSync(this.directory, { recursive: true, force: true });
  }
}

function connect(path: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(path, () => resolve(socket.off('error', reject)));
    socket.once('error', reject);
  });
}

function take(received: string): (Answer & { readonly length: number }) | undefined {
  const end = received.indexOf('\r\n\r\n');
  if (end < 0) return undefined;
  const [status = '', ...lines] = received.slice(0, end).split('\r\n');
  const headers = new Map(lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).replace(/^ +| +$/g, '')]));
  const length = Number(headers.get('content-length') ?? 0);
  if (received.length < end + 4 + length) return undefined;
  return { status: Number(status.split(' ')[1]), headers, body: received.slice(end + 4, end + 4 + length), length: end + 4 + length };
}
