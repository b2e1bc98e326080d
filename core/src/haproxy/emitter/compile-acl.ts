import { compileExpression } from './expression.js';
import type { SampleExpression } from './expression.js';
import { places } from './place.js';
import type { Place } from './place.js';
import { refusal } from './refusal.js';
import { compileRegex } from './regex-place.js';
import type { SplitWord } from './split-words.js';
import { compileText, firstHole, soleHole } from './template.js';
import type { Build, Emit, Template } from './template.js';
import { encodeWord } from './word.js';

const operators = new Set(['eq', 'ge', 'gt', 'le', 'lt']);
/** Flags of ACLs, and how many words each takes. */
const flags: Readonly<Record<string, number>> = { '-i': 0, '-n': 0, '-M': 0, '-u': 1, '-m': 1, '-f': 1 };
const addressFetch = /^(?:src|dst|bc_src|bc_dst|fc_src|fc_dst|\w+_ip|hdr_ip|req\.hdr_ip|res\.hdr_ip)(?:\(.*\))?$/;
const regexFetch = /^[\w.]+_reg(?:\(.*\))?$/;

/**
 * An ACL: expression, flags, operator, patterns. In braces a pattern cannot be `}`, which HAProxy takes for the end even in quotes. A
 * pattern that looks like a flag comes after `--`.
 */
export function compileAcl(words: readonly SplitWord[], template: Template, inBraces: boolean): Emit {
  const [first] = words;
  if (first === undefined) throw template.wrong('An ACL needs a sample expression.');
  const parts: Emit[] = [compileWord(first, (word) => compileExpression(word.units, template))];
  let method: string | undefined;
  let next = 1;
  let ended = false;
  for (; next < words.length && !ended; next++) {
    const flag = words[next]?.text;
    if (flag === undefined || !flag.startsWith('-') || /^-\d/.test(flag)) break;
    parts.push(literal(words[next]));
    ended = flag === '--';
    const argument = (flags[flag] ?? 0) > 0 ? words[++next] : undefined;
    if (argument === undefined) continue;
    if (flag === '-m' && argument.text === undefined)
      throw template.wrong('The match method after -m decides what patterns mean; write it.', firstHole(argument.units));
    if (flag === '-m') method = argument.text;
    parts.push(compileWord(argument, ({ units }) => compileText(units, flag === '-f' ? places.path : places.number, template)));
  }
  const operator = operators.has(words[next]?.text ?? '') && method === undefined;
  if (operator) parts.push(literal(words[next++]));
  const facts = { template, inBraces, ended: ended || operator, method };
  parts.push(compilePatterns(words.slice(next), (text) => patternPlace(text, method, operator), first, facts));
  return (values, out) => {
    for (const part of parts) part(values, out);
  };
}

/** A word that stays as it is, or is made by `compile` and encoded. */
function compileWord(word: SplitWord, compile: (word: SplitWord) => Build): Emit {
  if (word.text !== undefined) return literal(word);
  const build = compile(word);
  return (values, out) => void out.push(encodeWord(build(values)));
}

/** A word as its author wrote it. */
export function literal(word: SplitWord | undefined): Emit {
  return (_values, out) => void out.push(word?.source ?? '');
}

type PatternPlace = Place | 'regex';

function patternPlace(expression: string | undefined, method: string | undefined, operator: boolean): PatternPlace {
  if (method === 'reg' || (method === undefined && regexFetch.test(expression ?? ''))) return 'regex';
  if (operator || method === 'int' || method === 'len') return places.numbers;
  if (method === 'ip' || (method === undefined && addressFetch.test(expression ?? ''))) return places.network;
  return places.pattern;
}

interface PatternFacts {
  readonly template: Template;
  readonly inBraces: boolean;
  /** Nothing that follows is taken for a flag. */
  readonly ended: boolean;
  readonly method: string | undefined;
}

/** The patterns of an ACL. What they are depends on its expression, which may itself be a value and is then known only with it. */
function compilePatterns(
  words: readonly SplitWord[],
  placeFor: (expression: string | undefined) => PatternPlace,
  first: SplitWord,
  facts: PatternFacts,
): Emit {
  const compiled = new Map<PatternPlace, readonly Emit[]>();
  const partsFor = (expression: string | undefined): readonly Emit[] => {
    const place = placeFor(expression);
    const parts =
      compiled.get(place) ?? words.map((word) => (word.text === undefined ? compilePattern(word, place, facts) : literal(word)));
    compiled.set(place, parts);
    return parts;
  };
  const fixed = partsFor(first.text);
  const hole = soleHole(first.units);
  return (values, out) => {
    const at = out.length;
    const parts = hole === undefined ? fixed : partsFor((values[hole.index] as SampleExpression).text);
    for (const part of parts) part(values, out);
    if (!facts.ended && words[0]?.text === undefined && out[at]?.replace(/^"/, '').startsWith('-') === true) out.splice(at, 0, '--');
  };
}

function compilePattern(word: SplitWord, place: PatternPlace, { template, inBraces, method }: PatternFacts): Emit {
  const hole = firstHole(word.units);
  const sole = soleHole(word.units);
  const where = template.where(place === 'regex' ? places.regexText : place, hole);
  if (method === 'found') throw template.wrong('"-m found" takes no pattern.', hole);
  const build = place === 'regex' ? compileRegex(word.units, template) : compileText(word.units, place, template);
  const one = (values: readonly unknown[], out: string[]): void => {
    const text = build(values);
    if (inBraces && text === '}')
      throw refusal(
        'form',
        'HAProxy takes the pattern "}" for the end of an anonymous ACL, even in quotes; use a named "acl" line.',
        where,
        text,
      );
    if (method === undefined && operators.has(text))
      throw refusal('form', 'HAProxy could take this pattern for an operator; say the match method, as in "-m str".', where, text);
    out.push(encodeWord(text));
  };
  return (values, out) => {
    const value = sole === undefined ? undefined : values[sole.index];
    if (sole === undefined || !Array.isArray(value)) return one(values, out);
    if (value.length === 0) throw refusal('empty', 'An ACL needs at least one pattern; the list is empty.', where);
    for (const item of value as readonly unknown[]) one(values.with(sole.index, item), out);
  };
}
