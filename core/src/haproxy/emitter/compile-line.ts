import { compileAcl, literal } from './compile-acl.js';
import { compileCondition } from './compile-condition.js';
import { compileCall, compileKind, counterPlace } from './compile-word.js';
import { renderAlternatives } from './condition.js';
import { directiveOf } from './directive.js';
import type { Directive } from './directive.js';
import { keywordShape } from './keywords.js';
import { actionShape } from './rule-actions.js';
import { parseShape } from './shape.js';
import type { Shape, WordKind } from './shape.js';
import type { SplitWord } from './split-words.js';
import { firstHole } from './template.js';
import type { Emit, Template } from './template.js';
import { encodeWord } from './word.js';

const rules = /^(?:http-request|http-response|http-after-response)$/;
const layers = /^(?:connection|session|content)$/;
const luaShape = parseShape('*word ?');

/** What a line becomes with the values of its template. */
export type BuildDirective = (values: readonly unknown[]) => Directive;

/** Finds the place of each value of a line by the shape of its directive. */
export function compileLine(words: readonly SplitWord[], template: Template): BuildDirective {
  const parts: Emit[] = [];
  let at = words[0]?.text === 'no' || words[0]?.text === 'default' ? 1 : 0;
  if (words[at] === undefined) throw template.wrong('A directive needs a keyword.');
  if (words[at]?.text === undefined)
    throw template.wrong('The keyword of a directive cannot be a value.', firstHole(words[at]?.units ?? []));
  let secret = false;
  const take = (kind?: WordKind, several = false): void => {
    const word = words[at++];
    if (word === undefined) return;
    if (kind === 'secret') secret = true;
    if (kind === undefined) parts.push(literal(word));
    else parts.push(compileKind(word, kind, template, several));
  };
  const found = findShape(words, at);
  for (let i = 0; i < at; i++) parts.push(literal(words[i]));
  if (found === undefined) return unknownShape(words, at, template, parts);
  const { shape, keyword, action } = found;
  for (let i = 0; i < keyword; i++) take();
  if (action !== undefined) {
    at++;
    parts.push(compileAction(action, template));
  }
  shape.args.forEach((kind, index) => take(kind, shape.rest !== undefined && index === shape.args.length - 1));
  if (shape.acl) {
    parts.push(compileAcl(words.slice(at), template, false));
    at = words.length;
  }
  let unknown: string | undefined;
  for (let word = words[at]; word !== undefined; word = words[at]) {
    if (shape.condition && (word.text === 'if' || word.text === 'unless')) break;
    const option = word.text === undefined ? undefined : shape.options.get(word.text);
    if (option !== undefined) {
      take();
      for (const kind of option) take(kind);
      unknown = undefined;
    } else if (word.text === undefined) {
      if (shape.rest === undefined)
        throw template.wrong('There is no argument of this directive at the place of the value.', firstHole(word.units));
      if (unknown !== undefined)
        throw template.wrong(`The option "${unknown}" is not known, so neither is what its value means.`, firstHole(word.units));
      take(shape.rest, true);
    } else {
      if (shape.options.size > 0) unknown = word.text;
      take();
    }
  }
  return finished(parts, words.slice(at), secret, template);
}

function findShape(
  words: readonly SplitWord[],
  at: number,
): { readonly shape: Shape; readonly keyword: number; readonly action?: SplitWord } | undefined {
  const first = words[at]?.text ?? '';
  const keyword = rules.test(first) ? 1 : /^tcp-re(?:quest|sponse)$/.test(first) && layers.test(words[at + 1]?.text ?? '') ? 2 : 0;
  if (keyword === 0) {
    const known = keywordShape(words.slice(at, at + 3).map((word) => word.text));
    return known && { shape: known.shape, keyword: known.length };
  }
  const action = words[at + keyword];
  if (action === undefined) return undefined;
  const name = action.units
    .map((unit) => (typeof unit === 'string' ? unit : '0'))
    .join('')
    .replace(/\(.*/, '');
  const shape = name.startsWith('lua.') ? luaShape : actionShape(name);
  return shape && { shape, keyword, action };
}

function compileAction(action: SplitWord, template: Template): Emit {
  if (action.text !== undefined) return literal(action);
  if (action.doubt !== undefined) throw template.wrong(action.doubt, firstHole(action.units));
  const build = compileCall(action.units, counterPlace, template);
  return (values, out) => void out.push(encodeWord(build(values)));
}

/** A line whose keyword we do not know: fine as it is, without values; a rule's condition is still found. */
function unknownShape(words: readonly SplitWord[], at: number, template: Template, parts: Emit[]): BuildDirective {
  const rule = /^(?:http-(?:request|response|after-response)|tcp-re(?:quest|sponse))$/.test(words[at]?.text ?? '');
  const condition = rule ? words.findIndex(({ text }, index) => index > at && (text === 'if' || text === 'unless')) : -1;
  const end = condition < 0 ? words.length : condition;
  const hole = words.slice(at, end).flatMap(({ units }) => firstHole(units) ?? [])[0];
  const shown = words
    .slice(at, at + (rule ? 2 : 1))
    .map(({ text }) => text ?? '…')
    .join(' ');
  if (hole !== undefined)
    throw template.wrong(`The arguments of "${shown}" are not known to the emitter, so a value cannot stand there.`, hole);
  for (const word of words.slice(at, end)) parts.push(literal(word));
  return finished(parts, words.slice(end), false, template);
}

/** What is left of the line is its condition, or nothing. */
function finished(parts: readonly Emit[], rest: readonly SplitWord[], secret: boolean, template: Template): BuildDirective {
  const facts = secret ? { secret: true as const } : {};
  const [keyword, ...terms] = rest;
  if (keyword === undefined) return (values) => directiveOf(collect(parts, values), facts);
  const condition = compileCondition(terms, template);
  return (values) => {
    const words = collect(parts, values);
    return directiveOf([...words, keyword.text ?? '', ...renderAlternatives(condition(values))], { ...facts, conditionAt: words.length });
  };
}

function collect(parts: readonly Emit[], values: readonly unknown[]): string[] {
  const words: string[] = [];
  for (const part of parts) part(values, words);
  return words;
}
