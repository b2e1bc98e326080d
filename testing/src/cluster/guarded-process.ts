import { type ChildProcess, spawn } from 'node:child_process';

/** What is kept of the words of a program. */
const keptCharacters = 64 * 1024;

/** Waits for the end of its input, which comes with the end of whoever holds the other end, however that ended. */
const guard = `trap '' HUP INT TERM
read -r _
kill -9 "$1" 2>/dev/null
rm -rf "$2"`;

/**
 * A program in the background that does not outlive this process, even where this process is killed: then it is killed, and a
 * folder is removed. Ctrl-C does not reach it.
 */
export class GuardedProcess {
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;
  #said = '';

  constructor(program: string, args: readonly string[], folder: string) {
    const child = spawn(program, args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => (this.#said = (this.#said + text).slice(-keptCharacters)));
    }
    const guarding = spawn('sh', ['-c', guard, 'guard', String(child.pid ?? ''), folder], {
      cwd: '/',
      stdio: ['pipe', 'ignore', 'ignore'],
      detached: true,
    });
    // It needs no looking after: it ends with the program, or with this process.
    guarding.on('error', () => undefined);
    guarding.unref();
    this.#ended = new Promise((resolve) => {
      const end = (): void => {
        guarding.kill('SIGKILL');
        resolve();
      };
      child.once('exit', end);
      child.once('error', (error) => {
        this.#said += error.message;
        end();
      });
    });
  }

  /** Undefined where it could not be started. */
  get pid(): number | undefined {
    return this.#child.pid;
  }

  get runs(): boolean {
    return this.#child.pid !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** The last of what it has written. */
  get output(): string {
    return this.#said;
  }

  /** Ends it at once and resolves when it has; may be called twice. */
  async kill(): Promise<void> {
    this.killNow();
    await this.#ended;
  }

  /** Ends it at once, without waiting for the end. */
  killNow(): void {
    this.#child.kill('SIGKILL');
  }
}
