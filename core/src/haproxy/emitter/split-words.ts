/** A place in a template where a value stands. */
export interface Hole {
  /** Which value, counted from 0. */
  readonly index: number;
}

/** One character of literal text, as HAProxy sees it after its word grammar, or a hole. */
export type Unit = string | Hole;

/** One word of a line. */
export interface SplitWord {
  readonly units: readonly Unit[];
  /** As the author wrote it, quotes and all. Only of use without holes. */
  readonly source: string;
  /** Its text if it has no holes, or `undefined`. */
  readonly text: string | undefined;
  /** Why its text is not surely what HAProxy sees (environment variables, bytes); a word with holes may have no such doubt. */
  readonly doubt: string | undefined;
}

/** How {@link splitWords} tells what is wrong, and whether a `#` may start a comment. */
export interface SplitOptions {
  readonly wrong: (message: string) => Error;
  readonly comments?: boolean;
}

const escapes: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' };

/**
 * Splits a line into words by HAProxy's own grammar: blanks separate; backslash and both kinds of quotes protect; `$NAME` expands in double
 * quotes. Between two parts stands a hole.
 */
export function splitWords(parts: readonly string[], { wrong, comments = false }: SplitOptions): SplitWord[] {
  const words: SplitWord[] = [];
  let units: Unit[] | undefined;
  let source = '';
  let doubt: string | undefined;
  let quote = '';

  const end = (): void => {
    if (units === undefined) return;
    words.push({ units, source, text: units.every((unit) => typeof unit === 'string') ? units.join('') : undefined, doubt });
    units = doubt = undefined;
    source = '';
  };

  for (const [index, part] of parts.entries()) {
    if (index > 0) (units ??= []).push({ index: index - 1 });
    for (let i = 0; i < part.length; i++) {
      const c = part.charAt(i);
      if (c === '\n' || c === '\r' || c === '\0') throw wrong('A directive is one line; write one for each.');
      if (quote === '' && (c === ' ' || c === '\t')) {
        end();
        continue;
      }
      if (quote === '' && c === '#') {
        if (!comments) throw wrong('A "#" outside quotes starts a comment. Quote it, or write the comment in code.');
        end();
        return words;
      }
      units ??= [];
      if (c === quote) quote = '';
      else if (quote === '' && (c === '"' || c === "'")) quote = c;
      else if (c === '\\' && quote !== "'") {
        const taken = /^\\(?:x[0-9A-Fa-f]{2}|[^])/.exec(part.slice(i))?.[0];
        if (taken === undefined) throw wrong('A backslash cannot stand before a value or at the end of a line.');
        const byte = taken.length === 4 ? Number.parseInt(taken.slice(2), 16) : undefined;
        if (byte === 0) throw wrong('HAProxy cuts a word at "\\x00".');
        if (byte !== undefined && byte > 127) doubt = 'A byte above \\x7f cannot share a word with a value; write the character.';
        // For "$" outside quotes HAProxy's manual and its deeds differ.
        if (taken === '\\$' && quote === '') doubt = 'Outside quotes HAProxy keeps the backslash of "\\$"; write "$" alone.';
        units.push(byte === undefined ? unescape(taken, quote) : String.fromCharCode(byte));
        source += taken;
        i += taken.length - 1;
        continue;
      } else {
        if (c === '$' && quote === '"')
          doubt = 'An environment variable cannot share a word with a value; escape the "$" or use single quotes.';
        units.push(c);
      }
      source += c;
    }
  }
  if (quote !== '') throw wrong(`A ${quote} has no partner.`);
  end();
  return words;
}

/** HAProxy keeps the backslash before a character that needs none. */
function unescape(escape: string, quote: string): string {
  const next = escape.charAt(1);
  return escapes[next] ?? (' \t\\#\'"'.includes(next) || (next === '$' && quote === '"') ? next : escape);
}
