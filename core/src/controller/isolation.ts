import type { Diagnostic } from '../resource/diagnostic.js';
import { dirtyKeys } from '../haproxy/model.js';
import { objectId, type ObjectRef } from '../resource/resource.js';
import type { Delta } from '../table/index.js';
import { refusalSentence } from '../target/refusal-words.js';
import type { SinkMemory } from '../target/durable-sink.js';
import type { Complaint, ConfigurationRefusal } from '../target/target.js';
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
  /** The versions that the targets have. */
  #haproxy = '';
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
  async restore(haproxy: string): Promise<void> {
    this.#haproxy = haproxy;
    const kept = parseQuarantine(await this.#memory?.read());
    // Another HAProxy has its own opinion.
    if (kept.haproxy === haproxy) this.#quarantine.restore(kept.entries);
    else this.#quarantine.recall(kept.entries);
  }

  /** See {@link Quarantine.update}. */
  update(delta: Delta): boolean {
    const isChanged = this.#quarantine.update(delta);
    if (this.#quarantine.takeUnkept() || isChanged) void this.#keep();
    return isChanged;
  }

  /** Number of the last commit. */
  get commits(): number {
    return this.#quarantine.commits;
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
    const accused = this.#accused(refusal.complaints);
    const isIsolated =
      check === undefined ? this.#quarantine.isolate(accused, commit) : await this.#look(refusal, accused, commit, untilCommitted, check);
    if (isIsolated) await this.#keep();
    return isIsolated;
  }

  /** Those to whom HAProxy's words lead, and all who say the same. */
  #accused(complaints: readonly Complaint[]): readonly Suspect[] {
    return complaints.flatMap(({ text, origins }) =>
      origins
        .filter(({ object }) => mayBeToBlame(object))
        .flatMap((origin) => this.#pipeline.sharing(origin))
        .map(({ object, field }) => ({ ref: object, ...(field !== undefined && { field }), why: refusalSentence(text) })),
    );
  }

  async #look(
    { complaints }: ConfigurationRefusal,
    accused: readonly Suspect[],
    commit: number,
    untilCommitted: () => Promise<unknown>,
    check: CheckNow,
  ): Promise<boolean> {
    this.#isSearching = true;
    try {
      await untilCommitted();
      const ask = (without: readonly Suspect[]): Promise<readonly Complaint[]> =>
        this.#quarantine.without(without, (delta) => check(dirtyKeys(this.#pipeline.model, delta)));
      const all = await this.#askOn(accused, ask);
      return this.#quarantine.isolate(all, commit) || (await this.#search(complaints, commit, ask));
    } finally {
      this.#isSearching = false;
    }
  }

  /** HAProxy ends its reading at some mistakes: it is asked again without those that it has named, until it names nobody else. */
  async #askOn(
    accused: readonly Suspect[],
    ask: (without: readonly Suspect[]) => Promise<readonly Complaint[]>,
  ): Promise<readonly Suspect[]> {
    const known = new Map(accused.map((suspect) => [idOf(suspect), suspect]));
    for (let isNew = known.size > 0; isNew;) {
      const before = known.size;
      for (const suspect of this.#accused(await ask([...known.values()]))) known.set(idOf(suspect), known.get(idOf(suspect)) ?? suspect);
      isNew = known.size > before;
    }
    return [...known.values()];
  }

  /** Where HAProxy's words lead nowhere. */
  async #search(
    complaints: readonly Complaint[],
    commit: number,
    ask: (without: readonly Suspect[]) => Promise<readonly Complaint[]>,
  ): Promise<boolean> {
    const why = refusalSentence(complaints[0]?.text ?? '');
    const passes = async (without: readonly Suspect[]): Promise<boolean> => (await ask(without)).length === 0;
    const changed = await findCulprits(this.#quarantine.suspects(why), passes);
    // What went may have been named by lines of HAProxy that are as they were.
    const culprits = changed.length > 0 ? changed : await findCulprits(this.#quarantine.rawSuspects(why), passes);
    return this.#quarantine.isolate(culprits, commit);
  }

  /** Best effort: what is not kept is found out again. One after the other, so that the last stays. */
  #keep(): Promise<void> {
    this.#kept = this.#kept.then(() => this.#memory?.write(quarantineText(this.#haproxy, this.#quarantine.entries))).catch(() => undefined);
    return this.#kept;
  }
}

function idOf({ ref, field = '' }: Suspect): string {
  return [objectId(ref), field].join(' ');
}
