import { join } from 'node:path';
import type { ConfigFile, FileChange, FileEdit } from '@signalbox/core';
import { isItemEdit, signalboxError } from '@signalbox/core';
import { editFiles } from './edited-files.js';
import type { EditedFiles } from './edited-files.js';
import type { FileOperations } from './file-operations.js';
import type { Generation, GenerationStore } from './generation-store.js';
import type { Journal } from './journal.js';
import { draft, isSameGeneration, requireInside, sha256 } from './manifest.js';
import type { Draft, GenerationId, Origin } from './manifest.js';

/** What {@link CurrentFiles} have from the sink. */
export interface CurrentFilesParts {
  readonly store: GenerationStore;
  readonly journal: Journal;
  readonly files: FileOperations;
  /** Takes down that HAProxy has `to` where it had `from`. Never rejects. */
  readonly carryOver: (from: GenerationId, to: GenerationId) => Promise<void>;
}

/** What was noted was promised: no signal ends it. */
const never = new AbortController().signal;

/** The files that serve: a generation, and edits on top of it that a journal keeps until the next generation has them. */
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
    await journal.close();
    const left = await journal.read();
    const generation = await store.open(lastGood, left);
    this.#restart(generation);
    this.#isNotedTo = left !== undefined;
    if (generation?.origin?.isCheckpoint === true) await carryOver(generation.origin, generation);
    if (generation === undefined || left === undefined || !isSameGeneration(left, generation)) return;
    this.#remember(left.edits);
    this.#noted = left.last;
  }

  /** @throws {@link SignalboxError} `SINK_UNWRITABLE`; `CONTROLLER_STATE` where there are no files yet. */
  async note(edits: readonly FileEdit[]): Promise<void> {
    const generation = this.#generation;
    if (generation === undefined) throw signalboxError('CONTROLLER_STATE', 'The HAProxy sink has no files to edit before the first write.');
    this.#requireFiles(generation, edits);
    if (edits.length === 0) return;
    this.#isNotedTo = true;
    const { journal } = this.#parts;
    if (!journal.isOpen) await journal.begin(generation, this.#edits);
    await journal.append(edits);
    this.#remember(edits);
    this.#noted = journal.last;
  }

  /** Says what the files will be, and whether they are so already. @throws {@link SignalboxError} `SINK_UNWRITABLE`. */
  async draft(change: FileChange): Promise<Draft & { readonly isSame: boolean }> {
    const base = this.#generation;
    if (base === undefined) return { ...draft(new Map(), change), isSame: false };
    const { files: edited, unreadable } = await this.#edited(base);
    if (!change.complete) requireReadable(unreadable.filter((path) => !change.files.has(path)));
    const files = change.complete ? change.files : new Map([...edited, ...change.files]);
    const wanted = draft(base.manifest, { complete: change.complete, files }, this.#originFrom(base, false));
    const { digest } = edited.size === 0 ? base : draft(base.manifest, { complete: false, files: edited });
    return { ...wanted, isSame: unreadable.length === 0 && wanted.digest === digest };
  }

  /** Goes over to files that HAProxy has taken up. What was noted before is in them, or of no account. */
  async replace(generation: Generation): Promise<void> {
    const before = this.#generation;
    await this.#goTo(generation);
    await this.#parts.store.keepOnly([generation, before]);
  }

  /**
   * Makes a generation with what was noted, which HAProxy has by another way. On rejection all is as it was.
   * @throws {@link SignalboxError} `SINK_UNWRITABLE`.
   */
  async catchUp(): Promise<Generation | undefined> {
    const before = this.#generation;
    if (before === undefined || !this.isBehind) return before;
    const { files, unreadable } = await this.#edited(before);
    requireReadable(unreadable);
    const wanted = draft(before.manifest, { complete: false, files }, this.#originFrom(before, true));
    if (wanted.digest === before.digest) {
      await this.#goTo(before);
      return before;
    }
    const { store, carryOver } = this.#parts;
    const generation = await store.activate(await store.build(wanted, before, never), before);
    await carryOver(before, generation);
    await this.replace(generation);
    return generation;
  }

  /** Touches nothing from now on; what was noted stays in the journal. */
  async close(): Promise<void> {
    this.#restart(undefined);
    await this.#parts.journal.close();
  }

  async #goTo(generation: Generation): Promise<void> {
    this.#restart(generation);
    const { journal } = this.#parts;
    // The old one is void, or amounts to nothing. Where no new one can be made, the next note tries again.
    if (this.#isNotedTo) await journal.begin(generation, []).catch(async () => journal.close());
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

  async #edited(base: Generation): Promise<EditedFiles> {
    return editFiles(this.#edits, async (path) => this.#read(base, path));
  }

  async #read({ folder, manifest }: Generation, path: string): Promise<ConfigFile | undefined> {
    const entry = manifest.get(path);
    if (entry === undefined) return undefined;
    const content = await this.#parts.files.read(join(folder, path));
    if (content === undefined || sha256(content) !== entry.sha256) throw changedBySomebodyError([path]);
    return { path, content: content.toString('utf8'), secret: entry.secret };
  }

  #originFrom({ number, digest }: Generation, isCheckpoint: boolean): Origin {
    return { number, digest, ...(this.#noted !== undefined && { noted: this.#noted }), isCheckpoint };
  }
}

function requireReadable(unreadable: readonly string[]): void {
  if (unreadable.length > 0) throw changedBySomebodyError(unreadable);
}

function changedBySomebodyError(paths: readonly string[]): Error {
  return signalboxError('SINK_UNWRITABLE', `Somebody has removed or changed ${paths.join(', ')}, which is to be edited.`, {
    details: { paths },
  });
}
