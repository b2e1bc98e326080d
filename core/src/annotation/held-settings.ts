import type { ObjectRef } from '../resource/resource.js';
import type { Scope, Targets } from './family.js';
import type { Key } from './key.js';
import type { Layers } from './settings.js';
import type { FamilyEntry } from './vocabulary.js';

/** A key with the value that holds, and the values that do not. @public */
export interface HeldSetting extends SaidValue {
  readonly key: string;
  /** What the key acts on. */
  readonly on: keyof Targets;
  /** What other scopes say, the nearest first. */
  readonly lost: readonly (SaidValue & { readonly because: string })[];
}

/** A value as it was written; of a Secret the name. @public */
export interface SaidValue {
  readonly value: string;
  readonly origin: { readonly scope: Scope | 'default'; readonly object?: ObjectRef; readonly field?: string };
  /** It cannot be used, and as it decides who may pass, the route is closed. */
  readonly closes?: true;
}

/** What was written in a field of an object. */
export type WrittenText = (object: ObjectRef, field: string) => string;

/** For each key of a family that has a value: the one that holds, and what lost against it. As `merge` decides. */
export function heldSettings(entry: FamilyEntry, layers: Layers, written: WrittenText): HeldSetting[] {
  return Object.entries(entry.family.keys as Record<string, Key>).flatMap(([name, key]) => {
    const said = entry.family.scopes.toReversed().flatMap((scope) => saidIn(scope, layers, entry.id, name, written));
    const usable = said.filter(({ isUsable, closes }) => isUsable || closes === true);
    const held = key.options.gathered === true ? usable : usable.slice(0, 1);
    const lost = said.filter((each) => !held.includes(each));
    const on = entry.family.on as keyof Targets;
    if (held.length === 0 && key.options.fallback === undefined && lost.length === 0) return [];
    if (held.length === 0) held.push({ value: String(key.options.fallback ?? 'none'), origin: { scope: 'default' }, isUsable: true });
    return held.map(({ isUsable: _isUsable, ...each }, at) => ({
      key: name,
      on,
      ...each,
      lost: at > 0 ? [] : lost.map(({ isUsable, ...value }) => ({ ...value, because: whyLost(isUsable, each.origin.scope) })),
    }));
  });
}

interface Said extends SaidValue {
  readonly isUsable: boolean;
}

function saidIn(scope: Scope, layers: Layers, family: string, name: string, written: WrittenText): Said[] {
  const layer = layers[scope];
  const setting = layer?.families[family]?.[name];
  if (layer === undefined || setting === undefined) return [];
  const { field } = setting;
  const closes = 'bad' in setting && setting.guard;
  const origin = { scope, object: layer.object, field };
  return [{ value: written(layer.object, field), origin, isUsable: !('bad' in setting), ...(closes && { closes: true }) }];
}

function whyLost(isUsable: boolean, winner: Scope | 'default'): string {
  return isUsable ? `what the ${winner} says comes first` : 'it cannot be used';
}
