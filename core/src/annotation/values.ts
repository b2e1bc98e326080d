import ipaddr from 'ipaddr.js';
import { Duration } from '../haproxy/emitter/index.js';
import { patternNameProblem } from '../haproxy/pattern-file.js';
import { quote } from '../resource/diagnostic.js';
import type { Key, KeyOptions, WithFallback } from './key.js';
import { type Refusal, refuse, type StandardSchema, textSchema } from './standard-schema.js';

interface Description {
  readonly type: string;
  readonly accepts: string;
  readonly values?: readonly string[];
}

function key<T, O extends KeyOptions>(options: O, description: Description, parse: (text: string) => T | Refusal): Key<WithFallback<T, O>> {
  return { schema: textSchema(parse), options, ...description };
}

/** A whole number. @public */
export function integer<const O extends KeyOptions & { readonly min?: number; readonly max?: number }>(
  options: O,
): Key<WithFallback<number, O>> {
  const { min = Number.MIN_SAFE_INTEGER, max = Number.MAX_SAFE_INTEGER } = options;
  const range =
    options.max === undefined ? (options.min === undefined ? '' : ` of at least ${min}`) : ` from ${options.min ?? 0} to ${max}`;
  const accepts = `a whole number${range}`;
  return key(options, { type: 'integer', accepts }, (text) => {
    const trimmed = text.trim();
    const value = Number(trimmed);
    return /^[+-]?\d{1,15}$/.test(trimmed) && value >= min && value <= max ? value : refuse(accepts);
  });
}

const truths: Readonly<Record<string, boolean>> = {
  true: true,
  t: true,
  '1': true,
  enabled: true,
  on: true,
  yes: true,
  false: false,
  f: false,
  '0': false,
  disabled: false,
  off: false,
  no: false,
};

/** Yes or no, in any of the usual words and in either case. @public */
export function boolean<const O extends KeyOptions>(options: O): Key<WithFallback<boolean, O>> {
  const accepts = '"true" or "false" (also on/off, enabled/disabled, yes/no, 1/0)';
  return key(options, { type: 'boolean', accepts, values: ['true', 'false'] }, (text) => {
    const word = text.trim().toLowerCase();
    return Object.hasOwn(truths, word) ? (truths[word] ?? false) : refuse(accepts);
  });
}

const unitsMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
/** HAProxy keeps times in 32 bits. */
const longestMs = 2_147_483_647;

/** A length of time: `500ms`, `5s`, `1m`, `2h`, `1d`; a bare number is milliseconds. @public */
export function duration<const O extends KeyOptions & { readonly minMs?: number; readonly maxMs?: number }>(
  options: O,
): Key<WithFallback<Duration, O>> {
  const { minMs = 0, maxMs = longestMs } = options;
  const accepts = `a length of time such as "500ms", "5s" or "1m" (a bare number is milliseconds${minMs > 0 ? `; at least ${minMs} ms` : ''}; at most ${maxMs} ms)`;
  return key(options, { type: 'duration', accepts }, (text) => {
    const [, digits, unit = 'ms'] = /^(\d{1,12})(ms|s|m|h|d)?$/.exec(text.trim()) ?? [];
    const ms = Number(digits) * (unitsMs[unit] ?? Number.NaN);
    return ms >= minMs && ms <= maxMs ? new Duration(ms) : refuse(accepts);
  });
}

/** One of a few words; taken in either case, given as written here. @public */
export function oneOf<const V extends readonly string[], const O extends KeyOptions>(
  values: V,
  options: O,
): Key<WithFallback<V[number], O>> {
  const accepts = `one of ${values.map((value) => quote(value)).join(', ')}`;
  return key<V[number], O>(options, { type: 'enum', accepts, values }, (text) => {
    const word = text.trim().toLowerCase();
    return values.find((value) => value.toLowerCase() === word) ?? refuse(accepts);
  });
}

/** One of a few numbers: status codes, mostly. @public */
export function oneOfNumbers<const V extends readonly number[], const O extends KeyOptions>(
  values: V,
  options: O,
): Key<WithFallback<V[number], O>> {
  const accepts = `one of ${values.join(', ')}`;
  return key<V[number], O>(options, { type: 'integer', accepts, values: values.map(String) }, (text) => {
    const trimmed = text.trim();
    return values.find((value) => String(value) === trimmed) ?? refuse(accepts);
  });
}

/**
 * Addresses and networks, IPv4 and IPv6, separated by commas or blanks: `10.0.0.0/8, 2001:db8::1`. At least one.
 * Normalised, sorted and without doubles.
 * @public
 */
