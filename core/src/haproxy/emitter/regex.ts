import { mark } from './brand.js';
import { checkCharacters } from './characters.js';
import { refusal } from './refusal.js';

/**
 * A regular expression that means what its author wrote, in HAProxy's dialect (PCRE2). Checked here: control characters, a lone
 * backslash at the end, brackets and parentheses that do not close. The rest is for `haproxy -c` to say. Inside a longer expression it
 * stands as one unit, in `(?:…)`.
 * @public
 */
export class Regex {
  /** The expression's text. */
  readonly source: string;

  /** @throws {@link SignalboxError} `EMITTER_REFUSED` for what the check above finds. */
  constructor(source: string) {
    const where = { place: 'a regular expression' };
    if (typeof source !== 'string') throw refusal('type', 'Expected the source of a regular expression.', where, source);
    if (source === '') throw refusal('empty', 'An empty regular expression matches everything, and HAProxy refuses the empty word.', where);
    checkCharacters(source, where);
    const { depth, inClass, escaped } = scanRegex(source);
    if (escaped) throw refusal('form', 'A regular expression cannot end in a lone backslash.', where, source);
    if (inClass || depth !== 0) throw refusal('form', 'A bracket or parenthesis of the regular expression has no partner.', where, source);
    this.source = source;
    mark(this, 'Regex');
  }
}

/** Where a scan of a regular expression's text ended. */
export interface RegexState {
  /** Open parentheses; negative after one too many closed. */
  readonly depth: number;
  readonly inClass: boolean;
  /** The last character is a backslash that escapes what follows. */
  readonly escaped: boolean;
}

/** Follows escapes, classes and parentheses; stops at a parenthesis that closes nothing. */
export function scanRegex(source: string): RegexState {
  let depth = 0;
  let classStart = -1;
  for (let i = 0; i < source.length; i++) {
    const c = source[i];
    if (c === '\\') {
      if (i + 1 === source.length) return { depth, inClass: classStart >= 0, escaped: true };
      i++;
    } else if (classStart >= 0) {
      // In PCRE a `]` that is the first of its class is a plain character.
      if (c === '[' && source[i + 1] === ':') i = Math.max(i, source.indexOf(':]', i + 2) + 1);
      else if (c === ']' && i > classStart) classStart = -1;
    } else if (c === '[') {
      classStart = source[i + 1] === '^' ? i + 2 : i + 1;
    } else if (c === '(') {
      depth++;
    } else if (c === ')' && --depth < 0) {
      break;
    }
  }
  return { depth, inClass: classStart >= 0, escaped: false };
}

/** Escapes text so that it matches itself. */
export function escapeRegex(text: string): string {
  return text.replace(/[\\^$.|?*+()[\]{}]/g, '\\$&');
}
