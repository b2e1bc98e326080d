const names = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** npm passes on what the terminal has sent us already; that is not a second wish. */
const sameWishMs = 300;

/** What becomes of the wish to stop. */
export interface Stopping {
  /** Asked for the first time. */
  stop(signal: NodeJS.Signals): void;
  /** Asked again. */
  hurry(signal: NodeJS.Signals): void;
}

/** Turns the signals of the system into wishes, from now on. Returns the function that ends it. */
export function onStopSignals({ stop, hurry }: Stopping): () => void {
  let firstAtMs: number | undefined;
  const hear = (signal: NodeJS.Signals): void => {
    if (firstAtMs === undefined) {
      firstAtMs = performance.now();
      stop(signal);
    } else if (performance.now() - firstAtMs > sameWishMs) hurry(signal);
  };
  for (const name of names) process.on(name, hear);
  return () => {
    for (const name of names) process.off(name, hear);
  };
}
