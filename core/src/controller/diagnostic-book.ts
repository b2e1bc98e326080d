import type { Diagnostic } from '../resource/diagnostic.js';
import type { Delta } from '../table/index.js';
import type { Pipeline } from './pipeline.js';

/** What is new of what users should know, and what is settled. */
export interface DiagnosticChange {
  readonly added: readonly Diagnostic[];
  readonly removed: readonly Diagnostic[];
}

/** Knows what users have been told, so that each thing is said once. */
export class DiagnosticBook {
  readonly #pipeline: Pipeline;
  #told = new Map<string, Diagnostic>();
  readonly #refused = new Map<string, readonly Diagnostic[]>();

  constructor(pipeline: Pipeline) {
    this.#pipeline = pipeline;
  }

  /** After a commit. */
  update(delta: Delta): DiagnosticChange {
    return delta.notes.size === 0 && delta.failures.size === 0 && this.#told.size === 0 && this.#pipeline.collection.diagnostics().length === 0
      ? { added: [], removed: [] }
      : this.#compare();
  }

  /** What HAProxy refuses of a target's configuration; empty when it is content again. */
  refused(target: string, diagnostics: readonly Diagnostic[]): DiagnosticChange {
    if (diagnostics.length === 0 && (this.#refused.get(target)?.length ?? 0) === 0) return { added: [], removed: [] };
    this.#refused.set(target, diagnostics);
    return this.#compare();
  }

  #compare(): DiagnosticChange {
    const now = new Map<string, Diagnostic>();
    for (const each of [...this.#pipeline.diagnostics(), ...[...this.#refused.values()].flat()]) now.set(identity(each), each);
    const before = this.#told;
    this.#told = now;
    return {
      added: [...now].filter(([key]) => !before.has(key)).map(([, each]) => each),
      removed: [...before].filter(([key]) => !now.has(key)).map(([, each]) => each),
    };
  }
}

function identity({ code, object, field, message, source }: Diagnostic): string {
  return JSON.stringify([code, object, field, message, object === undefined ? source : undefined]);
}
