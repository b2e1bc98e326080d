import { SignalboxError, signalboxError } from '../../errors.js';

/**
 * Why the emitter refused, for machines: `details.reason` of the error.
 *
 * - `template`: the template itself is wrong, whatever its values are; a mistake in code.
 * - `type`: a value of a type that has no meaning at its place (a boolean, `undefined`, an expression where data is expected).
 * - `character`: a character that has no encoding (control characters, lone surrogates).
 * - `form`: text of the wrong form for its place (a header name with a blank, a number with letters).
 * - `empty`: an empty word where HAProxy refuses one.
 * - `size`: too many words, or a line that is too long.
 * - `raw`: a raw snippet that would leave its section.
 * @public
 */
export type RefusalReason = 'template' | 'type' | 'character' | 'form' | 'empty' | 'size' | 'raw';

/** Where a value should have stood. */
export interface Where {
  /** What kind of place, for people: `a header name`. */
  readonly place: string;
  /** The template, with its holes shown as `${1}`, `${2}`… */
  readonly template?: string;
  /** Which hole, counted from 1. */
  readonly hole?: number;
  /** The value must never be shown. */
  readonly secret?: boolean;
}

const shownLength = 200;

/** Makes the error that every part of the emitter throws: a `SignalboxError` with code `EMITTER_REFUSED`. */
export function refusal(reason: RefusalReason, message: string, where?: Where, value?: unknown): SignalboxError {
  const found = value === undefined || where?.secret === true ? '' : ` Found ${showValue(value)}.`;
  const at = where?.template === undefined ? '' : ` In \`${where.template}\`${where.hole === undefined ? '' : `, \${${where.hole}}`}.`;
  return signalboxError('EMITTER_REFUSED', `${message}${found}${at}`, { details: { reason, ...where } });
}

/**
 * Whether `error` is a refusal of the emitter, and if `reason` is given, for that reason.
 * @public
 */
export function isRefusal(error: unknown, reason?: RefusalReason): error is SignalboxError {
  return SignalboxError.is(error) && error.code === 'EMITTER_REFUSED' && (reason === undefined || error.details['reason'] === reason);
}

/** A value as people can read it: escaped, and cut. */
export function showValue(value: unknown): string {
  if (typeof value === 'string') {
    const text = value.length > shownLength ? `${value.slice(0, shownLength)}…` : value;
    return `"${[...text].map((c) => (/["\\]|[^\x20-\x7e\p{L}\p{N}…]/u.test(c) ? escaped(c) : c)).join('')}"`;
  }
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint') return String(value);
  if (value === null) return 'null';
  if (Array.isArray(value)) return `an array of ${value.length}`;
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

/** One character as an escape: `U+000A`. */
export function codePoint(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
}

function escaped(character: string): string {
  return character === '"' || character === '\\' ? `\\${character}` : `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}
