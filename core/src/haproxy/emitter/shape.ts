import { places } from './place.js';
import type { PlaceName } from './place.js';

/** Kinds of places with an inner grammar. */
export type GrammarKind =
  'expression' | 'format' | 'replacement' | 'regex' | 'backend' | 'call' | 'timeOrExpression' | 'numberOrExpression';

/** What one word of a directive may be. */
export type WordKind = PlaceName | GrammarKind;

/** What follows a directive's keyword. */
export interface Shape {
  /** Arguments by position. */
  readonly args: readonly WordKind[];
  /** Options by keyword, after the arguments: the arguments of each. */
  readonly options: ReadonlyMap<string, readonly WordKind[]>;
  /** What further words are, if there may be more. */
  readonly rest?: WordKind;
  /** The rest is an ACL: expression, flags, patterns. */
  readonly acl: boolean;
  /** `if` and `unless` may follow. */
  readonly condition: boolean;
}

const grammarKinds: ReadonlySet<string> = new Set<GrammarKind>([
  'expression',
  'format',
  'replacement',
  'regex',
  'backend',
  'call',
  'timeOrExpression',
  'numberOrExpression',
]);

/**
 * Reads the short form of a shape: kinds of arguments by position; `option=kind,kind` with its arguments; `flag=` without; `*kind` for
 * more words; `ACL`; `?` where a condition may follow. `header format ?` is the shape of `set-header`.
 */
export function parseShape(text: string): Shape {
  const args: WordKind[] = [];
  const options = new Map<string, readonly WordKind[]>();
  let rest: WordKind | undefined;
  let acl = false;
  let condition = false;
  for (const token of text.split(' ').filter((found) => found !== '')) {
    const [option, kinds] = token.split('=');
    if (token === '?') condition = true;
    else if (token === 'ACL') acl = true;
    else if (token.startsWith('*')) rest = wordKind(token.slice(1));
    else if (kinds !== undefined && option !== undefined) options.set(option, kinds === '' ? [] : kinds.split(',').map(wordKind));
    else args.push(wordKind(token));
  }
  return { args, options, acl, condition, ...(rest && { rest }) };
}

function wordKind(text: string): WordKind {
  if (text in places || grammarKinds.has(text)) return text as WordKind;
  throw new TypeError(`No kind of place is called ${text}.`);
}
