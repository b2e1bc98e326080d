import { branded, brandOf } from './brand.js';
import type { Branded } from './brand.js';
import { parseExpression } from './expression.js';
import type { SampleExpression, UnitReader } from './expression.js';
import { places, textOf } from './place.js';
import { refusal } from './refusal.js';
import type { Where } from './refusal.js';
import type { Unit } from './split-words.js';
import type { Build, Template } from './template.js';

/** HAProxy's own log-format string, such as `%ci %[req.hdr(host)]`. Made by {@link logFormat}. @public */
export interface LogFormat extends Branded<'LogFormat'> {
  /** Before the encoding of a word. */
  readonly text: string;
  /** It ends in the name of a `%variable`, so that no letter or digit may follow. */
  readonly open: boolean;
}

const logFormatOf = (text: string, open: boolean): LogFormat => branded('LogFormat', { text, open });

/** How the result is used: as it is, or as the replacement of a regular expression, where `\1` is a group. */
export type FormatUse = 'plain' | 'replacement';

const place = places.formatText;

/** A piece of a format and whether it ends in the name of a `%variable`, which more text would make longer. */
interface Piece {
  readonly text: string;
  readonly open: boolean;
}

/** A word that is a log-format string. Where it has no text at all, the expression of the empty string stands for it. */
export function compileFormat(
  units: readonly Unit[],
  template: Template,
  use: FormatUse = 'plain',
): (values: readonly unknown[]) => LogFormat {
  const reader: UnitReader = { units, at: 0 };
  const pieces: ((values: readonly unknown[]) => Piece)[] = [];
  let open = false;
  while (reader.at < units.length) {
    const unit = units[reader.at] ?? '';
    if (typeof unit === 'object') {
      if (open) throw template.wrong('A value directly after a %variable could change its name; put something between.', unit);
      reader.at++;
      const where = template.where(place, unit);
      pieces.push((values) => formatText(values[unit.index], where, use));
    } else if (unit === '%') {
      reader.at++;
      const { build, endsInName } = parseItem(reader, template);
      pieces.push((values) => ({ text: build(values), open: endsInName }));
      open = endsInName;
    } else {
      let text = '';
      for (let next: Unit | undefined = unit; typeof next === 'string' && next !== '%'; next = units[++reader.at]) text += next;
      pieces.push(() => ({ text, open: false }));
      open = false;
    }
  }
  return (values) => {
    let text = '';
    let ends = false;
    for (const piece of pieces) {
      const next = piece(values);
      if (next.text === '') continue;
      if (ends && /^[A-Za-z0-9_]/.test(next.text)) throw glued(template);
      text += next.text;
      ends = next.open;
    }
    return logFormatOf(text === '' ? '%[str()]' : text, ends);
  };
}

function glued(template: Template): Error {
  return refusal(
    'form',
    'A log format that ends in a %variable stands directly before a letter or digit, which would change its name.',
    template.where(place),
  );
}

function formatText(value: unknown, where: Where, use: FormatUse): Piece {
  const brand = brandOf(value);
  if (brand === 'LogFormat') return value as LogFormat;
  if (brand === 'SampleExpression') return { text: `%[${(value as SampleExpression).text}]`, open: false };
  const text = textOf(value, place, where).replaceAll('%', '%%');
  return { text: use === 'replacement' ? text.replaceAll('\\', '\\\\') : text, open: false };
}

/** Reads what follows a `%`: `%%`, `%[expression]`, `%{flags}variable`, and `%(name)…` of newer versions. */
function parseItem(reader: UnitReader, template: Template): { readonly build: Build; readonly endsInName: boolean } {
  let prefix = '%';
  for (const [opening, closing] of [
    ['(', ')'],
    ['{', '}'],
  ] as const) {
    if (reader.units[reader.at] !== opening) continue;
    do {
      prefix += literal(reader, template);
    } while (!prefix.endsWith(closing));
  }
  if (reader.units[reader.at] === '[') {
    reader.at++;
    const expression = parseExpression(reader, ']', template);
    if (reader.units[reader.at] !== ']') throw template.wrong('A "%[" has no "]".');
    reader.at++;
    return { build: (values) => `${prefix}[${expression(values)}]`, endsInName: false };
  }
  if (reader.at === reader.units.length) throw template.wrong('A lone "%" at the end; write "%%" for the character.');
  let name = literal(reader, template);
  if (/[A-Za-z]/.test(name)) while (isNameCharacter(reader.units[reader.at])) name += literal(reader, template);
  return { build: () => prefix + name, endsInName: /[A-Za-z]/.test(name) };
}

function literal(reader: UnitReader, template: Template): string {
  const unit = reader.units[reader.at++];
  if (typeof unit === 'string') return unit;
  throw template.wrong(
    unit === undefined
      ? 'A "%" item of the log format does not end.'
      : 'A value cannot be part of a "%" item; write "%%" for the character.',
    unit,
  );
}

function isNameCharacter(unit: Unit | undefined): boolean {
  return typeof unit === 'string' && /^[A-Za-z0-9_]$/.test(unit);
}
