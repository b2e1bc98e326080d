import { brandOf } from './brand.js';
import { literal } from './compile-acl.js';
import { compileExpression } from './expression.js';
import type { SampleExpression } from './expression.js';
import { compileFormat } from './log-format.js';
import { checkForm, places, textOf } from './place.js';
import type { Place, PlaceName } from './place.js';
import { compileRegex } from './regex-place.js';
import { refusal } from './refusal.js';
import type { WordKind } from './shape.js';
import type { SplitWord, Unit } from './split-words.js';
import { compileText, concat, firstHole, joinUnits, soleHole } from './template.js';
import type { Build, Emit, Template } from './template.js';
import { encodeWord } from './word.js';

/** A number in the name of an action or algorithm, such as the counter of `track-sc0`. */
export const counterPlace: Place = {
  place: 'a number in a keyword',
  accepts: ['number'],
  form: (text) => /^\d{1,3}$/.test(text),
  hint: 'Expected a number that is not negative.',
};

/** What the argument in parentheses of a keyword is, where that is more than a plain word. */
const callArguments: readonly (readonly [RegExp, PlaceName])[] = [
  [/^(?:un)?set-var(?:-fmt)?$/, 'variable'],
  [/^(?:add|del|set)-(?:acl|map)$/, 'path'],
  [/^hdr$/, 'header'],
  [/_rate$/, 'time'],
  [/^sc-/, 'number'],
];

/** Compiles one word of a directive; where `several`, an array makes several words. */
export function compileKind(word: SplitWord, kind: WordKind, template: Template, several = false): Emit {
  if (word.text !== undefined) return literal(word);
  if (word.doubt !== undefined) throw template.wrong(word.doubt, firstHole(word.units));
  const build = buildKind(word.units, kind, template);
  const hole = soleHole(word.units);
  if (!several || hole === undefined) return (values, out) => void out.push(encodeWord(build(values)));
  return (values, out) => {
    const value = values[hole.index];
    if (!Array.isArray(value)) return void out.push(encodeWord(build(values)));
    if (value.length === 0)
      throw refusal('empty', 'Expected at least one word; the list is empty.', {
        place: kind,
        template: template.shown,
        hole: hole.index + 1,
      });
    for (const item of value as readonly unknown[]) out.push(encodeWord(build(values.with(hole.index, item))));
  };
}

function buildKind(units: readonly Unit[], kind: WordKind, template: Template): Build {
  switch (kind) {
    case 'expression':
      return compileExpression(units, template);
    case 'format':
    case 'replacement': {
      const build = compileFormat(units, template, kind === 'format' ? 'plain' : 'replacement');
      return (values) => build(values).text;
    }
    case 'regex':
      return compileRegex(units, template);
    case 'backend':
      return buildBackend(units, template);
    case 'call':
      return compileCall(units, places.keyword, template);
    case 'timeOrExpression':
      return buildOrExpression(units, places.time, template);
    case 'numberOrExpression':
      return buildOrExpression(units, places.number, template);
    default:
      return compileText(units, places[kind], template);
  }
}

/** `use_backend`: a name, or a format that makes one. */
function buildBackend(units: readonly Unit[], template: Template): Build {
  const format = compileFormat(units, template);
  if (units.includes('%')) return (values) => format(values).text;
  const name = compileText(units, places.name, template);
  const hole = soleHole(units);
  return (values) =>
    hole !== undefined && /^(?:LogFormat|SampleExpression)$/.test(brandOf(values[hole.index]) ?? '') ? format(values).text : name(values);
}

function buildOrExpression(units: readonly Unit[], place: Place, template: Template): Build {
  if (units.includes('(') || units.includes(',')) return compileExpression(units, template);
  const text = compileText(units, place, template);
  const hole = soleHole(units);
  return (values) => {
    const value = hole === undefined ? undefined : values[hole.index];
    return brandOf(value) === 'SampleExpression' ? (value as SampleExpression).text : text(values);
  };
}

/**
 * A keyword that may have arguments in parentheses, which HAProxy reads without quotes: `set-var(txn.x)`, `hdr(name)`,
 * `http_req_rate(10s),gpc0`.
 */
export function compileCall(units: readonly Unit[], outside: Place, template: Template): Build {
  const parts = joinUnits(units);
  let before = '';
  const builds = parts.map((part): Build => {
    if (typeof part === 'string') {
      before += part;
      return () => part;
    }
    const open = /([A-Za-z0-9_.-]*)\([^()]*$/.exec(before)?.[1];
    before += '0';
    const place = open === undefined ? outside : places[callArguments.find(([form]) => form.test(open))?.[1] ?? 'bare'];
    const where = template.where(place, part);
    return (values) => checkForm(textOf(values[part.index], place, where), place, where);
  });
  const plain = units.filter((unit) => typeof unit === 'string').every((unit) => !/[\s"'\\]/.test(unit));
  if (!plain) throw template.wrong('HAProxy reads the parentheses of this keyword without quotes and blanks.', firstHole(units));
  return (values) => concat(builds, values);
}
