import type { Condition } from './condition.js';
import { compileCondition } from './compile-condition.js';
import { conditionOf } from './condition.js';
import { compileLine } from './compile-line.js';
import type { Directive } from './directive.js';
import type { Duration } from './duration.js';
import { compileExpression, sampleExpression } from './expression.js';
import type { SampleExpression } from './expression.js';
import { compileFormat } from './log-format.js';
import type { LogFormat } from './log-format.js';
import type { Name } from './name.js';
import type { Path } from './path.js';
import type { Regex } from './regex.js';
import type { SecretText } from '../../secret-text.js';
import { splitWords } from './split-words.js';
import type { SplitWord, Unit } from './split-words.js';
import { Template } from './template.js';

/** A value that is one word or part of one. @public */
export type EmitterValue = string | number | Name | Path | Duration | Regex | SampleExpression | LogFormat | Condition | SecretText;

/** What may stand in `${…}`: a value, or where HAProxy takes several words, a list of them. @public */
export type Insertable = EmitterValue | readonly EmitterValue[];

/** Compiles a template once for each place in code where it stands. */
function tag<Result>(name: string, compile: (parts: readonly string[], template: Template) => (values: readonly unknown[]) => Result) {
  const compiled = new WeakMap<TemplateStringsArray, (values: readonly unknown[]) => Result>();
  return (strings: TemplateStringsArray, ...values: readonly Insertable[]): Result => {
    let build = compiled.get(strings);
    if (build === undefined) {
      // As in String.raw, a backslash is HAProxy's, but for the two that JavaScript itself asks for.
      const parts = strings.raw.map((part) => part.replace(/\\(`|\$\{)/g, '$1'));
      build = compile(parts, new Template(name, parts));
      compiled.set(strings, build);
    }
    return build(values);
  };
}

/**
 * Makes a {@link Directive}. The literal parts are your own HAProxy, quotes, backslashes and all (they are not read as JavaScript's
 * escapes). Each `${value}` is encoded for the place where it stands: a word, a header name, a number, the argument of a sample, a
 * log-format string, a regular expression, a pattern of an ACL… A string is always data.
 *
 * @throws {@link SignalboxError} `EMITTER_REFUSED`; with `details.reason` `template` the template itself is wrong, at its first use and
 * whatever the values are; else a value has no encoding at its place.
 * @example
 * ```ts
 * haproxy`http-request set-header X-Team ${'100% "us"'} if { path_beg ${prefixes} }`;
 * ```
 * @public
 */
export const haproxy: (strings: TemplateStringsArray, ...values: readonly Insertable[]) => Directive = tag('haproxy', (parts, template) =>
  compileLine(wordsOf(parts, template), template),
);

/**
 * Makes a {@link Condition}, for places after `if` and `unless` and for {@link guarded}.
 * @example
 * ```ts
 * const known = condition`{ src -f ${file} } or is_internal`;
 * haproxy`http-request deny unless ${known}`;
 * ```
 * @public
 */
export const condition: (strings: TemplateStringsArray, ...values: readonly Insertable[]) => Condition = tag(
  'condition',
  (parts, template) => {
    const build = compileCondition(wordsOf(parts, template), template);
    return (values) => conditionOf(build(values));
  },
);

/**
 * Makes a {@link SampleExpression}. What is written is what HAProxy should see inside `%[…]`; the quotes of configuration words are not
 * part of it.
 * @example
 * ```ts
 * const host = sample`req.hdr(${header}),lower`;
 * haproxy`http-request set-header X-Host ${host}`;
 * ```
 * @public
 */
export const sample: (strings: TemplateStringsArray, ...values: readonly Insertable[]) => SampleExpression = tag(
  'sample',
  (parts, template) => {
    const build = compileExpression(unitsOf(parts, template), template);
    return (values) => sampleExpression(build(values));
  },
);

/**
 * Makes a {@link LogFormat}. What is written is what HAProxy should see, blanks included; the quotes of configuration words are not part
 * of it.
 * @example
 * ```ts
 * haproxy`log-format ${logFormat`%ci:%cp ${label} %[req.hdr(host)]`}`;
 * ```
 * @public
 */
export const logFormat: (strings: TemplateStringsArray, ...values: readonly Insertable[]) => LogFormat = tag(
  'logFormat',
  (parts, template) => compileFormat(unitsOf(parts, template), template),
);

function wordsOf(parts: readonly string[], template: Template): readonly SplitWord[] {
  const words = splitWords(parts, { wrong: (message) => template.wrong(message) });
  if (words.length === 0) throw template.wrong('The template is empty.');
  if (words.some(({ text }) => text === '')) throw template.wrong('HAProxy takes an empty word for the end of the line.');
  const doubtful = words.find(({ text, doubt }) => text === undefined && doubt !== undefined);
  if (doubtful?.doubt !== undefined) throw template.wrong(doubtful.doubt);
  return words;
}

function unitsOf(parts: readonly string[], template: Template): readonly Unit[] {
  const units = parts.flatMap((part, index): Unit[] => [...(index === 0 ? [] : [{ index: index - 1 }]), ...part.split('')]);
  if (units.length === 0) throw template.wrong('The template is empty.');

  if (parts.some((part) => /[\u0000-\u001f]/.test(part)))
    throw template.wrong('The template has a control character or more than one line.');
  return units;
}
