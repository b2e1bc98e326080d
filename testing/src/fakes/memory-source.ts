import type { Diagnostic, Interests, ObjectRef, Resource, ResourceWriter, Source, SourceLocation } from '@signalbox/core';
import { kindKey, objectKey, refOf } from '@signalbox/core';

/** A source of objects that a test changes. @public */
export class MemorySource implements Source {
  readonly name: string;
  readonly required: boolean;
  readonly isOperator: boolean;
  readonly #objects = new Map<string, { readonly object: Resource; readonly location: SourceLocation | undefined }>();
  #writer: ResourceWriter | undefined;
  #interests: Interests | undefined;

  /** `isOperator` is true by default, so that servers of tests may be on loopback. */
  constructor(
    objects: Iterable<Resource>,
    options: { readonly name?: string; readonly required?: boolean; readonly isOperator?: boolean } = {},
  ) {
    this.name = options.name ?? 'memory';
    this.required = options.required ?? true;
    this.isOperator = options.isOperator ?? true;
    for (const object of objects) this.set(object);
  }

  /** What is wanted, while it runs. */
  get interests(): Interests | undefined {
    return this.#interests;
  }

  /** The objects that it holds. */
  get objects(): readonly Resource[] {
    return [...this.#objects.values()].map(({ object }) => object);
  }

  /** Adds objects, or puts them in the place of those of the same kind and name. */
  set(object: Resource, location?: SourceLocation): this {
    this.#objects.set(identity(refOf(object)), { object, location });
    this.#writer?.set(object, location);
    return this;
  }

  /** Removes the object of the same kind and name. */
  delete(object: Resource | ObjectRef): this {
    const ref = 'metadata' in object ? refOf(object) : object;
    this.#objects.delete(identity(ref));
    this.#writer?.delete(ref);
    return this;
  }

  /** Tells what is wrong with what was read. */
  report(diagnostics: readonly Diagnostic[]): this {
    this.#writer?.report(diagnostics);
    return this;
  }

  /** Writes all objects into a collection that no controller runs: `source.writeTo(pipeline.collection.writer('test', true, true))`. Later changes follow. */
  writeTo(into: ResourceWriter): void {
    this.#writer = into;
    into.replaceAll([...this.#objects.values()].map(({ object, location }) => ({ object, ...(location && { location }) })));
    into.synced();
  }

  async run(into: ResourceWriter, interests: Interests, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    this.#interests = interests;
    this.writeTo(into);
    await new Promise<void>((resolve) => {
      signal.addEventListener(
        'abort',
        () => {
          resolve();
        },
        { once: true },
      );
    });
    this.#writer = undefined;
    this.#interests = undefined;
  }
}

/** A fake of the port {@link @signalbox/core#Source}. @public */
export function memorySource(objects: Iterable<Resource> = [], options?: ConstructorParameters<typeof MemorySource>[1]): MemorySource {
  return new MemorySource(objects, options);
}

function identity(ref: ObjectRef): string {
  return `${kindKey(ref)} ${objectKey(ref)}`;
}
