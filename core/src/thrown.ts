import { quote } from './resource/diagnostic.js';

/** What somebody else's code threw, in words that can stand in a message; its own text may be anything, or throw once more. */
export function thrownWords(cause: unknown): string {
  try {
    return cause instanceof Error && typeof cause.message === 'string' ? quote(cause.message) : 'an error without a message';
  } catch {
    return 'an error without a message';
  }
}

/** Refuses a promise where an answer is due at once. What becomes of the promise is nobody's business any more. */
export function refusePromise(result: unknown, who: string): void {
  if ((typeof result !== 'object' && typeof result !== 'function') || result === null) return;
  if (typeof (result as { readonly then?: unknown }).then !== 'function') return;
  Promise.resolve(result).catch(() => undefined);
  throw new TypeError([who, 'returned a promise; it has to answer at once'].join(' '));
}
