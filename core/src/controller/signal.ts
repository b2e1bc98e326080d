/** Says that something happened, to one who waits for it. Raised several times before it is waited for, it is heard once. */
export class Signal {
  #isRaised = false;
  #wake: (() => void) | undefined;

  raise(): void {
    this.#isRaised = true;
    this.#wake?.();
  }

  /** Resolves when the signal is raised, or has been since the last wait; at the latest after `mostMs`. */
  async wait(mostMs: number): Promise<void> {
    if (!this.#isRaised) {
      await new Promise<void>((resolve) => {
        // Longer times than this overflow and would fire at once.
        const timer = setTimeout(resolve, Math.min(mostMs, 2 ** 31 - 1));
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      this.#wake = undefined;
    }
    this.#isRaised = false;
  }
}
