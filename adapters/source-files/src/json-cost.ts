import { deepestLevel, mostValues } from './document-limits.js';

const quote = 0x22;
const backslash = 0x5c;

/**
 * Whether `JSON.parse` may have a text in one go. Counts brackets and separators outside of quotes; what is wrong with a text that is
 * too deep or too long, or no JSON at all, is for YAML's parser to tell.
 */
export function isCheapJson(text: string): boolean {
  let depth = 0;
  let separators = 0;
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charCodeAt(at);
    if (character === quote) at = endOfQuotes(text, at);
    else if (character === 0x5b || character === 0x7b) depth += 1;
    else if (character === 0x5d || character === 0x7d) depth -= 1;
    else if (character === 0x2c || character === 0x3a) separators += 1;
    if (depth > deepestLevel || separators > mostValues) return false;
  }
  return true;
}

function endOfQuotes(text: string, begin: number): number {
  let at = begin + 1;
  while (at < text.length && text.charCodeAt(at) !== quote) at += text.charCodeAt(at) === backslash ? 2 : 1;
  return at;
}
