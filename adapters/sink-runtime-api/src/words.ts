import type { StepOutcome } from '@signalbox/core';

const maxLength = 200;
const hidden = "'…'";
/** An apostrophe inside a word ends no quotation. */
const quotation = /(?<!\w)'((?:[^']|'(?=\w))*)('|$)|"([^"]*)("|$)|<([^<>]*)>/g;

export const done: StepOutcome = { status: 'done' };
export const busy: StepOutcome = { status: 'busy' };
export const unknown: StepOutcome = { status: 'unknown' };

/** `shown` are the names that the step itself says: a backend, a file. Whatever else HAProxy quotes could be a secret. */
export function refused(reply: string, shown: readonly string[] = []): StepOutcome {
  return { status: 'refused', why: cleanWords(reply === '' ? 'HAProxy said nothing where it says what it did.' : reply, shown) };
}

function cleanWords(text: string, shown: readonly string[]): string {
  const words = text
    .replaceAll(/[\x00-\x1f\x7f-\x9f]+/g, ' ')
    .replaceAll(quotation, (whole, single?: string, _1?: string, double?: string, _2?: string, angled?: string, at = 0) => {
      const quoted = single ?? double ?? angled ?? '';
      // HAProxy begins with the keyword that it does not like.
      const isKeyword = at === 0 && /^[a-z-]{1,20}$/.test(quoted);
      return isKeyword || shown.includes(quoted) ? whole : hidden;
    })
    .replaceAll(/[^\s']{33,}/g, (word) => (shown.some((each) => each !== '' && word.includes(each)) ? word : hidden))
    .trim();
  return words.length > maxLength ? [words.slice(0, maxLength - 1), '…'].join('') : words;
}
