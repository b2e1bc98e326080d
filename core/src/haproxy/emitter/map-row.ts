import { checkCharacters } from './characters.js';
import { refusal } from './refusal.js';

const keyPlace = { place: 'the key of a map' };
const valuePlace = { place: 'the value of a map' };
const patternPlace = { place: 'a pattern in a file' };

/**
 * HAProxy reads such files in pieces of `tune.bufsize` (16384 bytes, less where somebody says so): the rest of a longer line would be a
 * row of its own.
 */
const longestRowBytes = 4096;

function bounded(row: string, place: typeof keyPlace): string {
  const bytes = Buffer.byteLength(row);
  if (bytes > longestRowBytes)
    throw refusal('size', `A row of ${bytes} bytes is longer than ${longestRowBytes}, which HAProxy could split.`, place);
  return row;
}

/**
 * One line of a map file, without its end. The same text is a line of the payload of `add map`.
 * @throws {@link SignalboxError} `EMITTER_REFUSED` for what a map cannot hold: a key that is empty, has a blank or starts with `#`; a value
 * that is empty or has blanks at its ends; control characters in either.
 * @public
 */
export function mapRow(key: string, value: string): string {
  checkCharacters(key, keyPlace);
  if (key === '') throw refusal('empty', 'A map has no empty key.', keyPlace);
  if (key.includes(' '))
    throw refusal(
      'form',
      'A map takes the key up to its first blank; percent-encode it, or use \\x20 in a regular expression.',
      keyPlace,
      key,
    );
  if (key.startsWith('#')) throw refusal('form', 'A map takes a line that starts with "#" for a comment.', keyPlace, key);
  return bounded(`${key} ${mapValue(value)}`, keyPlace);
}

function mapValue(value: string): string {
  checkCharacters(value, valuePlace);
  // A file may leave the value out, but in a payload of the Runtime API the next line would become part of the key.
  if (value === '') throw refusal('empty', 'A map row needs a value.', valuePlace);
  if (value.startsWith(' ') || value.endsWith(' ')) throw refusal('form', 'A map drops blanks at the ends of a value.', valuePlace, value);
  return value;
}

/**
 * One line of a file of patterns (`-f`), without its end.
 * @throws {@link SignalboxError} `EMITTER_REFUSED` for a pattern that is empty, has blanks at its ends, starts with `#` or has a control character.
 * @public
 */
export function patternRow(pattern: string): string {
  checkCharacters(pattern, patternPlace);
  if (pattern === '') throw refusal('empty', 'HAProxy skips an empty line of a file of patterns.', patternPlace);
  if (pattern.startsWith('#')) throw refusal('form', 'HAProxy takes a line that starts with "#" for a comment.', patternPlace, pattern);
  if (pattern.startsWith(' ') || pattern.endsWith(' '))
    throw refusal('form', 'HAProxy drops blanks at the ends of a pattern.', patternPlace, pattern);
  return bounded(pattern, patternPlace);
}
