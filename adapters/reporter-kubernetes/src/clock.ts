/** Tells the time and waits. @public */
export interface Clock {
  /** Milliseconds since some moment; they never go back. */
  monotonicMs(): number;
  /** The time of day, for what others read. */
  date(): Date;
  /** Calls back once after so many milliseconds, unless what it returns is called before. */
  after(ms: number, callback: () => void): () => void;
}

export const systemClock: Clock = {
  monotonicMs: () => performance.now(),
  date: () => new Date(),
  after: (ms, callback) => {
    const timer = setTimeout(callback, Math.max(0, ms));
    return () => clearTimeout(timer);
  },
};

/** Waits, or ends early because `signal` is aborted: whoever waits looks at the signal next. */
export function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  const { promise, resolve } = Promise.withResolvers<void>();
  const end = (): void => {
    cancel();
    signal.removeEventListener('abort', end);
    resolve();
  };
  const cancel = clock.after(ms, end);
  signal.addEventListener('abort', end, { once: true });
  return promise;
}

/** What `work` gives, if that is within `ms` and before `signal` is aborted; otherwise rejects, whether `work` heeds its own signal or not. */
export async function within<T>(clock: Clock, ms: number, signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  signal.throwIfAborted();
  const inner = new AbortController();
  const { promise: cut, reject } = Promise.withResolvers<never>();
  const end = (reason: unknown): void => {
    inner.abort(reason);
    reject(reason);
  };
  const onAbort = (): void => end(signal.reason);
  const cancel = clock.after(ms, () => end(new Error(`no answer within ${String(Math.ceil(ms))} ms`)));
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([work(inner.signal), cut]);
  } finally {
    cancel();
    signal.removeEventListener('abort', onAbort);
  }
}

/** From `ms` to a fifth more, so that replicas do not stay in step. */
export function jittered(ms: number, random: () => number = Math.random): number {
  return ms * (1 + random() * 0.2);
}
