import type { Origin } from '../resource/origin.js';
import type { ObjectRef } from '../resource/resource.js';
import type { Merged } from './settings.js';
import type { FamilyEntry } from './vocabulary.js';

/** Where what a family says comes from: its first setting, else `otherwise`, the object that it is asked for. */
export function settingOrigin(entry: FamilyEntry, merged: Merged, otherwise: ObjectRef): Origin;
export function settingOrigin(entry: FamilyEntry, merged: Merged, otherwise: ObjectRef | undefined): Origin | undefined;
export function settingOrigin({ plugin }: FamilyEntry, { settings }: Merged, otherwise: ObjectRef | undefined): Origin | undefined {
  const [first] = Object.values(settings);
  const object = first?.object ?? otherwise;
  return object && { object, ...(first && { field: first.field }), plugin };
}
