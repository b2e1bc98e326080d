import { refusal } from './refusal.js';
import type { Where } from './refusal.js';
import type { Hole, Unit } from './split-words.js';
import { checkForm, textOf } from './place.js';
import type { Place } from './place.js';

/** Makes text of the values of a template. */
export type Build = (values: readonly unknown[]) => string;

/** Adds the words that a part of a template makes of its values. */
export type Emit = (values: readonly unknown[], words: string[]) => void;

/** What the compilers of the parts of a template share: how to say where something is wrong. */
export class Template {
  /** The template as its author wrote it, holes shown as `${1}`. */
  readonly shown: string;

  constructor(tag: string, parts: readonly string[]) {
    this.shown = `${tag}\`${parts.map((part, index) => (index === 0 ? part : `\${${index}}${part}`)).join('')}\``;
  }

  /** Where a hole is. */
  where({ place, secret }: Place, hole?: Hole): Where {
    return { place, template: this.shown, ...(hole && { hole: hole.index + 1 }), ...(secret && { secret }) };
  }

  /** The template is wrong, whatever its values are. */
  wrong(message: string, hole?: Hole): Error {
    return refusal('template', message, { place: 'a template', template: this.shown, ...(hole && { hole: hole.index + 1 }) });
  }
}

/** Literal text and holes in turn. */
export function joinUnits(units: readonly Unit[]): readonly (string | Hole)[] {
  const parts: (string | Hole)[] = [];
  for (const unit of units) {
    const last = parts.at(-1);
    if (typeof unit === 'string' && typeof last === 'string') parts[parts.length - 1] = last + unit;
    else parts.push(unit);
  }
  return parts;
}

/** The literal text of units among which there is no hole; one that is there is left out. */
export function literalText(units: readonly Unit[]): string {
  return units.filter((unit) => typeof unit === 'string').join('');
}

/** The first hole, if there is one. */
export function firstHole(units: readonly Unit[]): Hole | undefined {
  return units.find((unit) => typeof unit !== 'string');
}

/** The hole that these units are, if they are nothing else. */
export function soleHole(units: readonly Unit[]): Hole | undefined {
  const [unit] = units;
  return units.length === 1 && typeof unit === 'object' ? unit : undefined;
}

/** Text of a place without inner grammar. */
export function compileText(units: readonly Unit[], place: Place, template: Template): Build {
  const at = template.where(place, firstHole(units));
  const parts = joinUnits(units).map((part): Build => {
    if (typeof part === 'string') return () => part;
    const where = template.where(place, part);
    return (values) => textOf(values[part.index], place, where);
  });
  return (values) => checkForm(concat(parts, values), place, at);
}

/** The texts of several builds, one after the other. */
export function concat(builds: readonly Build[], values: readonly unknown[]): string {
  let text = '';
  for (const build of builds) text += build(values);
  return text;
}
