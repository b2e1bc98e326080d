import { compileLine } from './compile-line.js';
import type { BuildDirective } from './compile-line.js';
import { mostWords } from './directive.js';
import type { Directive } from './directive.js';
import type { SampleExpression } from './expression.js';
import type { Name } from './name.js';
import { refusal } from './refusal.js';
import type { Regex } from './regex.js';
import { splitWords } from './split-words.js';
import { Template } from './template.js';

/** How the patterns of {@link patternLines} match. @public */
export type PatternMethod = 'str' | 'beg' | 'end' | 'sub' | 'dir' | 'dom' | 'reg' | 'ip' | 'int';

/** A pattern of {@link patternLines}. @public */
export type Pattern = string | number | Regex;

/** `acl NAME EXPR -m METHOD -i --` */
const wordsBefore = 7;
const mostBytes = 30_000;
const lines = new Map<string, BuildDirective>();

/**
 * Lines of one ACL with any number of patterns: HAProxy takes at most 64 words a line, and lines of one name add up. Unlike in an
 * anonymous ACL, every pattern that has an encoding at all has one here.
 * @throws {@link SignalboxError} `EMITTER_REFUSED` as {@link haproxy}, and for an empty list, which no line could say.
 * @public
 */
export function patternLines(
  name: Name,
  expression: SampleExpression,
  method: PatternMethod,
  patterns: readonly Pattern[],
  { ignoreCase = false }: { readonly ignoreCase?: boolean } = {},
): readonly Directive[] {
  if (patterns.length === 0)
    throw refusal('empty', 'An ACL needs at least one pattern; the list is empty.', { place: 'the patterns of an ACL' });
  const build = compiled(`-m ${method}${ignoreCase ? ' -i' : ''}`);
  return chunks(patterns).map((chunk) => build([name, expression, chunk]));
}

function compiled(flags: string): BuildDirective {
  const known = lines.get(flags);
  if (known !== undefined) return known;
  const parts = ['acl ', ' ', ` ${flags} `, ''];
  const template = new Template('patternLines', parts);
  const build = compileLine(splitWords(parts, { wrong: (message) => template.wrong(message) }), template);
  lines.set(flags, build);
  return build;
}

function chunks(patterns: readonly Pattern[]): readonly (readonly Pattern[])[] {
  const found: Pattern[][] = [];
  let bytes = Infinity;
  for (const pattern of patterns) {
    // Twelve characters of output for one of input is the worst case.
    const size = (typeof pattern === 'object' ? pattern.source : String(pattern)).length * 12;
    const last = found.at(-1);
    if (last === undefined || last.length + wordsBefore >= mostWords || bytes + size > mostBytes) {
      found.push([pattern]);
      bytes = size;
    } else {
      last.push(pattern);
      bytes += size;
    }
  }
  return found;
}
