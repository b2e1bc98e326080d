import { type Key, type KeyOptions, lines, logFormat, type LogFormat, Regex } from '@signalbox/core';

/** What is replaced in a path, and by what. */
export interface Rewrite {
  readonly match: Regex;
  readonly replacement: LogFormat;
}

const wholePath = '(.*)';
/** Each costs every request of its routes. */
const mostLines = 32;
/** A search that goes on and on ends unmatched after some 0.2 ms, before it holds up the requests of others. */
const stepLimit = '(*LIMIT_MATCH=20000)';

/** Rewrites of paths, one `REGEX REPLACEMENT` a line, or a replacement of the whole path. */
export function rewriteLines(options: KeyOptions): Key<readonly Rewrite[] | undefined> {
  const accepts = `at most ${String(mostLines)} lines of the form "REGEX REPLACEMENT", or "REPLACEMENT" for the whole path, where REGEX is a regular expression of PCRE without look-behind, references by name, recursion and verbs, and REPLACEMENT begins with "/" or with a group`;
  return lines(options, { type: 'rewrites', accepts, most: mostLines }, parse);
}

function parse(line: string): Rewrite | undefined {
  const words = line.split(/[ \t]+/);
  const [source = '', to = ''] = words.length === 1 ? [wholePath, words[0]] : words;
  // What begins with anything else is no path: each server and HAProxy itself would answer 400.
  if (words.length > 2 || !/^(?:\/|\\\d)/.test(to)) return undefined;
  try {
    return isUsable(source) ? { match: new Regex(`${stepLimit}${source}`), replacement: replacementOf(to) } : undefined;
  } catch {
    return undefined;
  }
}

/** What HAProxy refuses should be found before it is asked: it says so of one rule at a time, and others wait for that. */
function isUsable(source: string): boolean {
  if (/\(\*|\(\?(?:[R0-9+&PC(]|<[=!])|\\[gk]|\\x\{/.test(source)) return false;
  // What PCRE has and JavaScript has not: flags of their own, atomic groups, possessive repeats.
  const common = source
    .replace(/\(\?[imsx-]+\)/g, '')
    .replace(/\(\?[>|]/g, '(?:')
    .replace(/([*+?}])\+/g, '$1');
  return isPattern(common);
}

function isPattern(source: string): boolean {
  try {
    new RegExp(source);
    return true;
  } catch {
    return false;
  }
}

/** Text in which a backslash and a digit is a group; every other backslash is a character. */
function replacementOf(text: string): LogFormat {
  return logFormat`${text.replace(/\\(?!\d)/g, '\\\\')}`;
}
