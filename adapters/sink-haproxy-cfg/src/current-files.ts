import type { FileChange, FileEdit } from '@signalbox/core';
import { isItemEdit, signalboxError } from '@signalbox/core';
import { byPath, editFile, editFiles, fileOf, requireReadable } from './edited-files.js';
import type { FileOperations } from './file-operations.js';
import type { Generation, GenerationStore } from './generation-store.js';
import type { Journal } from './journal.js';
import { editsBehind } from './journal-format.js';
import { draft, isSameGeneration, requireInside } from './manifest.js';
import type { Draft, GenerationId, HeldFile, Origin } from './manifest.js';

/** What {@link CurrentFiles} have from the sink. */
export interface CurrentFilesParts {
  readonly store: GenerationStore;
  readonly journal: Journal;
  readonly files: FileOperations;
  /** Takes down that HAProxy has `to` where it had `from`. Never rejects. */
  readonly carryOver: (from: GenerationId, to: GenerationId) => Promise<void>;
}

/** A generation with what was noted up to a moment. */
interface Made {
  /** What it was made from. */
  readonly before: Generation;
  /** On the disk, and nobody reads it yet; or the one before, where what was noted comes to nothing. */
  readonly generation: Generation;
  /** How many edits it has. */
  readonly edits: number;
}

/**
 * The files that serve: a generation, and edits on top of it that a journal keeps until the next generation has them.
 *
 * One thing at a time, but for {@link CurrentFiles.build}: until it ends, more may be noted. All else first waits for it to be given up.
 */
export class CurrentFiles {
  readonly #parts: CurrentFilesParts;
  #generation: Generation | undefined;
  #edits: FileEdit[] = [];
  /** By path, whether a file is there that was put or removed as a whole since. */
  #isThere = new Map<string, boolean>();
  /** The last record with these edits. */
  #noted: string | undefined;
  /** Whether anybody notes anything: then a journal is begun before it is needed. */
  #isNotedTo = false;
  #building: { readonly giveUp: AbortController; readonly made: Promise<Made> } | undefined;
  /** What goes on behind a switch. */
  #tidying: Promise<void> = Promise.resolve();

  constructor(parts: CurrentFilesParts) {
    this.#parts = parts;
  }

  /** What HAProxy reads; it may be without the last edits. */
  get generation(): Generation | undefined {
    return this.#generation;
  }

  /** Whether the generation lags behind what was noted. */
  get isBehind(): boolean {
    return this.#edits.length > 0;
  }

  /** Finds what an earlier run left. May be called again if what follows fails. */
  async open(lastGood: GenerationId | undefined): Promise<void> {
    const { store, journal, carryOver } = this.#parts;
    await this.#giveUpBuild();
    await journal.close();
    const left = await journal.read();
    const generation = await store.open(lastGood, left);
    this.#restart(generation);
    this.#isNotedTo = left !== undefined;
    const origin = generation?.origin?.isCheckpoint === true ? generation.origin : undefined;
    if (origin !== undefined) await carryOver(origin, generation as Generation);
    if (generation === undefined || left === undefined) return;
    if (isSameGeneration(left, generation)) {
      this.#remember(left.edits);
      this.#noted = left.last;
    } else if (origin !== undefined && isSameGeneration(left, origin)) {
      // A checkpoint was cut off, or its journal could not be begun.
      const since = editsBehind(left, origin.noted) ?? [];
      if (since.length > 0) await this.#goTo(generation, since);
    }
  }

