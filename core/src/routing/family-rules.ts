import type { FamilyEntry } from '../annotation/vocabulary.js';
import type { Key } from '../annotation/key.js';
import { applyFamily, type Merged } from '../annotation/settings.js';
import { checkedDirective, checkedEntries } from '../annotation/check-said.js';
import { signalboxError } from '../errors.js';
import { type Directive, fileName, Path, sample } from '../haproxy/emitter/index.js';
import type { ListRow } from '../haproxy/rows.js';
import type { Diagnostic } from '../resource/diagnostic.js';
import type { Origin } from '../resource/origin.js';
import type { Owner } from './model.js';

/** What a family says of some routes. */
export interface FamilySays {
  readonly directives: readonly Directive[];
  readonly lists: readonly ListRow[];
}

/** What a family that failed says; told to each owner anew. */
const nothing: FamilySays = { directives: [], lists: [] };

/** For which routes a family is asked. */
export interface AskedFor {
  readonly owner: Owner;
  readonly tls: boolean;
  /** Where its settings come from. */
  readonly origin: Origin;
}

/**
 * Asks route families for their rules. They are pure, and the same few values come for one owner after the other: what a family
 * says for values is remembered, unless it names a file of patterns, which is somebody's own.
 */
export class FamilyRules {
  readonly #httpsPort: number;
  readonly #known = new Map<FamilyEntry, Remembered>();

  constructor(httpsPort: number) {
    this.#httpsPort = httpsPort;
  }

  /** `undefined` if the family failed and its routes are closed for that; the owner has been told. */
  ask(entry: FamilyEntry, merged: Merged, asked: AskedFor, tell: (d: Diagnostic) => void): FamilySays | undefined {
    let known = this.#known.get(entry);
    if (known === undefined) this.#known.set(entry, (known = new Remembered()));
    const values = [asked.tls, ...Object.values(merged.values)];
    const before = known.get(values);
    if (before !== undefined) return before;
    const said = this.#apply(entry, merged, asked, tell);
    if (said !== nothing && said?.lists.length === 0 && !refers(entry)) known.set(values, said);
    return said;
  }

  #apply(entry: FamilyEntry, merged: Merged, { owner, tls, origin }: AskedFor, tell: (d: Diagnostic) => void): FamilySays | undefined {
    const directives: Directive[] = [];
    const lists: ListRow[] = [];
    const route = {
      add: (rule: Directive) => {
        checkRule(checkedDirective(rule));
        directives.push(rule);
      },
      list: (name: string, entries: readonly string[]) => {
        // A list belongs to the object that says it: all routes that inherit it share the file.
        const file = `patterns/${fileName([entry.id, origin.object.kind, origin.object.namespace, origin.object.name, name], 'lst')}`;
        lists.push({ type: 'list', file, entries: checkedEntries(entries), origin });
        return new Path(file);
      },
      track: notYet,
      users: notYet,
      tls,
      httpsPort: this.#httpsPort,
      isTls: sample`ssl_fc`,
    };
    const outcome = applyFamily(entry, merged, { route }, owner.origin.object, tell);
    // Copies: a family may keep its target and add to it later.
    if (outcome === 'applied') return { directives: [...directives], lists: [...lists] };
    return outcome === 'failed' ? nothing : undefined;
  }
}

/** Whether values of the family are made of objects, which come and go, or anew for each owner. */
function refers(entry: FamilyEntry): boolean {
  const keys = Object.values(entry.family.keys as Record<string, Key>);
  return keys.some(({ refersTo, options }) => refersTo !== undefined || options.gathered === true);
}

/** Answers by the values that were asked with, compared by identity: equal texts are parsed into one value. */
class Remembered {
  #answers = new Map<unknown, unknown>();
  #size = 0;

  get(values: readonly unknown[]): FamilySays | undefined {
    let at: unknown = this.#answers;
    for (const value of values) {
      at = (at as Map<unknown, unknown>).get(value);
      if (at === undefined) return undefined;
    }
    return at as FamilySays;
  }

  set(values: readonly unknown[], answer: FamilySays): void {
    if (this.#size >= 10_000) [this.#answers, this.#size] = [new Map(), 0];
    this.#size += 1;
    let at = this.#answers;
    for (const value of values.slice(0, -1)) {
      const next = (at.get(value) as Map<unknown, unknown> | undefined) ?? new Map<unknown, unknown>();
      at.set(value, next);
      at = next;
    }
    at.set(values.at(-1), answer);
  }
}

/** To be replaced: counters and lists of users. */
function notYet(): never {
  throw new Error('counters and lists of users are not there yet');
}

/** The rules that can be for the requests of some routes only. */
const guardable = new Set(['http-request', 'http-response', 'http-after-response']);

/** @throws {@link SignalboxError} `EMITTER_REFUSED` for directives that take no condition. */
function checkRule(rule: Directive): void {
  const [keyword = ''] = rule.words;
  if (!guardable.has(keyword)) {
    throw signalboxError(
      'EMITTER_REFUSED',
      `A route takes http-request, http-response and http-after-response rules; found "${keyword}". Act on "pool" for others.`,
    );
  }
}
