import { distance } from 'fastest-levenshtein';
import type { AnnotationSet, AnyFamily, KnownKey, Plugin } from '../controller/plugin.js';
import { signalboxError } from '../errors.js';
import type { Scope, Targets } from './family.js';
import type { Key } from './key.js';

/** A family among those of a composition. */
export interface FamilyEntry {
  /** Unique in the composition: plugin and family. */
  readonly id: string;
  readonly plugin: string;
  readonly set: AnnotationSet;
  readonly family: AnyFamily;
}

/** What a key of an object means. */
export type KeyMeaning =
  { readonly entry: FamilyEntry; readonly name: string; readonly key: Key; readonly alias: number } | { readonly known: KnownKey };

/** What keys mean, by name. */
export type KeyMeanings = ReadonlyMap<string, KeyMeaning>;

/** All keys of a composition: which family each belongs to, and in which order families act. */
export class Vocabulary {
  /** In the order in which they act. */
  readonly families: readonly FamilyEntry[];
  /** What annotations under each prefix mean; sets that share a prefix share its keys. */
  readonly prefixes: ReadonlyMap<string, KeyMeanings>;
  /** What the data of each of the operator's ConfigMaps means, by namespace/name. */
  readonly configMaps: ReadonlyMap<string, KeyMeanings>;

  readonly #byTarget: ReadonlyMap<keyof Targets, readonly FamilyEntry[]>;

  /** @throws {@link SignalboxError} `COMPOSITION_INVALID` for doubled names and for circles of `after`. */
  constructor(plugins: readonly Plugin[]) {
    const owned = plugins.flatMap((plugin) => (plugin.annotations ?? []).map((set) => ({ plugin: plugin.name, set })));
    this.families = owned.flatMap(({ plugin, set }) => inOrder(plugin, set));
    this.#byTarget = Map.groupBy(this.families, (entry) => entry.family.on as keyof Targets);
    const prefixes = new Map<string, Map<string, KeyMeaning>>();
    const configMaps = new Map<string, Map<string, KeyMeaning>>();
    for (const { set } of owned) {
      const entries = this.families.filter((entry) => entry.set === set);
      for (const prefix of set.prefixes) addMeanings(at(prefixes, prefix), set, entries);
      if (set.configMap !== undefined) addMeanings(at(configMaps, set.configMap), set, entries);
    }
    this.prefixes = prefixes;
    this.configMaps = configMaps;
    this.#own = new Set(owned.flatMap(({ set }) => set.prefixes.slice(0, 1)));
  }

  readonly #own: ReadonlySet<string>;

  /** Whether a prefix is nobody else's, so that an unknown key under it is a mistake. */
  isOwn(prefix: string): boolean {
    return this.#own.has(prefix);
  }

  /** The families on a target, in the order in which they act. */
  on(target: keyof Targets): readonly FamilyEntry[] {
    return this.#byTarget.get(target) ?? [];
  }

  /** The known key most like `name`, if there is one that somebody could have meant. */
  static nearest(meanings: KeyMeanings, name: string, scope: Scope): string | undefined {
    let best: string | undefined;
    let bestDistance = Math.max(2, Math.floor(name.length / 3)) + 1;
    for (const [candidate, meaning] of meanings) {
      if (!scopesOf(meaning).includes(scope)) continue;
      const away = distance(name, candidate);
      if (away < bestDistance) [best, bestDistance] = [candidate, away];
    }
    return best;
  }
}

export function scopesOf(meaning: KeyMeaning): readonly Scope[] {
  return 'known' in meaning ? meaning.known.scopes : meaning.entry.family.scopes;
}

function at(maps: Map<string, Map<string, KeyMeaning>>, key: string): Map<string, KeyMeaning> {
  const known = maps.get(key) ?? new Map<string, KeyMeaning>();
  maps.set(key, known);
  return known;
}

/** Adds the keys of a set. A key without effect gives way to a family that gives it one. */
function addMeanings(meanings: Map<string, KeyMeaning>, set: AnnotationSet, entries: readonly FamilyEntry[]): void {
  const add = (name: string, meaning: KeyMeaning): void => {
    const known = meanings.get(name);
    if (known !== undefined && 'entry' in known) {
      if ('known' in meaning && meaning.known.key === name && known.entry.set !== set) return;
      throw signalboxError('COMPOSITION_INVALID', `Two families define the key "${name}". Rename one, or leave one family out.`);
    }
    meanings.set(name, meaning);
  };
  for (const entry of entries) {
    for (const [name, key] of Object.entries(entry.family.keys as Record<string, Key>)) {
      [name, ...(key.options.aliases ?? [])].forEach((spelling, alias) => {
        add(spelling, { entry, name, key, alias });
      });
    }
  }
  for (const known of set.withoutEffect ?? []) add(known.key, { known });
}

/** The families of a set, each after those that it names in `after`, otherwise as listed. */
function inOrder(plugin: string, set: AnnotationSet): FamilyEntry[] {
  const byName = new Map(set.families.map((family) => [family.name, family]));
  if (byName.size < set.families.length) {
    throw signalboxError(
      'COMPOSITION_INVALID',
      `Plugin "${plugin}" has two families of one name. Names of families are unique in a plugin.`,
    );
  }
  const ordered = new Map<string, AnyFamily>();
  const visit = (family: AnyFamily, path: readonly string[]): void => {
    if (ordered.has(family.name)) return;
    if (path.includes(family.name)) {
      throw signalboxError(
        'COMPOSITION_INVALID',
        `Families of plugin "${plugin}" wait for each other: ${[...path, family.name].join(' after ')}.`,
      );
    }
    for (const name of family.after ?? []) {
      const before = byName.get(name);
      if (before !== undefined) visit(before, [...path, family.name]);
    }
    ordered.set(family.name, family);
  };
  for (const family of set.families) visit(family, []);
  return [...ordered.values()].map((family) => ({ id: `${plugin}/${family.name}`, plugin, set, family }));
}
