const brand: unique symbol = Symbol.for('@signalbox/table-failure');

/**
 * Stands where a row should be that could not be computed. It is not an absence: who reads it fails too, unless it asks
 * with {@link Read.settled}.
 * @public
 */
export interface Failure {
  /** Name of the table that has this failure. */
  readonly table: string;
  /** Key of the input row whose computation failed (in a grouped table: the member key). */
  readonly key: string;
  /** What was thrown; for a failure that was passed on, what its origin threw. */
  readonly error: unknown;
  /** The text of {@link Failure.error}. */
  readonly message: string;
  /** The origin, when this row failed only because it depends on another failure. An origin has none. */
  readonly cause?: Failure;
}

/**
 * Whether a value is a {@link Failure}; true across copies of this package.
 * @public
 */
export function isFailure(value: unknown): value is Failure {
  return typeof value === 'object' && value !== null && brand in value;
}

/** A failure that began here. @internal */
export function originFailure(table: string, key: string, error: unknown): Failure {
  return branded({ table, key, error, message: messageOf(error) });
}

/** The failure of a row that depends on another failure: its cause is the origin. @internal */
export function passedOnFailure(table: string, key: string, read: Failure): Failure {
  const cause = read.cause ?? read;
  return branded({ table, key, error: cause.error, message: cause.message, cause });
}

/** Whether two failures say the same: place, message and origin. @internal */
export function sameFailure(a: Failure | undefined, b: Failure | undefined): boolean {
  if (a === b) return true;
  if (a === undefined || b === undefined) return false;
  return a.table === b.table && a.key === b.key && a.message === b.message && sameFailure(a.cause, b.cause);
}

/** Thrown by a read that meets a failure. @internal */
export class FailureRead extends Error {
  readonly failure: Failure;

  constructor(failure: Failure) {
    super(`row ${JSON.stringify(failure.key)} of table ${JSON.stringify(failure.table)} is a failure: ${failure.message}`);
    this.failure = failure;
  }
}

function branded(failure: Failure): Failure {
  return Object.defineProperty(failure, brand, { value: true });
}

function messageOf(error: unknown): string {
  try {
    return error instanceof Error ? error.message : String(error);
  } catch {
    return 'an error that has no text';
  }
}
