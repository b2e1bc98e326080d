import type { CheckOutcome } from '@signalbox/core';
import type { ConfigCheck } from './config-check.js';
import type { Generation, GenerationStore } from './generation-store.js';
import type { Draft } from './manifest.js';

/** Asks HAProxy about files that nobody reads yet. */
export class Trial {
  readonly #store: GenerationStore;
  readonly #check: ConfigCheck;

  constructor(store: GenerationStore, check: ConfigCheck) {
    this.#store = store;
    this.#check = check;
  }

  /** Builds a generation and asks. It stays, unless this rejects. */
  async build(
    wanted: Draft,
    before: Generation | undefined,
    binary: string,
    signal: AbortSignal,
  ): Promise<CheckOutcome & { readonly built: Generation }> {
    return this.#ask(await this.#store.build(wanted, before, signal), binary, signal);
  }

  /** Only asks: nothing stays. */
  async ask(wanted: Draft, before: Generation | undefined, binary: string, signal: AbortSignal): Promise<CheckOutcome> {
    const { built, ...outcome } = await this.#ask(await this.#store.build(wanted, before, signal, false), binary, signal);
    await this.#store.discard(built);
    return outcome;
  }

  /**
   * Whether what serves would be taken still: else new files that are refused may not be to blame. Asked at every refusal, since nobody
   * tells when a disk fills up or a library goes. With 1,000 backends of five servers it takes HAProxy 2.6 some 0.2 s on a busy core, of the
   * 0.5 s of a refused write; who looks for a culprit asks without it, in 0.1 s for files that do not pass.
   */
  async passesStill(lastGood: Generation | undefined, binary: string, signal: AbortSignal): Promise<boolean> {
    if (lastGood === undefined) return this.#check.anything(binary, signal);
    return (await this.#check.generation(binary, lastGood, signal)).passed;
  }

  async #ask(built: Generation, binary: string, signal: AbortSignal): Promise<CheckOutcome & { readonly built: Generation }> {
    try {
      return { ...(await this.#check.generation(binary, built, signal)), built };
    } catch (error) {
      await this.#store.discard(built);
      throw error;
    }
  }
}
