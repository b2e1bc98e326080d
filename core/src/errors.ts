const brand = Symbol.for('@signalbox/error');

/** Every code that a {@link SignalboxError} can carry. Each has a paragraph in `docs/reference/errors.md`. @public */
export const errorCodes = {
  COMPOSITION_INVALID: 'The parts given to createController or createPipeline do not fit together.',
  CONTROLLER_STATE: 'A controller was asked for something that its state does not allow.',
  EMITTER_REFUSED: 'A value has no encoding at the place of the HAProxy configuration where it should stand.',
  HAPROXY_NOT_FOUND: 'No HAProxy was found, or what was found is not HAProxy.',
  HAPROXY_RELOAD_FAILED: 'HAProxy did not take up a configuration that had passed its check.',
  HAPROXY_TOO_OLD: 'The HAProxy at hand is older than 2.6.',
  HAPROXY_UNREACHABLE: 'A running HAProxy does not answer at its admin socket.',
  SINK_UNWRITABLE: 'A sink could not write its files.',
  SOURCE_UNREADABLE: 'A source could not read what it should follow.',
  TABLE_MISUSE: 'A table was used against its contract.',
  WORKER_REPLACED: 'Another worker of HAProxy answers than the one that was expected.',
} as const;

/** @public */
export type ErrorCode = keyof typeof errorCodes;

/**
 * The one error that Signalbox throws. `message` is for people: what was expected, what was found, what to do.
 * @public
 */
export class SignalboxError extends Error {
  override readonly name = 'SignalboxError';
  readonly code: ErrorCode;
  /** Facts for machines. Never a secret. */
  readonly details: Readonly<Record<string, unknown>>;

  constructor(
    code: ErrorCode,
    message: string,
    options: { readonly details?: Readonly<Record<string, unknown>>; readonly cause?: unknown } = {},
  ) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
    this.code = code;
    this.details = options.details ?? {};
    Object.defineProperty(this, brand, { value: true });
  }

  /** Whether `value` is one, made by this or another copy of the package. */
  static is(value: unknown): value is SignalboxError {
    return typeof value === 'object' && value !== null && (value as Record<symbol, unknown>)[brand] === true;
  }
}

/** Makes a {@link SignalboxError}; the short form for throw sites. @public */
export function signalboxError(
  code: ErrorCode,
  message: string,
  options?: ConstructorParameters<typeof SignalboxError>[2],
): SignalboxError {
  return new SignalboxError(code, message, options);
}
