import type { Diagnostic } from '../resource/diagnostic.js';
import type { Delta } from '../table/index.js';
import { diagnosticOf, located, noted, type Pipeline } from './pipeline.js';

/** What is new of what users should know, and what is settled. */
export interface DiagnosticChange {
  readonly added: readonly Diagnostic[];
  readonly removed: readonly Diagnostic[];
}

/** Knows what users have been told, so that each thing is said once. Its work is that of what changed. */
export class DiagnosticBook {
  readonly #pipeline: Pipeline;
  /** By identity: several places may say the same. */
  readonly #told = new Map<string, { readonly diagnostic: Diagnostic; times: number }>();
  /** What is compared as a whole: the reports of sources, and the refusals of each target. */
  readonly #lists = new Map<string, readonly Diagnostic[]>();
  #reportVersion = -1;
  /** Nothing has been told yet: what commits before the first update left counts too. */
  #isEmpty = true;
  /** By identity, what has been touched since the last {@link DiagnosticBook.take}: what had been told of it, if anything. */
  readonly #touched = new Map<string, Diagnostic | undefined>();

  constructor(pipeline: Pipeline) {
    this.#pipeline = pipeline;
  }

  /** After a commit. */
  update(delta: Delta): void {
    const { collection, tables } = this.#pipeline;
    const gone: Diagnostic[] = [];
    const come: Diagnostic[] = [];
    if (this.#isEmpty) {
      this.#isEmpty = false;
      for (const { note } of tables.notes()) come.push(noted(note));
      for (const failure of tables.failures()) come.push(diagnosticOf(failure));
    } else {
      for (const { before, after } of delta.notes.values()) {
        gone.push(...before.map(noted));
        come.push(...after.map(noted));
      }
      for (const { before, after } of delta.failures.values()) {
        if (before !== undefined && before.cause === undefined) gone.push(diagnosticOf(before));
        if (after !== undefined && after.cause === undefined) come.push(diagnosticOf(after));
      }
    }
    if (collection.reportVersion !== this.#reportVersion) {
      this.#reportVersion = collection.reportVersion;
      gone.push(...this.#replace('sources', collection.diagnostics()));
      come.push(...collection.diagnostics());
    }
    this.#turn(gone, come);
  }

  /** What is known from elsewhere than the tables, as a whole: what one target's HAProxy refuses, what is in quarantine. */
  replace(list: string, diagnostics: readonly Diagnostic[]): void {
    this.#turn(this.#replace(list, diagnostics), diagnostics);
  }

  /** What is new and what is settled since the last call; what came and went in between is neither. */
  take(): DiagnosticChange {
    const [added, removed]: [Diagnostic[], Diagnostic[]] = [[], []];
    for (const [id, before] of this.#touched) {
      const after = this.#told.get(id)?.diagnostic;
      if (before === undefined && after !== undefined) added.push(after);
      if (before !== undefined && after === undefined) removed.push(before);
    }
    this.#touched.clear();
    return { added, removed };
  }

  #replace(list: string, diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
    const before = this.#lists.get(list) ?? [];
    this.#lists.set(list, diagnostics);
    return before;
  }

  #turn(gone: readonly Diagnostic[], come: readonly Diagnostic[]): void {
    // What comes is counted before what goes, so that what stays keeps the place that was told of it.
    for (const diagnostic of come) {
      const id = this.#touch(diagnostic);
      const entry = this.#told.get(id);
      if (entry === undefined) this.#told.set(id, { diagnostic: located(diagnostic, this.#pipeline.collection), times: 1 });
      else entry.times += 1;
    }
    for (const diagnostic of gone) {
      const id = this.#touch(diagnostic);
      const entry = this.#told.get(id);
      if (entry === undefined) continue;
      entry.times -= 1;
      if (entry.times === 0) this.#told.delete(id);
    }
  }

  #touch(diagnostic: Diagnostic): string {
    const id = identity(diagnostic);
    if (!this.#touched.has(id)) this.#touched.set(id, this.#told.get(id)?.diagnostic);
    return id;
  }
}

function identity({ code, object, field, message, source }: Diagnostic): string {
  return JSON.stringify([code, object, field, message, object === undefined ? source : undefined]);
}
