import { type Diagnostic, quote } from '../resource/diagnostic.js';
import { formatRef, type ObjectRef } from '../resource/resource.js';
import { closedUntilMended } from './consequence.js';
import type { Scope, Targets } from './family.js';
import type { Key } from './key.js';
import { parseText, type ScopeValues, type Setting } from './scope-values.js';
import type { FamilyEntry } from './vocabulary.js';

/** What several scopes say, the operator's ConfigMap among them. */
export type Layers = Partial<Record<Scope, ScopeValues | undefined>>;

/** The values with which a family is applied. */
export interface Merged {
  readonly values: Readonly<Record<string, unknown>>;
  /** Where each value was set; keys that hold their fallback are absent. */
  readonly settings: Readonly<Record<string, Setting & { readonly object: ObjectRef }>>;
  /** A guard whose value cannot be used: the field to mend. */
  readonly closedBy?: string;
}

/** For each key of a family the value of the nearest scope that has a usable one, else the fallback. A bad guard falls nowhere. */
export function merge(entry: FamilyEntry, layers: Layers): Merged {
  if (!isSet(entry, layers, entry.family.scopes)) return unsetOf(entry);
  const values: Record<string, unknown> = {};
  const settings: Record<string, Setting & { readonly object: ObjectRef }> = {};
  let closedBy: string | undefined;
  const nearestFirst = entry.family.scopes.toReversed();
  for (const [name, key] of Object.entries(entry.family.keys as Record<string, Key>)) {
    values[name] = fallbackOf(key);
    for (const scope of nearestFirst) {
      const layer = layers[scope];
      const setting = layer?.families[entry.id]?.[name];
      if (layer === undefined || setting === undefined) continue;
      if ('value' in setting) {
        values[name] = setting.value;
        settings[name] = { ...setting, object: layer.object };
        break;
      }
      if (setting.guard) {
        closedBy ??= `${formatRef(layer.object)} ${setting.field}`;
        break;
      }
    }
  }
  return closedBy === undefined ? { values, settings } : { values, settings, closedBy };
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
    unset.set(entry, (merged = { values: Object.fromEntries(keys.map(([name, key]) => [name, fallbackOf(key)])), settings: {} }));
  }
  return merged;
}

const fallbacks = new WeakMap<Key, { readonly value: unknown }>();

function fallbackOf(key: Key): unknown {
  const { fallback } = key.options;
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
    if (result instanceof Promise) {
      result.catch(() => undefined);
      throw new TypeError('it returned a promise; apply answers at once');
    }
    return 'applied';
  } catch (cause) {
    const [first] = Object.values(merged.settings);
    const keys = Object.values(entry.family.keys as Record<string, Key>);
    const isGuard = keys.some((key) => key.options.guard === true);
    const why = cause instanceof Error ? quote(cause.message) : 'an error without a message';
    const object = first?.object ?? owner;
    tell({
      severity: 'error',
      code: 'FAMILY_FAILED',
      ...(object && { object }),
      ...(first && { field: first.field }),
      message: `"${entry.family.name}" of plugin "${entry.plugin}" could not be applied: ${why}. ${isGuard ? closedUntilMended(entry.family) : 'It has no effect.'}`,
    });
    return isGuard ? 'closed' : 'failed';
  }
}
