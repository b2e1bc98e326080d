import {
  configMapKind,
  type Interests,
  refOf,
  type Resource,
  type ResourceKind,
  secretKind,
  serviceKind,
  type Source,
} from '@signalbox/core';
import { describe, expect, it } from 'vitest';
import { configMapOf, serviceOf } from '../objects/builders.js';
import { nameOf, RecordingWriter } from './recording-writer.js';
import { until } from './until.js';

/** A source to hold against the contract, and the world that it looks at. @public */
export interface SourceSubject {
  readonly source: Source;
  /** Makes exactly these objects be there for the source to find. */
  hold(objects: readonly Resource[]): Promise<void> | void;
  /** Cleans up after the test. */
  end?(): Promise<void>;
}

/**
 * Declares the tests that every {@link @signalbox/core#Source} passes.
 * @param name - of the source, for the names of the tests.
 * @param factory - makes a source whose world is empty; called once for each test.
 * @public
 */
export function sourceContract(name: string, factory: () => Promise<SourceSubject> | SourceSubject): void {
  const services = ['a', 'b', 'c'].map((each) => serviceOf({ name: each }));
  const [a, b, c] = services as [Resource, Resource, Resource];
  const names = (...objects: readonly Resource[]): string[] => objects.map((object) => nameOf(refOf(object))).sort();

  describe(`${name} keeps the contract of sources:`, () => {
    it('it has a name', async () => {
      await using run = await Run.prepare(factory);
      expect(run.subject.source.name).not.toBe('');
    });

    it('it says that it is synced after its first full list', async () => {
      await using run = await Run.prepare(factory, [a, b]);
      await run.untilSynced();
      expect(run.writer.namesAtSync).toEqual(names(a, b));
    });

    it('it says so where there is nothing, too', async () => {
      await using run = await Run.prepare(factory);
      await run.untilSynced();
      expect(run.writer.names).toEqual([]);
    });

    it('it follows what comes, changes and goes', async () => {
      await using run = await Run.prepare(factory, [a, b]);
      await run.untilSynced();
      await run.holds(a, b, c);
      const changed = serviceOf({ name: 'a', annotations: { changed: 'yes' } });
      await run.subject.hold([changed, c]);
      await until(
        () => `the change of a and the end of b; there are ${run.writer.names.join(', ')}`,
        () =>
          run.writer.names.join() === names(a, c).join() &&
          run.writer.objects.get(nameOf(refOf(a)))?.metadata.annotations?.['changed'] === 'yes',
      );
      await run.holds();
      await run.holds(b);
    });

    it('it returns when its signal is aborted, and writes nothing after that', async () => {
      await using run = await Run.prepare(factory, [a]);
      await run.untilSynced();
      await run.stop();
      await run.subject.hold([a, b]);
      await new Promise((resolve) => setTimeout(resolve, 100));
      expect(run.writer.offences).toEqual([]);
      expect(run.writer.names).toEqual(names(a));
    });

    it('it lets go of the interests when it returns', async () => {
      await using run = await Run.prepare(factory, [a]);
      await run.untilSynced();
      await run.stop();
      expect(run.interests.listeners).toBe(0);
    });

    it('it returns where its signal was aborted before', async () => {
      await using run = await Run.prepare(factory, [a]);
      run.abort();
      await run.start();
    });

    it('it lets nobody wait for ever for what it says is on its way', async () => {
      const settings = configMapOf({ name: 'a', data: { key: 'value' } });
      await using run = await Run.prepare(factory, [settings]);
      run.interests.kinds = [configMapKind, secretKind];
      await run.untilSynced();
      await until(
        () => [...run.writer.expected].join(', '),
        () => run.writer.expected.size === 0,
      );
      await run.holds(settings);
    });

    it('it goes on when other things are wanted', async () => {
      await using run = await Run.prepare(factory, [a]);
      await run.untilSynced();
      run.interests.change([serviceKind, configMapKind]);
      await run.holds(a, b);
    });
  });
}

/** A source that runs, or will. */
class Run implements AsyncDisposable {
  readonly subject: SourceSubject;
  readonly writer: RecordingWriter = new RecordingWriter();
  readonly interests: TestInterests = new TestInterests();
  readonly #stop = new AbortController();
  #running: Promise<void> | undefined;

  private constructor(subject: SourceSubject) {
    this.subject = subject;
  }

  static async prepare(factory: () => Promise<SourceSubject> | SourceSubject, objects: readonly Resource[] = []): Promise<Run> {
    const subject = await factory();
    await subject.hold(objects);
    return new Run(subject);
  }

  start(): Promise<void> {
    this.#running ??= this.subject.source.run(this.writer, this.interests, this.#stop.signal).finally(() => {
      this.writer.isOver = true;
    });
    return this.#running;
  }

  async untilSynced(): Promise<void> {
    const ended = this.start().then(() => {
      throw new Error('The source returned, and nobody had told it to.');
    });
    ended.catch(() => undefined);
    await Promise.race([
      until(
        () => 'the first full list',
        () => this.writer.namesAtSync !== undefined,
      ),
      ended,
    ]);
  }

  /** Lets exactly these objects be there, and waits until the source has written them. */
  async holds(...objects: readonly Resource[]): Promise<void> {
    await this.subject.hold(objects);
    const wanted = objects.map((object) => nameOf(refOf(object))).sort();
    await until(
      () => `${wanted.join(', ') || 'nothing'}; there is ${this.writer.names.join(', ') || 'nothing'}`,
      () => this.writer.names.join() === wanted.join(),
    );
  }

  abort(): void {
    this.#stop.abort();
  }

  async stop(): Promise<void> {
    this.abort();
    await this.#running;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    await this.subject.end?.();
  }
}

class TestInterests implements Interests {
  kinds: readonly ResourceKind[] = [serviceKind];
  readonly #listeners = new Set<(changes: readonly []) => void>();

  get listeners(): number {
    return this.#listeners.size;
  }

  referenced(): ReadonlySet<string> {
    return new Set(['default/a']);
  }

  onChange(listener: (changes: readonly []) => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  change(kinds: readonly ResourceKind[]): void {
    this.kinds = kinds;
    for (const listener of this.#listeners) listener([]);
  }
}
