import type { RouteTarget } from '../annotation/family.js';
import type { FamilyEntry } from '../annotation/vocabulary.js';
import type { Key } from '../annotation/key.js';
import { settingOrigin } from '../annotation/setting-origin.js';
import { applyFamily, type Merged } from '../annotation/settings.js';
import { checkedDirective, checkedEntries } from '../annotation/check-said.js';
import { signalboxError } from '../errors.js';
import { type Directive, fileName, haproxy, Path, sample } from '../haproxy/emitter/index.js';
import { patternPath } from '../haproxy/pattern-file.js';
import type { CounterTable } from '../haproxy/counter-table.js';
import { owned } from '../haproxy/owned-directive.js';
import type { ListRow, SectionRow } from '../haproxy/rows.js';
import type { Diagnostic } from '../resource/diagnostic.js';
import type { Origin } from '../resource/origin.js';
import type { SecretText } from '../secret-text.js';
import type { Owner } from './model.js';
import { Tracker } from './tracker.js';

/** What a family says of some routes. */
export interface FamilySays {
  readonly directives: readonly Directive[];
  readonly lists: readonly ListRow[];
  /** The tables in which it counts, one for each counter that it takes of the three that a request has. */
  readonly tables: readonly CounterTable[];
  readonly userlists: readonly SectionRow[];
}

/** What a family says that has nothing to say. */
export const nothing: FamilySays = { directives: [], lists: [], tables: [], userlists: [] };

/** What a family that failed says. */
const failed: FamilySays = { ...nothing };

/** For which routes a family is asked. */
export interface AskedFor {
  readonly owner: Owner;
  readonly tls: boolean;
  /** How many counters of a request the families before it have taken. */
  readonly countersTaken: number;
}

/**
 * Asks route families for their rules. They are pure, and the same few values come for one owner after the other: what a family
 * says for values is remembered, unless it names a list of patterns or users, which is somebody's own.
 */
export class FamilyRules {
  readonly #httpsPort: number;
  readonly #known = new Map<FamilyEntry, Remembered>();
  /** The same for fallbacks alone, which is what holds for most families nearly everywhere. */
  readonly #unset = new WeakMap<Merged, FamilySays[]>();

  constructor(httpsPort: number) {
    this.#httpsPort = httpsPort;
  }

  /** `undefined` if the family failed and its routes are closed for that; the owner has been told. */
  ask(entry: FamilyEntry, merged: Merged, asked: AskedFor, tell: (d: Diagnostic) => void): FamilySays | undefined {
    const place = 2 * asked.countersTaken + Number(asked.tls);
    return this.#unset.get(merged)?.[place] ?? this.#ask(entry, merged, asked, place, tell);
  }

  #ask(entry: FamilyEntry, merged: Merged, asked: AskedFor, place: number, tell: (d: Diagnostic) => void): FamilySays | undefined {
    let known = this.#known.get(entry);
    if (known === undefined) this.#known.set(entry, (known = new Remembered()));
    const values = [asked.tls, asked.countersTaken, ...Object.values(merged.values)];
    const before = known.get(values);
    if (before !== undefined) return before;
    const said = this.#apply(entry, merged, asked, tell);
    // One that failed has told this owner, and tells each anew.
    if (said === failed) return nothing;
    if (said === undefined || said.lists.length + said.userlists.length > 0) return said;
    if (Object.keys(merged.settings).length === 0) listOf(this.#unset, merged)[place] = said;
    else if (!refers(entry)) known.set(values, said);
    return said;
  }

  #apply(entry: FamilyEntry, merged: Merged, asked: AskedFor, tell: (d: Diagnostic) => void): FamilySays | undefined {
    const { route, said } = routeTarget(entry, asked, merged, this.#httpsPort);
    const outcome = applyFamily(entry, merged, { route }, asked.owner.origin.object, tell);
    // A copy: a family may keep its target and add to it later.
    if (outcome === 'applied') return copyOf(said);
    return outcome === 'failed' ? failed : undefined;
  }
}

/** What a family acts on, and what it will have said. */
function routeTarget(
  entry: FamilyEntry,
  { owner, tls, countersTaken }: AskedFor,
  merged: Merged,
  httpsPort: number,
): { readonly route: RouteTarget; readonly said: FamilySays } {
  const directives: Directive[] = [];
  const lists: ListRow[] = [];
  const userlists: SectionRow[] = [];
  const tracker = new Tracker(entry.id, countersTaken, (rule) => directives.push(rule));
  const origin = settingOrigin(entry, merged, owner.origin.object);
  const parts = [entry.id, ...sayersOf(merged, origin)];
  const route: RouteTarget = {
    add: (rule) => {
      checkRule(checkedDirective(rule));
      directives.push(rule);
    },
    list: (name, entries) => {
      const file = `patterns/${fileName([...parts, name], 'lst')}`;
      lists.push({ type: 'list', file, entries: checkedEntries(entries), origin });
      return new Path(file);
    },
    addressFile: (name) => new Path(patternPath(name)),
    track: (tracked) => tracker.track(tracked),
    users: (name, users) => {
      const userlist = makeUserlist(fileName([...parts, name], 'users'), users, origin);
      userlists.push(userlist);
      return sample`http_auth(${userlist.name})`;
    },
    tls,
    httpsPort,
    isTls: sample`ssl_fc`,
  };
  return { route, said: { directives, lists, tables: tracker.tables, userlists } };
}

function listOf(lists: WeakMap<Merged, FamilySays[]>, merged: Merged): FamilySays[] {
  const list = lists.get(merged) ?? [];
  lists.set(merged, list);
  return list;
}

function copyOf({ directives, lists, tables, userlists }: FamilySays): FamilySays {
  if (directives.length + lists.length + tables.length + userlists.length === 0) return nothing;
  return { directives: [...directives], lists: [...lists], tables: [...tables], userlists: [...userlists] };
}

/**
 * The objects that say something for a family, from which the names of its lists are made: all routes with the same ones share a list. One
 * object alone would not do: two Ingresses may each add to what the ConfigMap says.
 */
function sayersOf({ settings }: Merged, origin: Origin): string[] {
  const objects = Object.values(settings).map(({ object }) => object);
  const sayers = (objects.length === 0 ? [origin.object] : objects).map(({ kind, namespace, name }) => [kind, namespace, name]);
  return [...new Map(sayers.map((sayer) => [sayer.join(' '), sayer])).values()].flat();
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

/** @throws {@link SignalboxError} `EMITTER_REFUSED` for names and hashes that no line of HAProxy can carry. */
function makeUserlist(name: string, users: ReadonlyMap<string, SecretText>, origin: Origin): SectionRow & { readonly name: string } {
  const directives = Array.from(users, ([user, password]) => owned(haproxy`user ${user} password ${password}`, origin));
  return { type: 'section', kind: 'userlist', name, directives, origin };
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
