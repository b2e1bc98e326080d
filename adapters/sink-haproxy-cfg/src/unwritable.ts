import { SignalboxError, signalboxError } from '@signalbox/core';

/** Runs a task on files; what the system says against it becomes a `SINK_UNWRITABLE`, with the cause kept. All else passes. */
export async function asUnwritable<T>(folder: string, task: () => Promise<T>): Promise<T> {
  try {
    return await task();
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (SignalboxError.is(cause) || typeof code !== 'string' || !/^E[A-Z0-9]+$/.test(code)) throw cause;
    throw signalboxError(
      'SINK_UNWRITABLE',
      `Could not write below ${folder}: ${message}. ${advice(code)} HAProxy goes on with the files it has.`,
      {
        details: { folder, errno: code },
        cause,
      },
    );
  }
}

function advice(errno: string): string {
  if (errno === 'ENOSPC' || errno === 'EDQUOT') return 'Make room on that disk.';
  if (errno === 'EROFS' || errno === 'EACCES' || errno === 'EPERM') return 'It has to be writable for the user that runs Signalbox.';
  return 'Look after that folder.';
}
