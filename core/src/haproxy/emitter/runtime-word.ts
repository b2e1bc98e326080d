import { checkCharacters } from './characters.js';
import { mostWords } from './directive.js';
import { refusal } from './refusal.js';

const where = { place: 'a word of a Runtime API command' };
/** A command line that HAProxy 2.6 to 3.3 surely takes in one buffer. */
const longestCommandBytes = 15_000;

/**
 * Encodes text as one word of a Runtime API command: a backslash before blanks, `;` and backslashes.
 * @throws {@link SignalboxError} `EMITTER_REFUSED` for the empty word, control characters, and `<<` at either end, which announces a payload.
 * @see {@link https://docs.haproxy.org/3.2/management.html#9.3 | HAProxy: Unix socket commands}
 * @public
 */
export function runtimeWord(text: string): string {
  checkCharacters(text, where);
  if (text === '') throw refusal('empty', 'A command of the Runtime API has no empty words.', where);
  if (text.startsWith('<<') || text.endsWith('<<'))
    throw refusal('form', 'In a command of the Runtime API "<<" announces a payload.', where, text);
  return text.replace(/[ ;\\]/g, '\\$&');
}

/**
 * One line of the Runtime API, without its end. Every word is encoded.
 * @throws {@link SignalboxError} `EMITTER_REFUSED` as {@link runtimeWord}, for a last word with a blank and then `<<`, and for more than 64
 * words or 15,000 bytes.
 * @public
 */
export function runtimeCommand(...words: readonly [string, ...string[]]): string {
  const line = words.map(runtimeWord).join(' ');
  if (words.length > mostWords) throw refusal('size', `A command of the Runtime API has at most ${mostWords} words.`, where);
  // HAProxy 3.0 and 3.2 look behind the last blank, escaped or not, and would wait for a payload.
  if (line.slice(line.lastIndexOf(' ') + 1).startsWith('<<'))
    throw refusal('form', 'In a command of the Runtime API "<<" announces a payload.', where, line);
  if (Buffer.byteLength(line) > longestCommandBytes)
    throw refusal('size', `A command of the Runtime API has at most ${longestCommandBytes} bytes.`, where);
  return line;
}
