import { type Diagnostic, fieldKey, quote } from '../resource/diagnostic.js';
import { isResolved, type Referrer, type Resolved, type Unresolved } from '../resource/reference.js';
import type { ConfigMap } from '../resource/kinds.js';
import { refusedFields } from '../resource/refused-fields.js';
import { type ObjectRef, refOf, type ResourceKind } from '../resource/resource.js';
import { frozen } from '../frozen.js';
import { refusePromise, thrownWords } from '../thrown.js';
import { closedUntilMended } from './consequence.js';
import type { Scope } from './family.js';
import { isGuard, mayGuard } from './field-meaning.js';
import type { Key } from './key.js';
import type { KnownKey } from '../controller/plugin.js';
import { referredValue } from './referred-value.js';
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
        reading.take(name, text, `metadata.annotations[${fieldKey(annotation)}]`, meaning, meanings);
      }
    }
    return reading.result();
  }

  /** The data of a ConfigMap of the operator's. */
  configMap(configMap: string, object: ConfigMap, lookUp: LookUp): ScopeValues | undefined {
    const reading = new Reading('global', refOf(object), lookUp, this.#parse);
    const meanings = this.#vocabulary.configMaps.get(configMap) ?? new Map<string, KeyMeaning>();
    const refused = refusedFields(object);
    for (const [name, text] of Object.entries(object.data ?? {})) {
      const field = `data[${fieldKey(name)}]`;
      if (refused.includes(field)) reading.refuse(text, field, meanings.get(name));
      else reading.take(name, text, field, meanings.get(name), meanings);
    }
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
    refusePromise(result, 'it');
    const { issues, value } = result as { readonly issues?: readonly { readonly message: string }[]; readonly value?: unknown };
    if (issues === undefined && 'value' in result) return { value: frozen(value) };
    const [issue] = issues ?? [{ message: 'it gave neither a value nor what is wrong' }];
    return { found: issue === undefined || issue.message === key.accepts ? '' : String(issue.message) };
  } catch (cause) {
    return { found: `its schema failed: ${thrownWords(cause)}` };
  }
}

/** Why a key does nothing. */
type WithoutEffect = Pick<KnownKey, 'reason' | 'guard'> & { readonly status: KnownKey['status'] | 'forbidden' };

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
    else if ('known' in meaning) this.#withoutEffect(name, field, meaning.known);
    else {
      const reason = meaning.entry.family.forbidden?.[this.#scope];
      if (reason === undefined) this.#setting(text, field, meaning);
      else this.#withoutEffect(name, field, { status: 'forbidden', reason, guard: meaning.key.options.guard === true });
    }
  }

  /** HAProxy refuses what this field leads to, which its owner is told by others. */
  refuse(text: string, field: string, meaning: KeyMeaning | undefined): void {
    if (meaning === undefined || 'known' in meaning) return;
    const { entry, name, alias } = meaning;
    this.#isEmpty = false;
    (this.#families[entry.id] ??= {})[name] = { bad: true, field, guard: mayGuard(meaning, text), alias };
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
      const found = key.isHidden === true ? 'Expected' : `Found ${quote(text)}; expected`;
      keys[name] = { ...this.#bad(meaning, field, 'VALUE_INVALID', `${found} ${key.accepts}${why}.`), alias };
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
    const referred = isResolved(resolution) ? referredValue(key.refersTo, resolution, entry) : resolution;
    keys[name] =
      'value' in referred
        ? { value: referred.value, field, alias }
        : { ...this.#bad(meaning, field, referred.code, referred.message), alias };
  }

  /** Tells of a value that cannot be used. */
  #bad({ key, entry }: Extract<KeyMeaning, { entry: unknown }>, field: string, code: string, message: string): Setting {
    const guard = key.options.guard === true;
    const instead = key.options.gathered === true ? 'what other scopes say' : 'the next scope or the default';
    const consequence = guard ? closedUntilMended(entry.family, this.#object) : `It has no effect; ${instead} holds.`;
    this.#report('error', code, field, [message, consequence].join(' '));
    return { bad: true, field, guard };
  }

  #withoutEffect(name: string, field: string, { status, reason, guard }: WithoutEffect): void {
    const closes = guard === true && status !== 'dead';
    if (closes) this.#closedBy ??= field;
    const consequence = closes ? ' Its routes answer 503, since without it they would be open.' : '';
    const severity = closes || status === 'forbidden' ? 'error' : 'warning';
    this.#report(severity, 'KEY_WITHOUT_EFFECT', field, `"${name}" has no effect: ${reason}${consequence}`);
  }

  #unknown(name: string, field: string, meaning: KeyMeaning | undefined, meanings: KeyMeanings): void {
    if (meaning !== undefined) {
      this.#report(
        isGuard(meaning) ? 'error' : 'warning',
        'KEY_OUT_OF_SCOPE',
        field,
        `"${name}" has no effect here; it can be set on: ${scopesOf(meaning).map(scopeName).join(', ')}.`,
      );
      return;
    }
    const nearest = Vocabulary.nearest(meanings, name, this.#scope);
    // Misspelt, it guards nothing.
    const couldGuard = nearest !== undefined && isGuard(meanings.get(nearest));
    this.#report(
      couldGuard ? 'error' : 'warning',
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
