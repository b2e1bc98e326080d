import { branded, brandOf } from './brand.js';
import type { Branded } from './brand.js';
import { refusal } from './refusal.js';
import { places, textOf } from './place.js';
import type { Place, PlaceName } from './place.js';
import { compileRegex } from './regex-place.js';
import type { Hole, Unit } from './split-words.js';
import { compileText, concat, firstHole, joinUnits, literalText, soleHole } from './template.js';
import type { Build, Template } from './template.js';

/** HAProxy's own sample expression, such as `req.hdr(host),lower`. Made by {@link sample}. @public */
export interface SampleExpression extends Branded<'SampleExpression'> {
  /** As inside `%[…]`, before the encoding of a word. */
  readonly text: string;
}

/** Makes the typed value. */
export const sampleExpression = (text: string): SampleExpression => branded('SampleExpression', { text });

/** Reads units one after the other. */
export interface UnitReader {
  readonly units: readonly Unit[];
  at: number;
}

type ArgumentKind = PlaceName | 'regex' | 'replacement';

/** What the arguments of fetches and converters mean, where it is more than text. */
const argumentKinds: readonly (readonly [RegExp, readonly ArgumentKind[]])[] = [
  [/^regsub$/, ['regex', 'replacement']],
  [/^(?:set-var|unset-var|set-var-fmt|var)$/, ['variable']],
  [/^map(?:_\w+)?$/, ['path']],
  [/^jwt_verify(?:_cert)?$/, ['argument', 'path']],
];

const elementPlace: Place = { place: 'a sample expression', accepts: [] };
const counterPlace: Place = { place: 'a number in the name of a sample', accepts: ['number'] };
const bareArgument = /^[A-Za-z0-9_.:/@-]+$/;

/** Encodes the text of one argument in the parentheses of a sample expression. */
function encodeArgument(text: string): string {
  return bareArgument.test(text) ? text : `"${text.replace(/["\\]/g, '\\$&')}"`;
}

/** A word that is a sample expression. */
export function compileExpression(units: readonly Unit[], template: Template): Build {
  return parseExpression({ units, at: 0 }, undefined, template);
}

/** Reads a sample expression up to `end` (which is not taken), or to the end of the units. */
export function parseExpression(reader: UnitReader, end: ']' | undefined, template: Template): Build {
  const builds: Build[] = [];
  for (let element = 0; ; element++) {
    const start = reader.at;
    while (reader.at < reader.units.length && !isOneOf(reader.units[reader.at], '(,', end)) reader.at++;
    const units = reader.units.slice(start, reader.at);
    builds.push(compileElement(units, element, template));
    if (reader.units[reader.at] === '(')
      builds.push(parseArguments(reader, units.map((unit) => (typeof unit === 'string' ? unit : '0')).join(''), template));
    if (reader.units[reader.at] !== ',') break;
    reader.at++;
    builds.push(() => ',');
  }
  const next = reader.units[reader.at];
  if (reader.at < reader.units.length && next !== end)
    throw template.wrong('A sample expression goes on after its closing parenthesis.', typeof next === 'object' ? next : undefined);
  return (values) => concat(builds, values);
}

function isOneOf(unit: Unit | undefined, characters: string, end: string | undefined): boolean {
  return typeof unit === 'string' && (characters.includes(unit) || unit === end);
}

function compileElement(units: readonly Unit[], element: number, template: Template): Build {
  const hole = firstHole(units);
  const parts = joinUnits(units);
  if (hole === undefined) return () => literalText(units);
  if (soleHole(units) === undefined) {
    const builds = parts.map((part): Build =>
      typeof part === 'string' ? () => part : (values) => counter(values[part.index], part, template),
    );
    return (values) => concat(builds, values);
  }
  if (element > 0) throw template.wrong('A converter cannot be a value; write its name.', hole);
  return (values) => {
    const value = values[hole.index];
    if (brandOf(value) === 'SampleExpression') return (value as SampleExpression).text;
    throw refusal(
      'type',
      'Expected a sample expression, made with sample`…`. A string is data: write str(${…}) for it.',
      template.where(elementPlace, hole),
      value,
    );
  };
}

function counter(value: unknown, hole: Hole, template: Template): string {
  const text = textOf(value, counterPlace, template.where(counterPlace, hole));
  if (/^\d+$/.test(text)) return text;
  throw refusal('form', 'Expected a number that is not negative.', template.where(counterPlace, hole), value);
}

/** Reads `(a,"b",…)` by the grammar of HAProxy's arguments; those without a value stay as their author wrote them. */
function parseArguments(reader: UnitReader, name: string, template: Template): Build {
  const builds: Build[] = [() => '('];
  for (let index = 0; ; index++) {
    reader.at++;
    const start = reader.at;
    const units: Unit[] = [];
    let quote = '';
    for (; ; reader.at++) {
      const unit = reader.units[reader.at];
      if (unit === undefined) throw template.wrong(`The argument of ${name}(…) does not end.`);
      const next = reader.units[reader.at + 1];
      if (quote === '' && (unit === ',' || unit === ')')) break;
      if (unit === quote) quote = '';
      else if (quote === '' && (unit === '"' || unit === "'")) quote = unit;
      else if (unit === '\\' && quote !== "'" && typeof next === 'object') throw template.wrong('A value cannot follow a backslash.', next);
      else if (unit === '\\' && quote !== "'" && typeof next === 'string' && '\\ "\''.includes(next)) {
        units.push(next);
        reader.at++;
      } else units.push(unit);
    }
    const source = reader.units.slice(start, reader.at);
    builds.push(firstHole(units) === undefined ? () => literalText(source) : compileArgument(units, argumentKind(name, index), template));
    const closed = reader.units[reader.at] === ')';
    builds.push(() => (closed ? ')' : ','));
    if (closed) break;
  }
  reader.at++;
  return (values) => concat(builds, values);
}

function argumentKind(name: string, index: number): ArgumentKind {
  return argumentKinds.find(([form]) => form.test(name))?.[1][index] ?? 'argument';
}

function compileArgument(units: readonly Unit[], kind: ArgumentKind, template: Template): Build {
  if (kind === 'regex') {
    const build = compileRegex(units, template);
    return (values) => encodeArgument(build(values));
  }
  if (kind !== 'argument' && kind !== 'replacement') {
    const build = compileText(units, places[kind], template);
    return (values) => encodeArgument(build(values));
  }
  const parts = joinUnits(units).map((part): Build => {
    if (typeof part === 'string') return () => part;
    const where = template.where(places.argument, part);
    const text: Build = (values) => textOf(values[part.index], places.argument, where);
    return kind === 'replacement' ? (values) => text(values).replaceAll('\\', '\\\\') : text;
  });
  return (values) => encodeArgument(concat(parts, values));
}
