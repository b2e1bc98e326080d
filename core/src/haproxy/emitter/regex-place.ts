import { brandOf } from './brand.js';
import { escapeRegex, scanRegex } from './regex.js';
import type { Regex } from './regex.js';
import { places, textOf } from './place.js';
import type { Hole, Unit } from './split-words.js';
import { concat, firstHole, joinUnits, soleHole } from './template.js';
import type { Build, Template } from './template.js';
import { refusal } from './refusal.js';

const place = places.regexText;

/**
 * A regular expression: text stands for itself, a `Regex` for what it means. Before a quantifier the value is one unit.
 */
export function compileRegex(units: readonly Unit[], template: Template): Build {
  const sole = soleHole(units);
  const parts = joinUnits(units);
  let before = '';
  const builds = parts.map((part, index): Build => {
    if (typeof part === 'string') {
      before += part;
      return () => part;
    }
    checkBefore(before, part, template);
    before += 'x';
    const next = parts[index + 1];
    const quantified = typeof next === 'string' && /^[*+?{]/.test(next);
    return (values) => regexText(values[part.index], part, { alone: sole !== undefined, quantified, template });
  });
  return (values) => {
    const text = concat(builds, values);
    if (text === '') throw refusal('empty', 'HAProxy refuses an empty regular expression.', template.where(place, firstHole(units)));
    return text;
  };
}

function checkBefore(before: string, hole: Hole, template: Template): void {
  const { inClass, escaped } = scanRegex(before);
  if (inClass) throw template.wrong('A value cannot stand inside a class […] of a regular expression; use (?:a|b).', hole);
  if (escaped) throw template.wrong('A value cannot follow a backslash of a regular expression.', hole);
  if (/\(\?$/.test(before)) throw template.wrong('A value cannot be an option of a regular expression.', hole);
  if (/\\Q|\(\?[a-z^-]*x/.test(before))
    throw template.wrong('A value cannot stand after \\Q or (?x) in a regular expression: its text would be read otherwise.', hole);
}

function regexText(
  value: unknown,
  hole: Hole,
  how: { readonly alone: boolean; readonly quantified: boolean; readonly template: Template },
): string {
  if (brandOf(value) === 'Regex') {
    const { source } = value as Regex;
    return how.alone ? source : `(?:${source})`;
  }
  const escaped = escapeRegex(textOf(value, place, how.template.where(place, hole)));
  return how.quantified && !/^[A-Za-z0-9]$/.test(escaped) ? `(?:${escaped})` : escaped;
}
