import { brandOf } from './brand.js';
import { checkCharacters } from './characters.js';
import { nameForm, reservedAclName } from './name.js';
import type { Name } from './name.js';
import type { Path } from './path.js';
import { SecretText } from '../../secret-text.js';
import { refusal, showValue } from './refusal.js';
import type { Where } from './refusal.js';

/** A kind of place whose text has no inner grammar. */
export interface Place {
  /** For people: `a header name`. */
  readonly place: string;
  /** Which values stand for text there. */
  readonly accepts: readonly ('string' | 'number' | 'Name' | 'Path' | 'Duration' | 'SecretText')[];
  /** What a plain string must be by itself. */
  readonly valueForm?: (text: string) => boolean;
  /** What the whole text must be. */
  readonly form?: (text: string) => boolean;
  /** What `form` asks for. */
  readonly hint?: string;
  readonly secret?: boolean;
}

/** The name of a kind of place in {@link places}. */
export type PlaceName =
  | 'word'
  | 'secret'
  | 'keyword'
  | 'number'
  | 'numbers'
  | 'time'
  | 'size'
  | 'name'
  | 'table'
  | 'aclName'
  | 'header'
  | 'path'
  | 'address'
  | 'network'
  | 'variable'
  | 'bare'
  | 'argument'
  | 'formatText'
  | 'regexText'
  | 'pattern';

const text: Place['accepts'] = ['string', 'number', 'Name', 'Path', 'Duration'];
const matches =
  (form: RegExp) =>
  (found: string): boolean =>
    form.test(found);

/** Every kind of place without inner grammar. */
export const places: Readonly<Record<PlaceName, Place>> = {
  word: { place: 'a word', accepts: text },
  secret: { place: 'a secret', accepts: ['string', 'SecretText'], secret: true },
  keyword: {
    place: 'a keyword',
    accepts: text,
    form: matches(/^[A-Za-z0-9_.:,()/@%+*=-]+$/),
    hint: 'A keyword has no blanks, quotes or braces; give several words as an array where HAProxy takes several.',
  },
  number: { place: 'a number', accepts: ['string', 'number'], form: matches(/^-?\d{1,19}$/), hint: 'Expected a whole number.' },
  numbers: {
    place: 'a number or a range of numbers',
    accepts: ['string', 'number'],
    form: matches(/^-?\d{1,19}(?::(?:-?\d{1,19})?)?$|^:-?\d{1,19}$/),
    hint: 'Expected a whole number, or a range such as 1:5.',
  },
  time: {
    place: 'a length of time',
    accepts: ['string', 'number', 'Duration'],
    form: matches(/^(?:\d{1,13}(?:us|ms|s|m|h|d)|0)$/),
    hint: 'Give a Duration, or a text with its unit such as 500ms, 5s or 1m: the unit of a bare number differs from directive to directive.',
  },
  size: { place: 'a size', accepts: ['string', 'number'], form: matches(/^\d{1,13}[kKmMgG]?$/), hint: 'Expected a size such as 100k.' },
  name: {
    place: 'a name',
    accepts: ['string', 'number', 'Name'],
    form: matches(nameForm),
    hint: 'A name in HAProxy has letters, digits and "_", ".", ":", "-" only.',
  },
  table: {
    place: 'the name of a stick table',
    accepts: ['string', 'Name'],
    form: matches(/^[A-Za-z0-9_.:-]+(?:\/[A-Za-z0-9_.:-]+)?$/),
    hint: 'A table has the name of its proxy, or that of its peers section, a slash and its own.',
  },
  aclName: {
    place: 'the name of an ACL',
    accepts: ['string', 'number', 'Name'],
    form: (found) => nameForm.test(found) && !reservedAclName.test(found),
    hint: 'The name of an ACL has letters, digits and "_", ".", ":", "-" only, and is none of or, and, if, unless, TRUE, FALSE.',
  },
  header: {
    place: 'a header name',
    accepts: ['string', 'number', 'Name'],
    form: matches(/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/),
    hint: "A header name has letters, digits and !#$%&'*+-.^_`|~ only (RFC 9110, token).",
  },
  path: {
    place: 'a file name',
    accepts: ['Path'],
    hint: 'Name a file by new Path(…); a plain string would let data choose which file HAProxy opens.',
  },
  address: {
    place: 'an address',
    accepts: ['string', 'number', 'Name', 'Path'],
    valueForm: matches(/^(?:(?:ipv|quic|tcp|udp)[46]@)?[A-Za-z0-9_.:[\]%*-]*$/),
    form: matches(/^[A-Za-z0-9_.:[\]@/%*,+-]+$/),
    hint: 'An address is a host or IP with a port; name a UNIX socket by new Path(…).',
  },
  network: {
    place: 'an IP address or network',
    accepts: ['string'],
    form: isNetwork,
    hint: 'Expected an IP address or network such as 10.0.0.0/8.',
  },
  variable: {
    place: 'the name of a variable',
    accepts: ['string', 'number', 'Name'],
    form: matches(/^[A-Za-z0-9_.,]+$/),
    hint: 'A variable has letters, digits, "_" and "." only.',
  },
  bare: {
    place: 'an argument in parentheses',
    accepts: text,
    form: matches(/^[A-Za-z0-9_./:@,-]+$/),
    hint: 'Letters, digits and "_ . / : @ , -" only.',
  },
  argument: { place: 'an argument of a sample expression', accepts: text },
  formatText: { place: 'text in a log-format string', accepts: text },
  regexText: { place: 'literal text in a regular expression', accepts: text },
  pattern: { place: 'a pattern of an ACL', accepts: text },
};

