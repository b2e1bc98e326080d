import { patternRow } from './emitter/index.js';

/** Our own lists are named like this, by `fileName` and by hand. */
const ours = /(?:-[0-9a-f]{16}|^trusted-sources)\.lst$/;

/** As lines of HAProxy call a pattern file. */
export function patternPath(name: string): string {
  return `patterns/${name}`;
}

/** What a name of a pattern file must be like, as the end of "Expected …"; `undefined` where it is. @public */
export function patternNameProblem(name: string): string | undefined {
  if (!/^[A-Za-z0-9_][A-Za-z0-9._-]{0,252}$/.test(name))
    return 'a name of letters, digits, "_", "-" and ".", the last two not at its beginning';
  return ours.test(name) ? "a name that none of Signalbox's own lists could have" : undefined;
}

/**
 * The patterns in the text of a file as HAProxy reads it: one a line, without blanks around it; empty lines and those that begin with `#`
 * are none. Each is there once.
 * @throws {@link SignalboxError} `EMITTER_REFUSED` for a line that no file can hold.
 * @public
 */
export function patternsOf(text: string): readonly string[] {
  const lines = text.split(/\r?\n/).map((line) => line.replace(/^[ \t]+|[ \t]+$/g, ''));
  const patterns = [...new Set(lines.filter((line) => line !== '' && !line.startsWith('#')))];
  for (const pattern of patterns) patternRow(pattern);
  return patterns;
}
