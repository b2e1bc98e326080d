import type { CurrentFiles } from './current-files.js';
import type { Generation, GenerationStore } from './generation-store.js';
import { isRefusedLoad } from './load-failure.js';
import type { RunningRecord } from './running-record.js';
import type { Serving, Taken } from './serving.js';
import type { TakenAddresses } from './taken-addresses.js';

interface Around {
  readonly store: GenerationStore;
  readonly current: CurrentFiles;
  readonly serving: Serving;
  readonly takenAddresses: TakenAddresses;
  readonly closing: AbortSignal;
  readonly warn: (message: string) => void;
}

/** From one generation of files to the next, and back again where HAProxy does not take it up. */
export class Changeover {
  readonly #around: Around;

  constructor(around: Around) {
    this.#around = around;
  }

  async to(built: Generation, before: Generation | undefined, binary: string, signal: AbortSignal): Promise<Taken> {
    const { store, current, serving, takenAddresses } = this.#around;
    try {
      if (serving.isThere) await takenAddresses.requireFree(built);
    } catch (error) {
      await store.discard(built);
      throw error;
    }
    const activated = await store.activate(built, before);
    const recordBefore = serving.record;
    try {
      const taken = await serving.takeUp(activated, binary, signal);
      await current.replace(activated);
      return taken;
    } catch (error) {
      takenAddresses.remember(error);
      // Somebody else's HAProxy that is not there yet may start with the first files that it can get.
      if (serving.isExternal && before === undefined) await current.replace(activated);
      else await this.#takeBack(activated, before, recordBefore, error);
      throw error;
    }
  }

  /** `undefined` where HAProxy does not take files up and none serves: a check is to say why. */
  async unlessRefused(take: () => Promise<Taken>): Promise<Taken | undefined> {
    const { serving, closing } = this.#around;
    try {
      return await take();
    } catch (error) {
      if (closing.aborted || serving.isThere || !isRefusedLoad(error)) throw error;
      return undefined;
    }
  }

  /** Never rejects: the caller has something worse to tell. */
  async #takeBack(failed: Generation, before: Generation | undefined, record: RunningRecord | undefined, error: unknown): Promise<void> {
    const { store, serving, warn } = this.#around;
    try {
      await store.restore(failed, before);
      await serving.undo(record, error);
    } catch (cause) {
      warn((cause as Error).message);
    }
  }
}
