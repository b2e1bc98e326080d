import { brandOf } from './brand.js';
import { compileAcl } from './compile-acl.js';
import { both, opposite, parseAlternatives } from './condition.js';
import type { Alternatives, Condition } from './condition.js';
import { checkForm, places, textOf } from './place.js';
import type { SplitWord, Unit } from './split-words.js';
import { compileText, firstHole, literalText, soleHole } from './template.js';
import type { Template } from './template.js';
import { encodeWord } from './word.js';

/** Makes the alternatives of a condition of the values of a template. */
export type BuildCondition = (values: readonly unknown[]) => Alternatives;

/** What stands after `if` or `unless`: ACL names, anonymous ACLs in braces, `!`, `or`, and values that are conditions. */
export function compileCondition(words: readonly SplitWord[], template: Template): BuildCondition {
  const alternatives: BuildCondition[][] = [[]];
  let negated = false;
  for (let i = 0; i < words.length; i++) {
    const word = words[i];
    if (word === undefined) break;
    const marks = word.units.findIndex((unit) => unit !== '!');
    const rest = marks < 0 ? [] : word.units.slice(marks);
    negated = negated !== ((marks < 0 ? word.units.length : marks) % 2 === 1);
    const text = rest.every((unit) => typeof unit === 'string') ? rest.join('') : undefined;
    if (text === '') continue;
    if (text !== undefined && /^(?:or|\|\|)$/i.test(text)) {
      alternatives.push([]);
      negated = false;
      continue;
    }
    let term: BuildCondition;
    if (text === '{') {
      const end = words.findIndex((found, index) => index > i && found.text === '}');
      if (end < 0) throw template.wrong('An anonymous ACL has no closing "}" of its own.');
      term = anonymous(words.slice(i + 1, end), template);
      i = end;
    } else {
      term = named(rest, template);
    }
    alternatives.at(-1)?.push(negated ? (values) => opposite(term(values)) : term);
    negated = false;
  }
  if (alternatives.some((terms) => terms.length === 0)) throw template.wrong('A condition, or one side of its "or", is empty.');
  return (values) => alternatives.flatMap((terms) => terms.map((term) => term(values)).reduce(both, [[]]));
}

function anonymous(words: readonly SplitWord[], template: Template): BuildCondition {
  const emit = compileAcl(words, template, true);
  return (values) => {
    const out = ['{'];
    emit(values, out);
    return [[[...out, '}']]];
  };
}

function named(units: readonly Unit[], template: Template): BuildCondition {
  if (firstHole(units) === undefined) {
    const text = literalText(units);
    return () => [[[encodeWord(text)]]];
  }
  const sole = soleHole(units);
  const build = compileText(units, places.aclName, template);
  if (sole === undefined) return (values) => [[[build(values)]]];
  return (values) => {
    const value = values[sole.index];
    if (brandOf(value) === 'Condition') return parseAlternatives((value as Condition).words);
    const where = template.where({ ...places.aclName, place: 'a condition or the name of an ACL' }, sole);
    return [[[checkForm(textOf(value, places.aclName, where), places.aclName, where)]]];
  };
}
