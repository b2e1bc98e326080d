import { describe, expect, it } from 'vitest';
import { service, site, slice, testPlugin } from '../fixtures/composition.js';
import { haproxyFeatures } from '../haproxy/features.js';
import type { Diagnostic } from '../resource/diagnostic.js';
import { secretKind } from '../resource/kinds.js';
import { type ObjectRef, refOf, type Resource } from '../resource/resource.js';
import type { ResourceWriter, Source } from '../resource/source.js';
import { SecretText } from '../secret-text.js';
import type { DirtyKeys, HaproxyModel } from '../haproxy/model.js';
import type { Outcome, Target } from '../target/target.js';
import { createController } from './controller.js';
import type { Controller } from './controller-options.js';
import type { Reporter } from './reporter.js';

/** A source that a test writes through. */
class TestSource implements Source {
  readonly name: string;
  readonly required: boolean;
  readonly #opened = Promise.withResolvers<ResourceWriter>();
  into!: ResourceWriter;

  constructor(name: string, required = true) {
    this.name = name;
    this.required = required;
  }

  get opened(): Promise<ResourceWriter> {
    return this.#opened.promise;
  }

  run(into: ResourceWriter, _interests: unknown, signal: AbortSignal): Promise<void> {
    this.into = into;
    this.#opened.resolve(into);
    return new Promise((resolve) => {
      signal.addEventListener('abort', () => {
        resolve();
      });
    });
  }
}

/** A target that does as it is told. */
class TestTarget implements Target {
  readonly name = 'test';
  readonly applied: string[][] = [];
  closed: string | undefined;
  answer: (dirty: DirtyKeys) => Promise<Outcome> = () => Promise.resolve({ steps: [], reload: 'none', durationMs: 0 });

  features() {
    return Promise.resolve(haproxyFeatures('HAProxy version 3.0.0 2026/01/01'));
  }

  apply(_desired: HaproxyModel, dirty: DirtyKeys): Promise<Outcome> {
    this.applied.push([...dirty.keys()]);
    return this.answer(dirty);
  }

  onReport() {
    return () => undefined;
  }

  close(how: string) {
    this.closed = how;
    return Promise.resolve();
  }
}

const otherwise = new SecretText('PEM');

/** A source of two sites, and of their Secrets, each some time after it is referred to. Those that are not among `given` do not come. */
function readingSecrets(...given: readonly string[]): Source {
  return {
    name: 'reading',
    async run(into, interests, signal) {
      const asked = new Set<string>();
      const unsubscribe = interests.onChange(() => {
        for (const key of interests.referenced(secretKind)) {
          if (asked.has(key)) continue;
          asked.add(key);
          const [namespace, name = ''] = key.split('/');
          const secret: Resource = { apiVersion: 'v1', kind: 'Secret', metadata: { name, ...(namespace && { namespace }) } };
          into.expect(refOf(secret));
          if (given.includes(name)) setTimeout(() => into.set(secret), 20 * asked.size);
        }
      });
      into.set(service('web'));
      for (const name of ['one', 'two']) into.set(site(name, { host: `${name}.example` }, { 'test/token': name }));
      into.synced();
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      unsubscribe();
    },
  };
}

function start(
  sources: readonly Source[],
  target: Target,
  reporters: readonly Reporter[] = [],
): { controller: Controller; stop: () => Promise<void>; running: Promise<void> } {
  const controller = createController({
    sources,
    plugins: [testPlugin],
    targets: [target],
    reporters,
    defaultCertificate: { otherwise },
    reloadIntervalMs: 0,
  });
  const aborter = new AbortController();
  const running = controller.run(aborter.signal);
  return {
    controller,
    running,
    stop: () => {
      aborter.abort();
      return running;
    },
  };
}

const event = (controller: Controller, name: 'applied' | 'failed' | 'rejected' | 'changed'): Promise<unknown> =>
  new Promise((resolve) => {
    controller.events.once(name, resolve);
  });

