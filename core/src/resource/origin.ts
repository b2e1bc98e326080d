import { formatRef, type ObjectRef } from './resource.js';

/** Where a row, a directive or a map entry comes from. @public */
export interface Origin {
  readonly object: ObjectRef;
  /** Path in the object, as in {@link Diagnostic.field}. */
  readonly field?: string;
  /** The plugin or part that made it. */
  readonly plugin?: string;
}

/** Whether both are the same field of the same object, whoever made something of it. */
export function isSameField(a: Origin, b: Origin | undefined): boolean {
  return b !== undefined && a.field === b.field && formatRef(a.object) === formatRef(b.object);
}