export function networks<const O extends KeyOptions>(options: O): Key<WithFallback<readonly string[], O>> {
  const accepts = 'IP addresses or networks separated by commas, such as "10.0.0.0/8, 192.0.2.7, 2001:db8::/32"';
  return key<readonly string[], O>(options, { type: 'networks', accepts }, (text) => {
    const entries = text.split(/[\s,]+/).filter((entry) => entry !== '');
    const parsed = entries.map(network);
    return entries.length > 0 && parsed.every((entry) => entry !== undefined) ? [...new Set(parsed)].sort() : refuse(accepts);
  });
}

/** What {@link addressLists} gives. @public */
export interface AddressLists {
  /** As {@link networks} gives them. */
  readonly networks: readonly string[];
  /** Names of pattern files, for {@link RouteTarget.addressFile}. */
  readonly files: readonly string[];
}

/**
 * Addresses and networks as in {@link networks}, and names of the operator's pattern files: `10.0.0.0/8, patterns/monitors`. At least one of
 * either.
 * @public
 */
export function addressLists<const O extends KeyOptions>(options: O): Key<WithFallback<AddressLists, O>> {
  const accepts =
    'IP addresses or networks separated by commas, such as "10.0.0.0/8, 192.0.2.7, 2001:db8::/32", and pattern files among them, such as "patterns/monitors"';
  const made = key<AddressLists, O>(options, { type: 'networks', accepts }, (text) => {
    const entries = [...new Set(text.split(/[\s,]+/).filter((entry) => entry !== ''))];
    const [named, written] = [
      entries.filter((entry) => entry.startsWith(filePrefix)),
      entries.filter((entry) => !entry.startsWith(filePrefix)),
    ];
    const files = named.map((entry) => entry.slice(filePrefix.length)).sort();
    const parsed = written.map(network);
    const isGood = entries.length > 0 && files.every((name) => patternNameProblem(name) === undefined);
    return isGood && parsed.every((entry) => entry !== undefined) ? { networks: [...new Set(parsed)].sort(), files } : refuse(accepts);
  });
  return { ...made, namesFiles: true };
}

const filePrefix = 'patterns/';

/** Whether a text is an address or a network. */
export function isNetwork(text: string): boolean {
  return network(text) !== undefined;
}

/** The normal form of an address or network; `undefined` if it is none. Host bits of a network are cleared. */
function network(text: string): string | undefined {
  const [address = '', bits, ...rest] = text.split('/');
  const isFullForm = address.includes(':')
    ? ipaddr.IPv6.isValid(address) && !address.includes('%')
    : ipaddr.IPv4.isValidFourPartDecimal(address);
  if (!isFullForm || rest.length > 0) return undefined;
  if (bits === undefined) return ipaddr.parse(address).toString();
  if (!/^(0|[1-9]\d{0,2})$/.test(bits)) return undefined;
  const isV6 = address.includes(':');
  if (Number(bits) > (isV6 ? 128 : 32)) return undefined;
  const base = isV6 ? ipaddr.IPv6.networkAddressFromCIDR(text) : ipaddr.IPv4.networkAddressFromCIDR(text);
  return `${base.toString()}/${Number(bits)}`;
}

/** Any text without control characters, blanks around it removed. @public */
export function text<const O extends KeyOptions>(options: O): Key<WithFallback<string, O>> {
  const accepts = 'one line of text without control characters';
  return key(options, { type: 'text', accepts }, (value) => (hasControl(value.trim()) ? refuse(accepts) : value.trim()));
}

/** Lines of text, at most so many; empty ones are left out. Each is parsed by `line`, which returns what it means, or `undefined` if it cannot be read. @public */
export function lines<T, const O extends KeyOptions>(
  options: O,
  description: { readonly type: string; readonly accepts: string; readonly most?: number },
  line: (text: string) => T | undefined,
): Key<WithFallback<readonly T[], O>> {
  const { most = Number.POSITIVE_INFINITY, ...said } = description;
  return key<readonly T[], O>(options, said, (value) => {
    const parsed: T[] = [];
    for (const each of value.split('\n')) {
      const trimmed = each.trim();
      if (trimmed === '') continue;
      const meaning = hasControl(trimmed) ? undefined : line(trimmed);
      if (meaning === undefined || parsed.length >= most) return refuse(description.accepts);
      parsed.push(meaning);
    }
    return parsed;
  });
}

/** Values by a schema of the author's own: zod, valibot, or any other Standard Schema that answers at once. @public */
export function custom<T, const O extends KeyOptions>(
  schema: StandardSchema<string, T>,
  options: O & { readonly type?: string; readonly accepts?: string },
): Key<WithFallback<T, O>> {
  return { schema, options, type: options.type ?? schema['~standard'].vendor, accepts: options.accepts ?? 'what its schema accepts' };
}

/** Whether a text holds characters that no HAProxy configuration can carry. @public */
export function hasControl(value: string): boolean {
  return /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/.test(value) || !value.isWellFormed();
}
