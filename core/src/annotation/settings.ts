import type { Diagnostic } from '../resource/diagnostic.js';
import { formatRef, type ObjectRef } from '../resource/resource.js';
import { refusePromise, thrownWords } from '../thrown.js';
import { closedUntilMended } from './consequence.js';
import type { Scope, Targets } from './family.js';
import type { Key } from './key.js';
import { parseText, type ScopeValues, type Setting } from './scope-values.js';
import type { FamilyEntry } from './vocabulary.js';

/** What several scopes say, the operator's ConfigMap among them. */
export type Layers = Partial<Record<Scope, ScopeValues | undefined>>;

/** What an object says for a key. */
export type OwnedSetting = Setting & { readonly object: ObjectRef };

/** The values with which a family is applied. */
export interface Merged {
  readonly values: Readonly<Record<string, unknown>>;
  /** Where each value was set, a gathered one the nearest; keys that hold their fallback are absent. */
  readonly settings: Readonly<Record<string, OwnedSetting>>;
  /** Every setting behind a gathered value, the widest scope's first. */
  readonly gathered?: readonly OwnedSetting[];
  /** A guard whose value cannot be used: the field to mend. */
  readonly closedBy?: string;
}

/** For each key of a family the value of the nearest scope that has a usable one, else the fallback. A bad guard falls nowhere. */
export function merge(entry: FamilyEntry, layers: Layers): Merged {
  if (!isSet(entry, layers, entry.family.scopes)) return unsetOf(entry);
  const values: Record<string, unknown> = {};
  const settings: Record<string, OwnedSetting> = {};
  const gathered: OwnedSetting[] = [];
  let closedBy: string | undefined;
  for (const [name, key] of Object.entries(entry.family.keys as Record<string, Key>)) {
    const isGathered = key.options.gathered === true;
    const found = settingsOf(entry, name, layers, isGathered);
    const [nearest] = found.settings;
    closedBy ??= found.closedBy;
    if (nearest !== undefined) settings[name] = nearest;
    if (!isGathered) values[name] = nearest === undefined ? fallbackOf(key) : nearest.value;
    else {
      const widestFirst = found.settings.toReversed();
      values[name] = widestFirst.map(({ value }) => value);
      gathered.push(...widestFirst);
    }
  }
  Object.freeze(values);
  return { values, settings, ...(gathered.length > 0 && { gathered }), ...(closedBy !== undefined && { closedBy }) };
}

type UsableSetting = Extract<OwnedSetting, { value: unknown }>;

/** The usable settings of a key, the nearest scope's first: one, or all. A bad guard ends the search. */
function settingsOf(
  entry: FamilyEntry,
  name: string,
  layers: Layers,
  all: boolean,
): { readonly settings: readonly UsableSetting[]; readonly closedBy?: string } {
  const settings: UsableSetting[] = [];
  for (const scope of entry.family.scopes.toReversed()) {
    const layer = layers[scope];
    const setting = layer?.families[entry.id]?.[name];
    if (layer === undefined || setting === undefined) continue;
    if ('value' in setting) settings.push({ ...setting, object: layer.object });
    else if (setting.guard) return { settings, closedBy: `${formatRef(layer.object)} ${setting.field}` };
    if (settings.length > 0 && !all) break;
  }
  return { settings };
}

/** Whether one of `scopes` says anything for the family. */
export function isSet(entry: FamilyEntry, layers: Layers, scopes: readonly Scope[]): boolean {
  return scopes.some((scope) => layers[scope]?.families[entry.id] !== undefined);
}

const unset = new WeakMap<FamilyEntry, Merged>();

/** All fallbacks: what holds for most families nearly everywhere. */
function unsetOf(entry: FamilyEntry): Merged {
  let merged = unset.get(entry);
  if (merged === undefined) {
    const keys = Object.entries(entry.family.keys as Record<string, Key>);
    unset.set(
      entry,
      (merged = { values: Object.freeze(Object.fromEntries(keys.map(([name, key]) => [name, fallbackOf(key)]))), settings: {} }),
    );
  }
  return merged;
}

/** One for all, since values are compared by identity. */
const none: readonly unknown[] = [];

const fallbacks = new WeakMap<Key, { readonly value: unknown }>();

function fallbackOf(key: Key): unknown {
  const { fallback, gathered } = key.options;
  if (gathered === true) return none;
  if (fallback === undefined) return undefined;
  let known = fallbacks.get(key);
  if (known === undefined) {
    const parsed = parseText(key, String(fallback));
    fallbacks.set(key, (known = { value: 'value' in parsed ? parsed.value : undefined }));
  }
  return known.value;
}

/** What became of applying a family: `failed` is to have no effect at all, `closed` closes what it was applied for. */
export type Applied = 'applied' | 'failed' | 'closed';

/** Applies a family. One that throws, or returns a promise, is named to the owner. */
export function applyFamily<On extends keyof Targets>(
  entry: FamilyEntry,
  merged: Merged,
  target: Targets[On],
  owner: ObjectRef | undefined,
  tell: (d: Diagnostic) => void,
): Applied {
  try {
    const result: unknown = entry.family.apply(merged.values, target);
    refusePromise(result, 'apply');
    return 'applied';
  } catch (cause) {
    const [first] = Object.values(merged.settings);
    const keys = Object.values(entry.family.keys as Record<string, Key>);
    const isGuard = keys.some((key) => key.options.guard === true);
    const object = first?.object ?? owner;
    tell({
      severity: 'error',
      code: 'FAMILY_FAILED',
      ...(object && { object }),
      ...(first && { field: first.field }),
      message: `"${entry.family.name}" of plugin "${entry.plugin}" could not be applied: ${thrownWords(cause)}. ${isGuard ? closedUntilMended(entry.family, object) : 'It has no effect.'}`,
    });
    return isGuard ? 'closed' : 'failed';
  }
}
