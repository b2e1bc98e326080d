import type { ObjectRef } from './resource.js';

/** Where a row, a directive or a map entry comes from. @public */
export interface Origin {
  readonly object: ObjectRef;
  /** Path in the object, as in {@link Diagnostic.field}. */
  readonly field?: string;
  /** The plugin or part that made it. */
  readonly plugin?: string;
}
