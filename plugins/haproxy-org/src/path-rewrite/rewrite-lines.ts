import { type Key, type KeyOptions, lines, logFormat, type LogFormat, Regex } from '@signalbox/core';

/** What is replaced in a path, and by what. */
export interface Rewrite {
  readonly match: Regex;
  readonly replacement: LogFormat;
}

const wholePath = '(.*)';

/** Rewrites of paths, one `REGEX REPLACEMENT` a line, or a replacement of the whole path. */
export function rewriteLines(options: KeyOptions): Key<readonly Rewrite[] | undefined> {
  const accepts =
    'lines of the form "REGEX REPLACEMENT", or "REPLACEMENT" for the whole path, where brackets and parentheses have a partner';
  return lines(options, { type: 'rewrites', accepts }, parse);
}

function parse(line: string): Rewrite | undefined {
  const words = line.split(/[ \t]+/);
  const [source = '', to = ''] = words.length === 1 ? [wholePath, words[0]] : words;
  if (words.length > 2) return undefined;
  try {
    return { match: new Regex(source), replacement: replacementOf(to) };
  } catch {
    return undefined;
  }
}

/** Text in which a backslash and a digit is a group; every other backslash is a character. */
function replacementOf(text: string): LogFormat {
  return logFormat`${text.replace(/\\(?!\d)/g, '\\\\')}`;
}
