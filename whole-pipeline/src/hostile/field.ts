import type { Resource } from '@signalbox/core';

/** A string field that a user can write. */
export interface HostileField {
  /** Its type, a colon, and which field it is. */
  readonly name: string;
  /** No object with such a value gets past a source. It must do no harm all the same, but a family may fail. */
  readonly isRefusedBefore?: true;
  /** What it says is for all: their output may change. */
  readonly changesOthers?: true;
  /** How many values one set of objects holds. */
  readonly atOnce: number;
  /** Objects that hold the values; `id` is theirs alone, and a DNS label. */
  readonly objects: (values: readonly string[], id: string) => readonly Resource[];
  /** Prefix of the field of a diagnostic about a value; without one every value may also pass in silence. */
  readonly field?: (at: number, value: string) => string;
  /** The key of a map row by which a value is seen to be in effect. */
  readonly row?: (value: string, id: string) => string;
}

/** What a field has in common with others, which share its share of values. */
export function typeOf({ name }: HostileField): string {
  return name.slice(0, name.indexOf(':'));
}
