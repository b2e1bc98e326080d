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

  constructor(pipeline: Pipeline) {
    this.#pipeline = pipeline;
  }

  /** After a commit. */
  update(delta: Delta): DiagnosticChange {
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
    return this.#turn(gone, come);
  }

  /** What is known from elsewhere than the tables, as a whole: what one target's HAProxy refuses, what is in quarantine. */
  replace(list: string, diagnostics: readonly Diagnostic[]): DiagnosticChange {
    return this.#turn(this.#replace(list, diagnostics), diagnostics);
  }

  #replace(list: string, diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
    const before = this.#lists.get(list) ?? [];
    this.#lists.set(list, diagnostics);
    return before;
  }

  /** What comes is counted before what goes, so that what stays is not told again. */
  #turn(gone: readonly Diagnostic[], come: readonly Diagnostic[]): DiagnosticChange {
    const touched = new Map<string, boolean>();
    const touch = (id: string): void => {
      if (!touched.has(id)) touched.set(id, this.#told.has(id));
    };
    const removed = new Map<string, Diagnostic>();
    for (const diagnostic of come) {
      const id = identity(diagnostic);
      touch(id);
      const entry = this.#told.get(id);
      if (entry === undefined) this.#told.set(id, { diagnostic: located(diagnostic, this.#pipeline.collection), times: 1 });
      else entry.times += 1;
    }
    for (const diagnostic of gone) {
      const id = identity(diagnostic);
      touch(id);
      const entry = this.#told.get(id);
      if (entry === undefined) continue;
      entry.times -= 1;
      if (entry.times > 0) continue;
      this.#told.delete(id);
      removed.set(id, entry.diagnostic);
    }
    const added = [...touched].flatMap(([id, wasTold]) => (wasTold ? [] : (this.#told.get(id)?.diagnostic ?? [])));
    return { added, removed: [...removed].flatMap(([id, diagnostic]) => (touched.get(id) === true ? [diagnostic] : [])) };
  }
}

function identity({ code, object, field, message, source }: Diagnostic): string {
  return JSON.stringify([code, object, field, message, object === undefined ? source : undefined]);
}
