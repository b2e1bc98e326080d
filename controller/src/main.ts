import { CommanderError } from 'commander';
import { argumentsFor } from './cli/arguments.js';
import { programOf } from './cli/program.js';
import { CommandError } from './command-error.js';
import { messageOf, printable } from './logging/printable.js';

/** Exit code of bad use: an unknown flag, a value that cannot be. */
const badUse = 2;

/**
 * Runs the command line. Returns the exit code: 0 for success, 1 where the command says so or fails, 2 for bad use.
 * @param args - Without the program: `['check', '--files', 'manifests']`.
 * @public
 */
export async function main(args: readonly string[]): Promise<number> {
  // Whoever reads us may have seen enough ("| head").
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  let exitCode = 0;
  try {
    const program = programOf((code) => {
      exitCode = code;
    });
    await program.parseAsync(argumentsFor(program, args), { from: 'user' });
    return exitCode;
  } catch (error) {
    // Commander has said already what is wrong.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : badUse;
    process.stderr.write(`signalbox: ${printable(messageOf(error))}\n`);
    return error instanceof CommandError ? error.exitCode : 1;
  }
}
