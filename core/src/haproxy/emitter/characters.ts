import { codePoint, refusal } from './refusal.js';
import type { Where } from './refusal.js';

// C0, DEL, C1, the two Unicode line ends, and lone surrogates. None of them has a faithful encoding in every place:
// NUL truncates words, CR and LF end lines, the others are altered by some versions of HAProxy or by a terminal.

const unencodable = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]|\p{Surrogate}/u;

/** Returns `text` if each of its characters has an encoding, else throws. */
export function checkCharacters(text: string, where: Where): string {
  const found = unencodable.exec(text);
  if (found === null) return text;
  throw refusal(
    'character',
    `Expected text without control characters at the place of ${where.place}; character ${found.index + 1} is ${codePoint(found[0])}. Remove it.`,
    where,
    text,
  );
}