describe('the controller', () => {
  it('applies nothing before every required source has given its full list', async () => {
    const [first, second, late] = [new TestSource('first'), new TestSource('second'), new TestSource('late', false)];
    const target = new TestTarget();
    const { controller, stop } = start([first, second, late], target);
    await second.opened;
    first.into.set(service('web'));
    first.into.synced();
    await new Promise((resolve) => setTimeout(resolve, 40));
    expect(target.applied).toHaveLength(0);
    expect(controller.isReady).toBe(false);
    const applied = event(controller, 'applied');
    second.into.synced();
    await applied;
    expect(target.applied).toHaveLength(1);
    expect(controller.isReady).toBe(true);
    await stop();
    expect(target.closed).toBe('stop');
  });

  it('gathers changes that come together, and hands over only what they touch', async () => {
    const source = new TestSource('only');
    const target = new TestTarget();
    const { controller, stop } = start([source], target);
    await source.opened;
    source.into.set(service('web'));
    source.into.synced();
    await event(controller, 'applied');
    const applied = event(controller, 'applied');
    source.into.set(site('one'));
    source.into.set(slice('web-1', 'web', ['10.0.0.1']));
    await applied;
    expect(target.applied[1]?.toSorted()).toEqual([
      'map host a.example',
      'map path-prefix a.example/',
      'section backend a_svc_web_http',
      'server a_svc_web_http 10.0.0.1:8080',
    ]);
    await stop();
  });

  it('keeps the keys of an attempt that failed, and tries again', async () => {
    const source = new TestSource('only');
    const target = new TestTarget();
    target.answer = () => Promise.reject(new Error('no disk'));
    const { controller, stop } = start([source], target);
    const failed = event(controller, 'failed');
    await source.opened;
    source.into.synced();
    await expect(failed).resolves.toMatchObject({ retryInMs: 250 });
    target.answer = () => Promise.resolve({ steps: [], reload: 'started', durationMs: 0 });
    await event(controller, 'applied');
    expect(target.applied[1]).toEqual(target.applied[0]);
    await stop();
  });

  it('waits with what HAProxy refused until something changes', async () => {
    const source = new TestSource('only');
    const target = new TestTarget();
    const { controller, stop } = start([source], target);
    await source.opened;
    source.into.synced();
    await event(controller, 'applied');
    target.answer = () =>
      Promise.resolve({
        steps: [],
        reload: 'none',
        durationMs: 0,
        refused: { isProven: true, complaints: [{ text: 'x', origins: [] }] },
      });
    const rejected = event(controller, 'rejected');
    source.into.set(service('web'));
    source.into.set(site('one'));
    await rejected;
    const attempts = target.applied.length;
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(target.applied).toHaveLength(attempts);
    target.answer = () => Promise.resolve({ steps: [], reload: 'reloaded', durationMs: 0 });
    const applied = event(controller, 'applied');
    source.into.set(site('two', { host: 'b.example' }));
    await applied;
    expect(target.applied.at(-1)).toContain('map host a.example');
    await stop();
  });

  it('tells that an object made anew is served, also where that leaves nothing to do', async () => {
    const source = new TestSource('only');
    const target = new TestTarget();
    const served: string[] = [];
    const serving: Reporter['serving'] = ({ added }) => void served.push(...added.map(({ name }) => name));
    const { controller, stop } = start([source], target, [{ name: 'test', report: () => undefined, serving }]);
    const made = (uid: string): Resource => ({ ...site('one'), metadata: { ...site('one').metadata, uid } });
    await source.opened;
    source.into.set(service('web'));
    source.into.set(made('a'));
    source.into.synced();
    await event(controller, 'applied');
    expect(served).toEqual(['one']);
    source.into.set(made('b'));
    await event(controller, 'changed');
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(served).toEqual(['one', 'one']);
    expect(target.applied).toHaveLength(1);
    await stop();
  });

  it('ends with the error of a source that is lost, and leaves HAProxy serving', async () => {
    const target = new TestTarget();
    const lost: Source = { name: 'lost', run: () => Promise.reject(new Error('gone for good')) };
    const { running } = start([lost], target);
    await expect(running).rejects.toThrow('gone for good');
    expect(target.closed).toBe('keep');
  });

  it('applies first what is complete, with objects that are read when others turn out to refer to them', async () => {
    const target = new TestTarget();
    const told: string[] = [];
    const { controller, stop } = start([readingSecrets('one', 'two')], target);
    controller.events.on('diagnostics', ({ added }) => told.push(...added.map(({ code }) => code)));
    await event(controller, 'changed');
    expect(controller.pipeline.diagnostics()).toMatchObject([{ code: 'REFERENCE_NOT_FOUND' }, { code: 'REFERENCE_NOT_FOUND' }]);
    await event(controller, 'applied');
    expect(controller.pipeline.diagnostics()).toEqual([]);
    expect(target.applied).toHaveLength(1);
    expect(told).toEqual([]);
    await stop();
  });

  it('gives up what does not come in time, and says so', { timeout: 15_000 }, async () => {
    const target = new TestTarget();
    const { controller, stop } = start([readingSecrets('one')], target);
    const missing = new Promise<readonly ObjectRef[]>((resolve) => {
      controller.events.once('incomplete', ({ objects }) => resolve(objects));
    });
    const told: string[] = [];
    controller.events.on('diagnostics', ({ added }) => told.push(...added.map(({ code }) => code)));
    await event(controller, 'applied');
    expect(await missing).toEqual([{ group: '', kind: 'Secret', namespace: 'a', name: 'two' }]);
    expect(told).toEqual(['REFERENCE_NOT_FOUND']);
    expect(controller.isReady).toBe(true);
    await stop();
  });

  it('lets reporters know with the first full lists what sources said before, and still say', async () => {
    const [source, other] = [new TestSource('first'), new TestSource('other')];
    const told: string[] = [];
    const reporter: Reporter = { name: 'test', report: ({ added }) => told.push(...added.map(({ message }) => message)) };
    const { controller, stop } = start([source, other], new TestTarget(), [reporter]);
    await other.opened;
    const warn = (message: string): Diagnostic => ({ severity: 'warning', code: 'API_ACCESS_FORBIDDEN', message });
    source.into.report([warn('over soon'), warn('lasting')]);
    source.into.synced();
    await new Promise((resolve) => setTimeout(resolve, 30));
    source.into.report([warn('lasting')]);
    expect(told).toEqual([]);
    other.into.synced();
    await event(controller, 'applied');
    expect(told).toEqual(['lasting']);
    await stop();
  });

  it('tells each diagnostic once, and tells when it is settled', async () => {
    const source = new TestSource('only');
    const { controller, stop } = start([source], new TestTarget());
    const told: string[] = [];
    controller.events.on('diagnostics', ({ added, removed }) => {
      told.push(...added.map((each) => `+${each.code}`), ...removed.map((each) => `-${each.code}`));
    });
    await source.opened;
    source.into.set(site('one'));
    source.into.synced();
    await event(controller, 'applied');
    source.into.set(site('other', { host: 'b.example', service: 'api' }));
    await event(controller, 'changed');
    source.into.set(service('web'));
    await event(controller, 'changed');
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(told).toEqual(['+SERVICE_NOT_FOUND', '+SERVICE_NOT_FOUND', '-SERVICE_NOT_FOUND']);
    await stop();
  });
});
