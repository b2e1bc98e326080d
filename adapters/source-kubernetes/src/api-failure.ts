import { quote } from '@signalbox/core';

interface FailureFacts {
  readonly status?: number;
  readonly retryAfterMs?: number;
  readonly isInStream?: boolean;
  readonly cause?: unknown;
}

/** Why the API server, or something before it, gave no answer that can be used. */
export class ApiFailure extends Error {
  override readonly name = 'ApiFailure';
  /** The HTTP status, also of an error that came within a watch; absent where nothing was answered. */
  readonly status: number | undefined;
  /** How long the server asks to be left alone. */
  readonly retryAfterMs: number;
  /** It was told in the middle of a watch, as an event. */
  readonly isInStream: boolean;

  constructor(message: string, { status, retryAfterMs = 0, isInStream = false, cause }: FailureFacts = {}) {
    super(message, { cause });
    this.status = status;
    this.retryAfterMs = retryAfterMs;
    this.isInStream = isInStream;
  }

  /** The history that was asked for is no longer kept. */
  get isExpired(): boolean {
    return this.status === 410;
  }
}

const longestRetryAfterMs = 60_000;

/** The failure that an answer tells of, with what the server says in its `Status` object. */
export function refusal(status: number, body: string, headers: Readonly<Record<string, string | string[] | undefined>>): ApiFailure {
  return new ApiFailure(statusMessage(status, messageOf(body)), { status, retryAfterMs: retryAfterMsOf(headers) });
}

/** How long the server asks to be left alone; 0 if it does not. */
export function retryAfterMsOf(headers: Readonly<Record<string, string | string[] | undefined>>): number {
  const seconds = Number(headers['retry-after'] ?? 0);
  return Number.isFinite(seconds) && seconds > 0 ? Math.min(seconds * 1000, longestRetryAfterMs) : 0;
}

/** The failure that an ERROR event of a watch tells of. */
export function refusalInStream(object: unknown): ApiFailure {
  const { code, message } = isObject(object) ? object : {};
  const status = typeof code === 'number' ? code : 500;
  return new ApiFailure(statusMessage(status, typeof message === 'string' ? message : ''), { status, isInStream: true });
}

/** A failure of the connection, or of what came over it. */
export function broken(cause: unknown): ApiFailure {
  if (cause instanceof ApiFailure) return cause;
  // What a parser says quotes what it read, which may be a secret.
  return new ApiFailure(reasonOf(cause), cause instanceof SyntaxError ? {} : { cause });
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function statusMessage(status: number, said: string): string {
  return said === '' ? `it answers ${String(status)}` : `it answers ${String(status)}, ${quote(said)}`;
}

function messageOf(body: string): string {
  try {
    const said: unknown = JSON.parse(body);
    return isObject(said) && typeof said['message'] === 'string' ? said['message'] : '';
  } catch {
    // A proxy before the server, perhaps: its page says nothing that helps.
    return '';
  }
}

const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'the connection is refused',
  ECONNRESET: 'the connection broke',
  UND_ERR_SOCKET: 'the connection broke',
  EHOSTUNREACH: 'there is no way to it',
  ENETUNREACH: 'there is no way to it',
  ETIMEDOUT: 'it does not answer',
  UND_ERR_CONNECT_TIMEOUT: 'it does not answer',
  UND_ERR_HEADERS_TIMEOUT: 'it does not answer',
  UND_ERR_BODY_TIMEOUT: 'it has fallen silent',
  ENOTFOUND: 'its name is not known',
  EAI_AGAIN: 'its name cannot be resolved',
  ENOENT: 'a file with credentials is not there',
};

/** Words for what broke a connection; the code where there are none. */
function reasonOf(error: unknown): string {
  const code = codeOf(error);
  if (code !== undefined) return reasons[code] ?? code;
  return error instanceof SyntaxError ? 'what it sends is no JSON' : quote(error instanceof Error ? error.message : String(error));
}

/** Whether the server could not prove who it is: its authority may have been replaced. */
export function isDistrust(error: unknown): boolean {
  return /CERT|SELF_SIGNED|ALTNAME|ERR_TLS|ERR_SSL|UNABLE_TO_/.test(codeOf(error) ?? '');
}

function codeOf(error: unknown): string | undefined {
  const { code, cause, errors } = error as { code?: unknown; cause?: unknown; errors?: readonly unknown[] };
  if (typeof code === 'string') return code;
  const deeper = cause ?? errors?.[0];
  return isObject(deeper) || deeper instanceof Error ? codeOf(deeper) : undefined;
}
