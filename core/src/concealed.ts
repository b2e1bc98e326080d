import { hash } from 'node:crypto';
import { inspect } from 'node:util';

const shown = '[redacted]';

/**
 * Plain data that holds secrets: reads and compares as before, and prints as `[redacted]`. As JSON it is a fingerprint, so that what is
 * told apart by its JSON still is.
 * @param data - Nobody else's: it is changed.
 */
export function concealed<T extends object>(data: T): T {
  const fingerprint = hash('sha256', JSON.stringify(data)).slice(0, 16);
  Object.defineProperty(data, inspect.custom, { value: () => shown });
  return Object.defineProperty(data, 'toJSON', { value: () => [shown, fingerprint].join(' ') });
}

/** JSON with what is {@link concealed} in it: for files that only their owner reads. */
export function revealingJson(value: unknown): string {
  return JSON.stringify(value, function (this: Readonly<Record<string, unknown>>, key, shownAs: unknown) {
    const part = this[key];
    const isConcealed = typeof part === 'object' && part !== null && Object.hasOwn(part, 'toJSON');
    return isConcealed ? { ...part } : shownAs;
  });
}
