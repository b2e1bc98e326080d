import { Name, runtimeCommand, signalboxError } from '@signalbox/core';

/** One command, ready to be written. */
export interface Command {
  /** With its payload and its end. */
  readonly text: string;
  readonly bytes: number;
  readonly hasPayload: boolean;
  /** Takes a long reply line by line; without it the reply is collected. */
  readonly onLine?: (line: string) => void;
}

/** What HAProxy 2.6 to 3.3 surely takes at once: its buffers have 16384 bytes, and above that 2.6 closes without a word. */
export const mostBytes = 15_000;

/** A command without payload; each word is encoded. */
export function command(...words: readonly [string, ...string[]]): Command {
  const line = commandLine(words);
  return { text: [line, '\n'].join(''), bytes: Buffer.byteLength(line) + 1, hasPayload: false };
}

/** The same, for replies that can be long. */
export function longCommand(words: readonly [string, ...string[]], onLine: (line: string) => void): Command {
  return { ...command(...words), onLine };
}

/**
 * A command with a payload: lines of their own, none of them empty, since an empty one ends the payload.
 * @throws {@link SignalboxError} `EMITTER_REFUSED` for what is longer than {@link mostBytes}; the payload is not shown.
 */
export function payloadCommand(words: readonly [string, ...string[]], lines: readonly string[]): Command {
  if (lines.length === 0 || lines.some((line) => line === '' || line.includes('\n')))
    throw refusedError('form', 'Expected a payload of lines that are not empty.');
  const text = [commandLine(words), ' <<\n', lines.join('\n'), '\n\n'].join('');
  const bytes = Buffer.byteLength(text);
  if (bytes > mostBytes) throw refusedError('size', `HAProxy takes at most ${mostBytes} bytes at once; expected fewer than ${bytes}.`);
  return { text, bytes, hasPayload: true };
}

/** How many bytes {@link payloadCommand} adds to the lines and their ends. */
export function payloadRoom(words: readonly [string, ...string[]]): number {
  return mostBytes - Buffer.byteLength(commandLine(words)) - ' <<\n\n'.length;
}

/** `BACKEND/SERVER`. */
export function serverWord(backend: string, server: string): string {
  return [new Name(backend).text, new Name(server).text].join('/');
}

/** A whole number as a word. HAProxy takes others too, and makes of them what it likes. */
export function numberWord(value: number, least: number, most: number): string {
  if (Number.isInteger(value) && value >= least && value <= most) return String(value);
  throw refusedError('form', `Expected a whole number from ${least} to ${most}.`);
}

export function refusedError(reason: 'form' | 'size', message: string): Error {
  return signalboxError('EMITTER_REFUSED', message, { details: { reason } });
}

function commandLine(words: readonly [string, ...string[]]): string {
  const line = runtimeCommand(...words);
  // HAProxy 3 looks for the last blank, escaped or not: what stands behind it must not announce a payload.
  if (line.startsWith('<<', line.lastIndexOf(' ') + 1))
    throw refusedError('form', 'In a command of the Runtime API "<<" behind a blank announces a payload.');
  return line;
}
