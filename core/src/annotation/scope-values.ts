import { type Diagnostic, quote } from '../resource/diagnostic.js';
import { isResolved, type Referrer, type Resolved, type Unresolved } from '../resource/reference.js';
import type { ObjectRef, ResourceKind } from '../resource/resource.js';
import { closedUntilMended } from './consequence.js';
import type { Scope } from './family.js';
import type { Key } from './key.js';
import { type KeyMeaning, type KeyMeanings, scopesOf, Vocabulary } from './vocabulary.js';

/** What one object says for one key. */
export type Setting =
  | { readonly value: unknown; readonly field: string }
  /** The text cannot be used; the owner has been told. */
  | { readonly bad: true; readonly field: string; readonly guard: boolean };

/** What one object says, by family id and key. Families of which it says nothing are absent. */
export interface ScopeValues {
  readonly scope: Scope;
  readonly object: ObjectRef;
  readonly families: Readonly<Record<string, Readonly<Record<string, Setting>>>>;
  /** A guard that has no effect here is set: the owner's routes stay closed. */
  readonly closedBy?: string;
}

/** What reading the keys of an object may look at, and how it tells the owner. */
export interface LookUp {
  tell(this: void, diagnostic: Diagnostic): void;
  resolve(this: void, kind: ResourceKind, name: string, from: Referrer): Resolved | Unresolved;
}

/** Reads keys of one object into typed values. */
export class ScopeReader {
  readonly #vocabulary: Vocabulary;
  /** The same texts come again and again: each is parsed once for a key. */
  readonly #parsed = new WeakMap<Key, Map<string, ParsedText>>();

  constructor(vocabulary: Vocabulary) {
    this.#vocabulary = vocabulary;
  }

