/** Ends a command with a message for people. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly exitCode: number;

  constructor(message: string, options: { readonly exitCode?: number; readonly cause?: unknown } = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
    this.exitCode = options.exitCode ?? 1;
  }
}

/** An error of the one who typed the command. */
export function badUseError(message: string): CommandError {
  return new CommandError(message, { exitCode: 2 });
}
