import { spawn } from 'node:child_process';

/** How a program ended. */
export interface CommandResult {
  /** `null` if a signal ended it. */
  readonly exitCode: number | null;
  readonly pid: number | undefined;
  /** Why it was stopped, if we stopped it. */
  readonly stoppedFor?: 'timeout';
  readonly stdout: string;
  readonly stderr: string;
}

/** What is kept of each output; the rest is read and dropped. Ten thousand warnings come before the one error that counts. */
const maxOutputBytes = 4 * 1024 * 1024;

/** Runs a program to its end, away from our terminal: HAProxy would ask there for the pass phrase of a key. Rejects if it cannot be started, or with the reason of an aborted signal. */
export async function runCommand(
  program: string,
  args: readonly string[],
  options: { readonly timeoutMs: number; readonly environment: NodeJS.ProcessEnv; readonly signal?: AbortSignal },
): Promise<CommandResult> {
  const { timeoutMs, environment, signal } = options;
  signal?.throwIfAborted();
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], env: environment, detached: true });
    let stoppedFor: 'timeout' | undefined;
    const stop = (): void => void child.kill('SIGKILL');
    const timer = setTimeout(() => {
      stoppedFor = 'timeout';
      stop();
    }, timeoutMs);
    signal?.addEventListener('abort', stop, { once: true });
    const done = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', stop);
    };
    const stdout = keep(child.stdout);
    const stderr = keep(child.stderr);
    child.once('error', (error) => {
      done();
      reject(error);
    });
    child.once('close', (exitCode) => {
      done();
      if (signal?.aborted === true) reject(signal.reason as Error);
      else resolve({ exitCode, pid: child.pid, ...(stoppedFor && { stoppedFor }), stdout: stdout(), stderr: stderr() });
    });
  });
}

function keep(stream: NodeJS.ReadableStream): () => string {
  const chunks: Buffer[] = [];
  let bytes = 0;
  stream.on('data', (chunk: Buffer) => {
    if (bytes < maxOutputBytes) chunks.push(chunk);
    bytes += chunk.length;
  });
  return () => Buffer.concat(chunks).toString('utf8');
}

const passedOn = ['PATH', 'HOME', 'LANG', 'TZ', 'LD_LIBRARY_PATH', 'SSL_CERT_FILE', 'SSL_CERT_DIR', 'OPENSSL_CONF'];

/** What HAProxy may see of our environment: a configuration can print any variable, and ours may hold secrets. */
export function haproxyEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(passedOn.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])));
}