  /** @throws {@link SignalboxError} `SINK_UNWRITABLE`; `CONTROLLER_STATE` where there are no files yet. */
  async note(edits: readonly FileEdit[]): Promise<void> {
    const generation = this.#generation;
    if (generation === undefined) throw signalboxError('CONTROLLER_STATE', 'The HAProxy sink has no files to edit before the first write.');
    this.#requireFiles(generation, edits);
    if (edits.length === 0) return;
    this.#isNotedTo = true;
    const { journal } = this.#parts;
    if (!journal.isOpen) {
      await journal.begin(generation, this.#edits);
      this.#noted = journal.last;
    }
    await journal.append(edits);
    this.#remember(edits);
    this.#noted = journal.last;
  }

  /** Says what the files will be, and whether they are so already. @throws {@link SignalboxError} `SINK_UNWRITABLE`. */
  async draft(change: FileChange): Promise<Draft & { readonly isSame: boolean }> {
    await this.#giveUpBuild();
    const base = this.#generation;
    if (base === undefined) return { ...draft(new Map(), change), isSame: false };
    const { files: edited, unreadable } = await editFiles(this.#edits, (path) => fileOf(base, path, this.#parts.files));
    if (!change.complete) requireReadable(unreadable.filter((path) => !change.files.has(path)));
    const files = change.complete ? change.files : new Map([...edited, ...change.files]);
    const wanted = draft(base.manifest, { complete: change.complete, files }, this.#originFrom(base, false));
    const { digest } = edited.size === 0 ? base : draft(base.manifest, { complete: false, files: edited });
    return { ...wanted, isSame: unreadable.length === 0 && wanted.digest === digest };
  }

  /** Goes over to files that HAProxy has taken up. What was noted before is in them, or of no account. */
  async replace(generation: Generation): Promise<void> {
    await this.#giveUpBuild();
    const before = this.#generation;
    await this.#goTo(generation, []);
    await this.#parts.store.keepOnly([generation, before]);
  }

  /**
   * Makes a generation with what was noted, which HAProxy has by another way. On rejection all is as it was.
   * @throws {@link SignalboxError} `SINK_UNWRITABLE`.
   */
  async catchUp(): Promise<Generation | undefined> {
    await this.#giveUpBuild();
    const before = this.#generation;
    if (before === undefined || !this.isBehind) return before;
    // What was noted was promised: no signal ends it.
    await this.#goOver(await this.#make(before, new AbortController().signal, false));
    await this.#tidying;
    return this.#generation;
  }

  /**
   * Does the long part of {@link CurrentFiles.catchUp}, while more is noted. Ends early, without a rejection, where it is given up for
   * something else. @throws {@link SignalboxError} `SINK_UNWRITABLE`; then all is as it was.
   */
  async build(): Promise<void> {
    const before = this.#generation;
    if (before === undefined || !this.isBehind || this.#building !== undefined) return;
    const giveUp = new AbortController();
    const building = { giveUp, made: this.#tidying.then(async () => this.#make(before, giveUp.signal, true)) };
    this.#building = building;
    try {
      await building.made;
    } catch (error) {
      if (this.#building !== building) return;
      this.#building = undefined;
      throw error;
    }
  }

  /**
   * Goes over to what was built, and says whether there was anything. What was noted since stays noted. On rejection all is as it was.
   * @throws {@link SignalboxError} `SINK_UNWRITABLE`.
   */
  async switchOver(): Promise<boolean> {
    const made = await this.#building?.made;
    this.#building = undefined;
    if (made !== undefined) await this.#goOver(made);
    return made !== undefined;
  }

  /** Touches nothing from now on; what was noted stays in the journal. */
  async close(): Promise<void> {
    await this.#giveUpBuild();
    this.#restart(undefined);
    await this.#parts.journal.close();
  }

  async #make(before: Generation, signal: AbortSignal, inPassing: boolean): Promise<Made> {
    const edits = this.#edits.length;
    const origin = this.#originFrom(before, true);
    const { store, journal, files } = this.#parts;
    const ofFiles = byPath(this.#edits);
    const edited = (path: string): HeldFile | undefined => editFile(ofFiles.get(path) ?? [], () => fileOf(before, path, files));
    const built = await store.edit(before, { paths: ofFiles.keys(), edited, origin, inPassing }, signal);
    if (built.digest === before.digest) {
      await store.discard(built);
      return { before, generation: before, edits };
    }
    const generation = await store.name(built);
    await journal.prepare(generation);
    return { before, generation, edits };
  }

  async #goOver({ before, generation, edits }: Made): Promise<void> {
    const { store, carryOver } = this.#parts;
    const since = this.#edits.slice(edits);
    if (generation === before) return this.#goTo(before, since);
    await store.activate(generation, before);
    // Whichever a crash leaves undone, `open` does.
    await Promise.all([carryOver(before, generation), this.#goTo(generation, since)]);
    this.#tidying = store.keepOnly([generation, before]);
  }

  /** From here on no build and no tidying goes on. */
  async #giveUpBuild(): Promise<void> {
    const building = this.#building;
    this.#building = undefined;
    building?.giveUp.abort();
    const made = await building?.made.catch(() => undefined);
    if (made !== undefined && made.generation !== made.before) await this.#parts.store.discard(made.generation);
    await this.#tidying;
  }

  async #goTo(generation: Generation, since: readonly FileEdit[]): Promise<void> {
    this.#restart(generation);
    this.#remember(since);
    if (!this.#isNotedTo) return;
    const { journal } = this.#parts;
    try {
      await journal.begin(generation, since);
      this.#noted = journal.last;
    } catch {
      // The old one is void, but for what was noted since, or amounts to nothing. The next note tries again.
      await journal.close();
    }
  }

  #restart(generation: Generation | undefined): void {
    this.#generation = generation;
    this.#edits = [];
    this.#isThere = new Map();
    this.#noted = undefined;
  }

  #remember(edits: readonly FileEdit[]): void {
    for (const edit of edits) {
      this.#edits.push(edit);
      if (!isItemEdit(edit)) this.#isThere.set(edit.path, edit.file !== undefined);
    }
  }

  #requireFiles({ manifest }: Generation, edits: readonly FileEdit[]): void {
    const isThere = new Map<string, boolean>();
    for (const edit of edits) {
      const { path } = edit;
      if (!isItemEdit(edit)) {
        if (edit.file !== undefined) requireInside(path);
        isThere.set(path, edit.file !== undefined);
      } else if (!(isThere.get(path) ?? this.#isThere.get(path) ?? manifest.has(path))) {
        throw signalboxError('SINK_UNWRITABLE', `${JSON.stringify(path)} cannot be edited: there is no such file.`, { details: { path } });
      }
    }
  }

  #originFrom({ number, digest }: Generation, isCheckpoint: boolean): Origin {
    return { number, digest, ...(this.#noted !== undefined && { noted: this.#noted }), isCheckpoint };
  }
}
