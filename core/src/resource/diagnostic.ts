import type { ObjectRef } from './resource.js';

/** Where in a file something was written. Lines and columns count from 1. @public */
export interface SourceLocation {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/**
 * Something that a user should know of what they wrote. Collected, never thrown.
 * The message says what was found, what is accepted and what was done instead; it never holds a secret.
 * @public
 */
export interface Diagnostic {
  /** `error`: part of the object has no effect as written. `warning`: it works, but not as it may seem. `info`: good to know. */
  readonly severity: 'error' | 'warning' | 'info';
  /** Stable, in upper case: `SERVICE_NOT_FOUND`. Listed in `docs/reference/diagnostics.md`. */
  readonly code: string;
  /** The object at fault; absent where no object could be read at all. */
  readonly object?: ObjectRef;
  /** Path in the object: `spec.rules[0].http.paths[1].path`, `metadata.annotations[haproxy.org/check]`. */
  readonly field?: string;
  readonly message: string;
  readonly source?: SourceLocation;
}

/** Cuts and escapes what a user wrote, so that it can stand in a message: at most 200 characters, none that moves a cursor or turns text around. @public */
export function quote(value: string): string {
  const cut = value.length > 200 ? `${value.slice(0, 200)}…` : value;
  return JSON.stringify(cut).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (c) =>
    Array.from({ length: c.length }, (_, at) => `\\u${c.charCodeAt(at).toString(16).padStart(4, '0')}`).join(''),
  );
}

/** A key within a field of {@link Diagnostic.field}: as it is where it is plain, else as {@link quote} has it. */
export function fieldKey(key: string): string {
  return /^[\w./-]{1,317}$/.test(key) ? key : quote(key);
}
