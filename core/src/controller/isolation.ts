import type { Diagnostic } from '../resource/diagnostic.js';
import { dirtyKeys } from '../haproxy/model.js';
import type { ObjectRef } from '../resource/resource.js';
import type { Delta } from '../table/index.js';
import { refusalSentence } from '../target/refusal-words.js';
import type { SinkMemory } from '../target/durable-sink.js';
import type { ConfigurationRefusal } from '../target/target.js';
import { findCulprits } from './culprits.js';
import type { Pipeline } from './pipeline.js';
import { Quarantine } from './quarantine.js';
import { mayBeToBlame } from './suspects.js';
import { parseQuarantine, quarantineText } from './quarantine-text.js';
import type { Suspect } from './suspects.js';
import type { CheckNow } from './target-keeper.js';

/** Finds out what a refusal of HAProxy is for, puts that into {@link Quarantine}, and keeps the quarantine over restarts. */
export class Isolation {
  readonly #pipeline: Pipeline;
  readonly #quarantine: Quarantine;
  readonly #memory: SinkMemory | undefined;
  #isSearching = false;
  #kept: Promise<void> = Promise.resolve();

  constructor(pipeline: Pipeline, memory: SinkMemory | undefined, now?: () => number) {
    this.#pipeline = pipeline;
    this.#quarantine = new Quarantine(pipeline, now);
    this.#memory = memory;
  }

  /** While it searches the tables must not change: it looks at what they would show without each suspect. */
  get isSearching(): boolean {
    return this.#isSearching;
  }

  /** See {@link Quarantine.begin}. */
  begin(): number {
    return this.#quarantine.begin();
  }

  /** Before anything is committed. */
  async restore(): Promise<void> {
    this.#quarantine.restore(parseQuarantine(await this.#memory?.read()));
  }

  /** See {@link Quarantine.update}. */
  update(delta: Delta): boolean {
    const isChanged = this.#quarantine.update(delta);
    if (this.#quarantine.takeUnkept() || isChanged) void this.#keep();
    return isChanged;
  }

  /** See {@link Quarantine.taken}. */
  taken(commit: number): void {
    this.#quarantine.taken(commit);
  }

  /** See {@link Quarantine.nextDueMs}. */
  get nextDueMs(): number {
    return this.#quarantine.nextDueMs;
  }

  /** See {@link Quarantine.letOutDue}. */
  letOutDue(): boolean {
    return !this.#isSearching && this.#quarantine.letOutDue();
  }

  diagnostics(): readonly Diagnostic[] {
    return this.#quarantine.diagnostics();
  }

  objects(): readonly ObjectRef[] {
    return this.#quarantine.entries.map(({ ref }) => ref);
  }

  /**
   * Isolates what is to blame for a refusal. Returns whether it makes sense to try again. Nobody is blamed without proof: what served
   * before still passes, and HAProxy's words lead to the object, or all is good without it.
   * @param untilCommitted - Waits for a commit that runs.
   */
  async isolate(
    refusal: ConfigurationRefusal,
    commit: number,
    untilCommitted: () => Promise<unknown>,
    check: CheckNow | undefined,
  ): Promise<boolean> {
    if (!refusal.isProven) return false;
    const isIsolated =
      this.#quarantine.isolate(this.#accused(refusal), commit) || (await this.#search(refusal, commit, untilCommitted, check));
    if (isIsolated) await this.#keep();
    return isIsolated;
  }

  /** Those to whom HAProxy's words lead, and all who say the same. */
  #accused({ complaints }: ConfigurationRefusal): readonly Suspect[] {
    return complaints.flatMap(({ text, origins }) =>
      origins
        .filter(({ object }) => mayBeToBlame(object))
        .flatMap((origin) => this.#pipeline.sharing(origin))
        .map(({ object, field }) => ({ ref: object, ...(field !== undefined && { field }), why: refusalSentence(text) })),
    );
  }

  async #search(
    refusal: ConfigurationRefusal,
    commit: number,
    untilCommitted: () => Promise<unknown>,
    check: CheckNow | undefined,
  ): Promise<boolean> {
    if (check === undefined) return false;
    this.#isSearching = true;
    try {
      await untilCommitted();
      const why = refusalSentence(refusal.complaints[0]?.text ?? '');
      const { model } = this.#pipeline;
      const passes = (without: readonly Suspect[]): Promise<boolean> =>
        this.#quarantine.without(without, (delta) => check(dirtyKeys(model, delta)));
      const changed = await findCulprits(this.#quarantine.suspects(why), passes);
      // What went may have been named by lines of HAProxy that are as they were.
      const culprits = changed.length > 0 ? changed : await findCulprits(this.#quarantine.rawSuspects(why), passes);
      return this.#quarantine.isolate(culprits, commit);
    } finally {
      this.#isSearching = false;
    }
  }

  /** Best effort: what is not kept is found out again. One after the other, so that the last stays. */
  #keep(): Promise<void> {
    this.#kept = this.#kept.then(() => this.#memory?.write(quarantineText(this.#quarantine.entries))).catch(() => undefined);
    return this.#kept;
  }
}
