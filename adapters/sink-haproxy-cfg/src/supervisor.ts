/** What the supervisor looks after. */
export interface Supervised {
  isAlive(): boolean;
  /** Whether somebody calls {@link Supervisor.look} the moment it ends, so that to look now and then is enough. */
  isHeardOf(): boolean;
  /** Brings it back; called again, later, if it rejects. Does nothing if it is alive again. */
  restart(): Promise<void>;
  died(): void;
  /** Called now and then while it is looked after, alive or not. */
  tend(): void;
  /** @param nextTryMs - When the next attempt follows. */
  failed(error: unknown, nextTryMs: number): void;
}

const pollMs = 150;
const heardOfPollMs = 2_000;
const tendMs = 10_000;
const firstDelayMs = 250;
const longestDelayMs = 10_000;
const settledMs = 30_000;

/**
 * Notices within 150 ms that a process has died, if it is not told, and brings it back: at once, and if it does not stay, after 250 ms, 500 ms and so on up
 * to 10 s. After 30 s of life it starts anew. Its timers keep no process alive.
 */
export class Supervisor {
  readonly #what: Supervised;
  #watch: NodeJS.Timeout | undefined;
  #tending: NodeJS.Timeout | undefined;
  #retry: NodeJS.Timeout | undefined;
  #wasAlive = false;
  #aliveSince = 0;
  #attempts = 0;

  constructor(what: Supervised) {
    this.#what = what;
  }

  /** From now on. It is alive, or should be. */
  start(): void {
    if (this.#watch !== undefined) return;
    this.rise();
    this.#lookLater();
    this.#tending = setInterval(() => this.#what.tend(), tendMs).unref();
  }

  /** It was started: told at that moment, since it may die again before anybody looks. */
  rise(): void {
    this.#wasAlive = true;
    this.#aliveSince = performance.now();
    clearTimeout(this.#retry);
    this.#retry = undefined;
  }

  stop(): void {
    clearTimeout(this.#watch);
    clearInterval(this.#tending);
    clearTimeout(this.#retry);
    this.#watch = undefined;
    this.#retry = undefined;
  }

  /** Looks now, for whoever has a reason to. */
  look(): void {
    if (this.#watch === undefined) return;
    const alive = this.#what.isAlive();
    if (alive && !this.#wasAlive) this.rise();
    if (!alive && this.#wasAlive) {
      if (performance.now() - this.#aliveSince >= settledMs) this.#attempts = 0;
      this.#what.died();
      this.#tryLater();
    }
    this.#wasAlive = alive;
  }

  #lookLater(): void {
    const next = (): void => {
      this.look();
      if (this.#watch !== undefined) this.#lookLater();
    };
    this.#watch = setTimeout(next, this.#what.isHeardOf() ? heardOfPollMs : pollMs).unref();
  }

  #tryLater(): number {
    const delayMs = this.#attempts === 0 ? 0 : Math.min(longestDelayMs, firstDelayMs * 2 ** (this.#attempts - 1));
    this.#attempts += 1;
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => {
      this.#what.restart().then(
        () => this.look(),
        (error: unknown) => {
          if (this.#watch !== undefined) this.#what.failed(error, this.#tryLater());
        },
      );
    }, delayMs).unref();
    return delayMs;
  }
}
