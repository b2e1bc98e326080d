import { branded } from './brand.js';
import type { Branded } from './brand.js';
import { refusal } from './refusal.js';

/**
 * What stands after `if`: ACLs joined by "and" (side by side) and `or`. Made by {@link condition} and composed by {@link allOf},
 * {@link anyOf} and {@link not}.
 * @public
 */
export interface Condition extends Branded<'Condition'> {
  /** Encoded words, as they stand in a configuration line. */
  readonly words: readonly string[];
}

/** One ACL with its `!`: a name, or `{` … `}`. */
export type Term = readonly string[];

/** Any of them must hold; of each, all terms. */
export type Alternatives = readonly (readonly Term[])[];

const mostAlternatives = 64;

/** Makes the typed value. */
export const conditionOf = (alternatives: Alternatives): Condition => branded('Condition', { words: renderAlternatives(alternatives) });

/** The words of a condition. */
export function renderAlternatives(alternatives: Alternatives): string[] {
  return alternatives.flatMap((terms, index) => [...(index === 0 ? [] : ['or']), ...terms.flat()]);
}

/** Reads a condition's words. */
export function parseAlternatives(words: readonly string[]): Alternatives {
  const alternatives: Term[][] = [[]];
  let negated = false;
  for (let i = 0; i < words.length; i++) {
    const bare = (words[i] ?? '').replace(/^!+/, '');
    if (((words[i] ?? '').length - bare.length) % 2 === 1) negated = !negated;
    if (bare === '') continue;
    if (bare === 'or' || bare === '||') {
      alternatives.push([]);
      continue;
    }
    const end = bare === '{' ? words.indexOf('}', i) : i;
    alternatives.at(-1)?.push([(negated ? '!' : '') + bare, ...words.slice(i + 1, end + 1)]);
    negated = false;
    i = end;
  }
  return alternatives;
}

/** Both must hold. */
export function both(left: Alternatives, right: Alternatives): Alternatives {
  if (left.length * right.length > mostAlternatives) {
    throw refusal('size', `The condition would have more than ${mostAlternatives} alternatives; name a part of it by an "acl" line.`, {
      place: 'a condition',
    });
  }
  return left.flatMap((a) => right.map((b) => [...a, ...b]));
}

/** The opposite. */
export function opposite(alternatives: Alternatives): Alternatives {
  return alternatives.map((terms): Alternatives => terms.map((term) => [negate(term)])).reduce(both, [[]]);
}

function negate([first = '', ...rest]: Term): Term {
  return [first.startsWith('!') ? first.slice(1) : `!${first}`, ...rest];
}

/** All of the conditions. @public */
export function allOf(first: Condition, ...others: readonly Condition[]): Condition {
  return conditionOf([first, ...others].map(({ words }) => parseAlternatives(words)).reduce(both));
}

/** Any of the conditions. @public */
export function anyOf(first: Condition, ...others: readonly Condition[]): Condition {
  return conditionOf([first, ...others].flatMap(({ words }) => parseAlternatives(words)));
}

/** The opposite of a condition. @public */
export function not({ words }: Condition): Condition {
  return conditionOf(opposite(parseAlternatives(words)));
}
