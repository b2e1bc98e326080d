import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { command, mostBytes } from './command.js';
import type { Command } from './command.js';
import { ReplyReader } from './reply-reader.js';
import { socketAddress } from './socket-address.js';

/** Written at once; the next ones when all of these are answered. */
const mostCommands = 100;

/** The worker at the other end. */
export interface WorkerFacts {
  readonly pid: number;
  /** `[2, 6]`. */
  readonly branch: readonly [major: number, minor: number];
  /** Another one has taken its place. */
  readonly isStopping: boolean;
}

/** One connection to the admin socket, with `prompt` on. */
export class AdminConnection {
  /** Why it ended, if it did. */
  lost: Error | undefined;
  /** Commands written so far. */
  commands: number = 0;
  /** Bytes written so far. */
  bytes: number = 0;
  readonly #socket: Socket;
  #timer: NodeJS.Timeout | undefined;
  /** Whether it has its prompt. */
  #isReady = false;
  /** Those written and not yet answered. */
  #waiting: Command[] = [];
  #answered = 0;
  #lines: string[] = [];
  #replies: string[] = [];
  #isConfused = false;
  #wake: () => void = () => undefined;

  constructor(socket: string) {
    this.#socket = connect(socketAddress(socket));
    const reader = new ReplyReader({ line: (line) => this.#takeLine(line), end: () => this.#endReply() });
    this.#socket.setEncoding('utf8');
    this.#socket.on('data', (chunk: string) => {
      this.#timer?.refresh();
      reader.take(chunk);
    });
    this.#socket.once('connect', () => this.#wake());
    this.#socket.once('error', (error) => this.#lose(error));
    this.#socket.once('close', () => this.#lose(new Error('the connection ended.')));
  }

  /** Runs one call. A signal ends the connection, and so does an answer that is not there in time. */
  async during<T>(signal: AbortSignal, timeoutMs: number, call: () => Promise<T>): Promise<T> {
    const abort = (): void => this.#lose(new Error('ended from our side.'));
    signal.addEventListener('abort', abort, { once: true });
    this.#timer = setTimeout(() => this.#lose(new Error(`no answer for ${timeoutMs} ms.`)), timeoutMs);
    try {
      return await call();
    } finally {
      clearTimeout(this.#timer);
      this.#timer = undefined;
      signal.removeEventListener('abort', abort);
    }
  }

  /** Asks who is there. `undefined` where nobody is, or something that does not say. */
  async worker(): Promise<WorkerFacts | undefined> {
    if (!this.#isReady) {
      await new Promise<void>((resolve) => (this.#wake = resolve));
      // Before it has a prompt, HAProxy 3 drops all but the first line of what came at once.
      await this.exchange([command('prompt')]);
      this.#isReady = true;
    }
    const [info = ''] = await this.exchange([command('show', 'info')]);
    return this.lost === undefined ? workerFacts(info) : undefined;
  }

  /** Sends commands and returns the replies, in order: fewer where the connection ended before the others. */
  async exchange(commands: readonly Command[]): Promise<readonly string[]> {
    const replies: string[] = [];
    for (let from = 0; from < commands.length && this.lost === undefined;) {
      const batch = batchFrom(commands, from);
      from += batch.length;
      await this.#send(batch);
      // Where there were more replies than commands, nobody knows which belongs to which.
      if (this.#isConfused) return replies;
      for (const reply of this.#replies) replies.push(reply);
    }
    return replies;
  }

  /** May be called twice. */
  close(): void {
    clearTimeout(this.#timer);
    this.#socket.destroy();
  }

  async #send(batch: Command[]): Promise<void> {
    this.#waiting = batch;
    this.#answered = 0;
    this.#replies = [];
    this.#timer?.refresh();
    const text = batch.map((each) => each.text).join('');
    this.commands += batch.length;
    this.bytes += Buffer.byteLength(text);
    const answered = new Promise<void>((resolve) => (this.#wake = resolve));
    this.#socket.write(text);
    await answered;
  }

  #takeLine(line: string): void {
    const current = this.#waiting[this.#answered];
    if (current === undefined) {
      this.#isConfused = true;
      this.#lose(new Error('more replies than commands.'));
    } else if (current.onLine === undefined) this.#lines.push(line);
    else current.onLine(line);
  }

  #endReply(): void {
    const current = this.#waiting[this.#answered];
    if (current === undefined) return;
    const reply = this.#lines.join('\n').trimEnd();
    this.#lines = [];
    // HAProxy up to 3.1 prompts for each line of a payload.
    this.#replies.push(current.hasPayload ? reply.replace(/^(?:\+ ?)+/, '') : reply);
    this.#answered += 1;
    if (this.#answered === this.#waiting.length) this.#wake();
  }

  #lose(error: Error): void {
    this.lost ??= error;
    this.close();
    this.#wake();
  }
}

function batchFrom(commands: readonly Command[], from: number): Command[] {
  let to = from;
  for (let bytes = 0; to < commands.length && to - from < mostCommands; to += 1) {
    bytes += commands[to]?.bytes ?? 0;
    if (bytes > mostBytes && to > from) break;
  }
  return commands.slice(from, to);
}

function workerFacts(info: string): WorkerFacts | undefined {
  const pid = /^Pid: (\d+)$/m.exec(info);
  const version = /^Version: (\d+)\.(\d+)/m.exec(info);
  if (pid === null) return undefined;
  return {
    pid: Number(pid[1]),
    branch: [Number(version?.[1] ?? 0), Number(version?.[2] ?? 0)],
    isStopping: /^Stopping: 1$/m.test(info),
  };
}
