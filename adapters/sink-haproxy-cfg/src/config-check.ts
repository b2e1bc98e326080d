import { join } from 'node:path';
import { signalboxError } from '@signalbox/core';
import type { CheckOutcome } from '@signalbox/core';
import { parseCheckMessages } from './check-messages.js';
import type { FileOperations } from './file-operations.js';
import type { Generation } from './generation-store.js';
import type { SinkPaths } from './options.js';
import { haproxyEnvironment, runCommand } from './run-command.js';

/** Valid configurations have exit code 0; valid ones without a listener have 2. */
const passing = new Set<number | null>([0, 2]);

/** Asks a HAProxy binary what it thinks of configurations. */
export class ConfigCheck {
  readonly #paths: SinkPaths;
  readonly #files: FileOperations;
  readonly #extraArguments: readonly string[];
  readonly #timeoutMs: number;

  constructor(paths: SinkPaths, files: FileOperations, extraArguments: readonly string[], timeoutMs: number) {
    this.#paths = paths;
    this.#files = files;
    this.#extraArguments = extraArguments;
    this.#timeoutMs = timeoutMs;
  }

  /** @throws {@link SignalboxError} `HAPROXY_RELOAD_FAILED` if the check came to no end, which says nothing about the files. */
  async generation(
    binary: string,
    { folder, manifest }: Pick<Generation, 'folder' | 'manifest'>,
    signal: AbortSignal,
  ): Promise<CheckOutcome> {
    const { exitCode, pid, stderr, stoppedFor } = await this.#run(binary, folder, signal);
    if (exitCode === null) {
      const why = stoppedFor === 'timeout' ? 'took longer than ' + String(this.#timeoutMs) + ' ms' : 'was ended by a signal';
      throw signalboxError(
        'HAPROXY_RELOAD_FAILED',
        `The check of the configuration ("${binary} -c") ${why}. Is the machine out of memory, or overloaded?`,
      );
    }
    const messages = parseCheckMessages(stderr, folder, (path) => manifest.has(path), pid);
    return { passed: passing.has(exitCode), messages };
  }

  /** Whether the machine lets HAProxy check anything at all. Asked where there are no good files to try. */
  async anything(binary: string, signal: AbortSignal): Promise<boolean> {
    const path = join(this.#paths.runtimeDir, 'probe.cfg');
    await this.#files.remove(path);
    await this.#files.writeNew(path, 'defaults\n  mode http\n', false);
    const { exitCode } = await this.#run(binary, path, signal);
    await this.#files.remove(path);
    return passing.has(exitCode);
  }

  async #run(binary: string, path: string, signal: AbortSignal): ReturnType<typeof runCommand> {
    const args = ['-c', ...this.#extraArguments, '-f', path];
    return runCommand(binary, args, { timeoutMs: this.#timeoutMs, environment: haproxyEnvironment(), signal }).catch((cause: unknown) => {
      if (signal.aborted) throw cause;
      throw signalboxError(
        'HAPROXY_NOT_FOUND',
        `"${binary} -c" could not be run: ${(cause as Error).message}. Is HAProxy still installed?`,
        {
          details: { tried: [binary] },
          cause,
        },
      );
    });
  }
}
