import { concealed } from '../../concealed.js';
import { branded } from './brand.js';
import type { Branded } from './brand.js';
import { both, opposite, parseAlternatives, renderAlternatives } from './condition.js';
import type { Condition } from './condition.js';
import { refusal } from './refusal.js';

/**
 * One line of a section, as words that are already encoded: immutable plain data, comparable by structure. Made by {@link haproxy} and
 * {@link raw}.
 * @public
 */
export interface Directive extends Branded<'Directive'> {
  readonly words: readonly string[];
  /** Where in `words` its own `if` or `unless` stands; absent without a condition. */
  readonly conditionAt?: number;
  /** A line of a raw snippet, and the first suspect when HAProxy refuses. */
  readonly raw?: true;
  /** It holds a secret: its words print as `[redacted]`, and the file that it stands in is for its owner only. */
  readonly secret?: true;
}

/** HAProxy cuts a line after so many words. */
export const mostWords = 64;
const longestLineBytes = 60_000;

/** Makes a directive of encoded words, within HAProxy's bounds. */
export function directiveOf(words: readonly string[], facts: Pick<Directive, 'conditionAt' | 'raw' | 'secret'> = {}): Directive {
  const where = { place: 'a directive' };
  const shown = facts.secret === true ? 'the directive' : `"${words.slice(0, 3).join(' ').slice(0, 80)}…"`;
  if (words.length > mostWords) {
    throw refusal(
      'size',
      `HAProxy takes at most ${mostWords} words a line; ${shown} would have ${words.length}. Use patternLines(…) or a file of patterns.`,
      where,
    );
  }
  const bytes = words.reduce((sum, word) => sum + word.length + 1, 0);
  if (bytes > longestLineBytes) {
    throw refusal(
      'size',
      `A line of ${bytes} bytes is longer than ${longestLineBytes}, which no request buffer would hold: ${shown}. Put the value in a file or map.`,
      where,
    );
  }
  const own = facts.secret === true ? concealed([...words]) : [...words];
  return branded('Directive', { words: Object.freeze(own), ...facts });
}

/** The text of a directive, without indentation and line end. @public */
export function renderDirective({ words }: Directive): string {
  return words.join(' ');
}

/**
 * The directive, where `guard` holds too. Its own `if` or `unless` keeps its meaning: `deny unless { a } or { b }`, guarded by `g`, is
 * `deny if g !{ a } !{ b }`. For directives that take a condition; a raw line is taken as it is written.
 * @throws {@link SignalboxError} `EMITTER_REFUSED` if the result is too long.
 * @public
 */
export function guarded(directive: Directive, guard: Condition): Directive {
  const { words, conditionAt } = directive;
  const facts = { ...(directive.raw && { raw: directive.raw }), ...(directive.secret && { secret: directive.secret }) };
  const before = parseAlternatives(guard.words);
  if (conditionAt === undefined) return directiveOf([...words, 'if', ...guard.words], { ...facts, conditionAt: words.length });
  const own = parseAlternatives(words.slice(conditionAt + 1));
  const all = both(before, words[conditionAt] === 'unless' ? opposite(own) : own);
  return directiveOf([...words.slice(0, conditionAt), 'if', ...renderAlternatives(all)], { ...facts, conditionAt });
}