  /** Annotations of an Ingress, a Service…; `undefined` if none is a key of ours. */
  annotations(scope: Scope, object: ObjectRef, annotations: Readonly<Record<string, string>>, lookUp: LookUp): ScopeValues | undefined {
    const reading = new Reading(scope, object, lookUp, this.#parse);
    for (const [prefix, meanings] of this.#vocabulary.prefixes) {
      for (const [annotation, text] of Object.entries(annotations)) {
        if (!annotation.startsWith(prefix) || (prefix === '' && annotation.includes('/'))) continue;
        const name = annotation.slice(prefix.length);
        const meaning = meanings.get(name);
        // Other prefixes may carry keys of other programs.
        if (meaning === undefined && !this.#vocabulary.isOwn(prefix)) continue;
        reading.take(name, text, `metadata.annotations[${annotation}]`, meaning, meanings);
      }
    }
    return reading.result();
  }

  /** The data of a ConfigMap of the operator's. */
  configMap(configMap: string, object: ObjectRef, data: Readonly<Record<string, string>>, lookUp: LookUp): ScopeValues | undefined {
    const reading = new Reading('global', object, lookUp, this.#parse);
    const meanings = this.#vocabulary.configMaps.get(configMap) ?? new Map<string, KeyMeaning>();
    for (const [name, text] of Object.entries(data)) reading.take(name, text, `data[${name}]`, meanings.get(name), meanings);
    return reading.result();
  }

  readonly #parse = (key: Key, text: string): ParsedText => {
    let byText = this.#parsed.get(key);
    if (byText === undefined) this.#parsed.set(key, (byText = new Map<string, ParsedText>()));
    let parsed = byText.get(text);
    if (parsed === undefined) {
      if (byText.size >= 10_000) byText.clear();
      byText.set(text, (parsed = parseText(key, text)));
    }
    return parsed;
  };
}

type ParsedText = { readonly value: unknown } | { readonly found: string };

/** Parses a text by the schema of a key; never throws. */
export function parseText(key: Key, text: string): ParsedText {
  try {
    const result = key.schema['~standard'].validate(text);
    if (result instanceof Promise) return { found: 'its schema answers later, which is not allowed' };
    if (result.issues === undefined) return { value: result.value };
    const [issue] = result.issues;
    return { found: issue === undefined || issue.message === key.accepts ? '' : issue.message };
  } catch (cause) {
    return { found: `its schema failed: ${cause instanceof Error ? cause.message : 'no error'}` };
  }
}

/** What is gathered while the keys of one object are read. */
class Reading {
  readonly #scope: Scope;
  readonly #object: ObjectRef;
  readonly #lookUp: LookUp;
  readonly #parse: (key: Key, text: string) => ParsedText;
  readonly #families: Record<string, Record<string, Setting & { readonly alias: number }>> = {};
  #closedBy: string | undefined;
  #isEmpty = true;

  constructor(scope: Scope, object: ObjectRef, lookUp: LookUp, parse: (key: Key, text: string) => ParsedText) {
    this.#scope = scope;
    this.#object = object;
    this.#lookUp = lookUp;
    this.#parse = parse;
  }

  take(name: string, text: string, field: string, meaning: KeyMeaning | undefined, meanings: KeyMeanings): void {
    if (meaning === undefined || !scopesOf(meaning).includes(this.#scope)) this.#unknown(name, field, meaning, meanings);
    else if ('known' in meaning) this.#withoutEffect(name, field, meaning);
    else this.#setting(text, field, meaning);
  }

  result(): ScopeValues | undefined {
    if (this.#isEmpty && this.#closedBy === undefined) return undefined;
    const families = Object.fromEntries(
      Object.entries(this.#families).map(([id, keys]) => [
        id,
        Object.fromEntries(Object.entries(keys).map(([name, { alias: _alias, ...setting }]) => [name, setting])),
      ]),
    ) as ScopeValues['families'];
    const base = { scope: this.#scope, object: this.#object, families };
    return this.#closedBy === undefined ? base : { ...base, closedBy: this.#closedBy };
  }

  #setting(text: string, field: string, meaning: Extract<KeyMeaning, { entry: unknown }>): void {
    const { entry, name, key, alias } = meaning;
    const keys = (this.#families[entry.id] ??= {});
    const other = keys[name];
    if (other !== undefined) {
      const [kept, left] = other.alias <= alias ? [other.field, field] : [field, other.field];
      this.#report('warning', 'KEY_TWICE', left, `The key "${name}" is set twice on this object; ${kept} counts. Remove one.`);
      if (other.alias <= alias) return;
    }
    this.#isEmpty = false;
    const parsed = this.#parse(key, text);
    if (!('value' in parsed)) {
      const why = parsed.found === '' ? '' : ` (${quote(parsed.found)})`;
      keys[name] = { ...this.#bad(meaning, field, 'VALUE_INVALID', `Found ${quote(text)}; expected ${key.accepts}${why}.`), alias };
      return;
    }
    if (key.refersTo === undefined) {
      keys[name] = { value: parsed.value, field, alias };
      return;
    }
    const resolution = this.#lookUp.resolve(key.refersTo.kind, String(parsed.value), {
      namespace: this.#object.namespace,
      isOperator: this.#scope === 'global',
    });
    keys[name] = isResolved(resolution)
      ? { value: key.refersTo.valueOf(resolution), field, alias }
      : { ...this.#bad(meaning, field, resolution.code, resolution.message), alias };
  }

  /** Tells of a value that cannot be used. */
  #bad({ key, entry }: Extract<KeyMeaning, { entry: unknown }>, field: string, code: string, message: string): Setting {
    const guard = key.options.guard === true;
    const consequence = guard ? closedUntilMended(entry.family) : 'It has no effect; the next scope or the default holds.';
    this.#report('error', code, field, [message, consequence].join(' '));
    return { bad: true, field, guard };
  }

  #withoutEffect(name: string, field: string, { known }: Extract<KeyMeaning, { known: unknown }>): void {
    const closes = known.guard === true && known.status === 'refused';
    if (closes) this.#closedBy ??= field;
    const consequence = closes ? ' Its routes answer 503, since without it they would be open.' : '';
    this.#report(closes ? 'error' : 'warning', 'KEY_WITHOUT_EFFECT', field, `"${name}" has no effect: ${known.reason}${consequence}`);
  }

  #unknown(name: string, field: string, meaning: KeyMeaning | undefined, meanings: KeyMeanings): void {
    if (meaning !== undefined) {
      this.#report(
        'warning',
        'KEY_OUT_OF_SCOPE',
        field,
        `"${name}" has no effect here; it can be set on: ${scopesOf(meaning).map(scopeName).join(', ')}.`,
      );
      return;
    }
    const nearest = Vocabulary.nearest(meanings, name, this.#scope);
    this.#report(
      'warning',
      'KEY_UNKNOWN',
      field,
      `There is no key ${quote(name)}.${nearest === undefined ? '' : ` Did you mean "${nearest}"?`}`,
    );
  }

  #report(severity: Diagnostic['severity'], code: string, field: string, message: string): void {
    this.#lookUp.tell({ severity, code, object: this.#object, field, message });
  }
}

function scopeName(scope: Scope): string {
  return scope === 'global' ? 'the ConfigMap' : scope === 'ingress' ? 'an Ingress' : 'a Service';
}