/** The text for which a value stands at a place. Only its characters are checked; the form is a matter of the whole word. */
export function textOf(value: unknown, place: Place, where: Where): string {
  const type = brandOf(value) ?? (value instanceof SecretText ? 'SecretText' : typeof value);
  if (!place.accepts.some((accepted) => accepted === type)) throw wrongType(value, type, place, where);
  switch (type) {
    case 'string':
      if (place.valueForm?.(value as string) === false) throw wrongForm(value as string, place, where);
      return checkCharacters(value as string, where);
    case 'number':
      if (!Number.isSafeInteger(value)) throw refusal('form', 'HAProxy has whole numbers only.', where, value);
      return String((value as number) + 0);
    case 'SecretText':
      return checkCharacters((value as SecretText).reveal(), where);
    case 'Duration':
      return String(value);
    default:
      return (value as Name | Path).text;
  }
}

/** Throws unless `found` has the form that the place asks for. */
export function checkForm(found: string, place: Place, where: Where): string {
  if (found === '') throw refusal('empty', `HAProxy refuses an empty word at the place of ${place.place}; leave the directive out.`, where);
  if (place.form?.(found) === false) throw wrongForm(found, place, where);
  return found;
}

function wrongForm(found: string, place: Place, where: Where): Error {
  return refusal('form', `This is not ${place.place}. ${place.hint ?? ''}`.trimEnd(), where, found);
}

function wrongType(value: unknown, type: string, place: Place, where: Where): Error {
  const expected = `Expected ${place.place} (${place.accepts.join(', ')}).`;
  if (value === undefined || value === null)
    return refusal('type', `${expected} There is no value (${String(value)}); leave the directive out instead.`, where);
  if (type === 'string') return refusal('type', `${expected} ${place.hint ?? ''}`.trimEnd(), where, value);
  const found = brandOf(value) === undefined ? showValue(value) : `a ${type}`;
  return refusal('type', `${expected} Found ${where.secret === true ? 'something else' : found}, which has no meaning there.`, where);
}

function isNetwork(found: string): boolean {
  const [address = '', prefix, ...rest] = found.split('/');
  const v4 = isIpv4(address);
  if (rest.length > 0 || !(v4 || isIpv6(address))) return false;
  if (prefix === undefined || (v4 && isIpv4(prefix))) return true;
  return /^\d{1,3}$/.test(prefix) && Number(prefix) <= (v4 ? 32 : 128);
}

function isIpv4(text: string): boolean {
  const bytes = text.split('.');
  return bytes.length === 4 && bytes.every((byte) => /^(?:0|[1-9]\d{0,2})$/.test(byte) && Number(byte) < 256);
}

function isIpv6(text: string): boolean {
  return /^[0-9A-Fa-f:.]{2,45}$/.test(text) && text.includes(':') && URL.canParse(`http://[${text}]`);
}
