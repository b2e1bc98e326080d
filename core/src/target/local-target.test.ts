import { describe, expect, it } from 'vitest';
import { type Composition, compose, service, site, slice } from '../fixtures/composition.js';
import { allKeys, type DirtyKeys } from '../haproxy/model.js';
import { haproxyFeatures } from '../haproxy/features.js';
import type { DurableSink, FileChange, WriteOutcome } from './durable-sink.js';
import { LocalTarget } from './local-target.js';
import { plan } from './plan.js';

/** A disk that keeps what it is given, and answers as told. */
class Disk implements DurableSink {
  readonly name = 'disk';
  readonly files = new Map<string, string>();
  readonly changes: FileChange[] = [];
  next: WriteOutcome | Error = { status: 'applied', action: 'reloaded', durationMs: 0 };

  features() {
    return Promise.resolve(haproxyFeatures('HAProxy version 3.0.0 2026/01/01'));
  }

  write(change: FileChange): Promise<WriteOutcome> {
    this.changes.push(change);
    if (this.next instanceof Error) return Promise.reject(this.next);
    if (this.next.status === 'applied') {
      if (change.complete) this.files.clear();
      for (const [path, file] of change.files) {
        if (file === undefined) this.files.delete(path);
        else this.files.set(path, file.content);
      }
    }
    return Promise.resolve(this.next);
  }

  check() {
    return Promise.resolve({ passed: true, messages: [] });
  }
  onReport() {
    return () => undefined;
  }

  close() {
    return Promise.resolve();
  }
}

const never = new AbortController().signal;

async function started(): Promise<{
  composition: Composition;
  disk: Disk;
  target: LocalTarget;
  apply: () => ReturnType<LocalTarget['apply']>;
}> {
  const composition = compose();
  composition.writer.set(service('web'));
  composition.writer.set(site('one'));
  composition.writer.set(slice('web-1', 'web', ['10.0.0.1']));
  composition.commit();
  const disk = new Disk();
  const target = new LocalTarget({ durable: disk, reloadIntervalMs: 0 });
  const { model } = composition.pipeline;
  const apply = (): ReturnType<LocalTarget['apply']> => target.apply(model, allKeys(model), never);
  await apply();
  return { composition, disk, target, apply };
}

describe('LocalTarget', () => {
  it('writes all files first, and afterwards only those that change', async () => {
    const { composition, disk, apply } = await started();
    expect(disk.changes[0]?.complete).toBe(true);
    composition.writer.set(site('two', { host: 'b.example' }));
    composition.commit();
    await apply();
    expect(disk.changes[1]?.complete).toBe(false);
    expect([...(disk.changes[1]?.files.keys() ?? [])].sort()).toEqual(['maps/host.map', 'maps/path-prefix.map']);
  });

  it('does nothing where nothing differs', async () => {
    const { disk, apply } = await started();
    await expect(apply()).resolves.toMatchObject({ reload: 'none', steps: [] });
    expect(disk.changes).toHaveLength(1);
  });

  it('goes on from what is applied after a write that failed', async () => {
    const { composition, disk, apply } = await started();
    composition.writer.set(site('two', { host: 'b.example' }));
    composition.commit();
    disk.next = new Error('disk full');
    await expect(apply()).rejects.toThrow('disk full');
    disk.next = { status: 'applied', action: 'reloaded', durationMs: 0 };
    await apply();
    expect(disk.files.get('maps/host.map')).toBe('a.example a.example\nb.example b.example\n');
  });

  it('leads a refusal by its line to the object and field that the line comes from', async () => {
    const { composition, disk, apply } = await started();
    composition.writer.set(site('two', { host: 'b.example' }, { 'test/allow': '10.0.0.0/8' }));
    composition.commit();
    disk.next = { status: 'refused', lastGoodPasses: true, messages: [] };
    await apply();
    const text = disk.changes.at(-1)?.files.get('haproxy.cfg')?.content.split('\n') ?? [];
    const line = text.findIndex((each) => each.includes('deny_status 403')) + 1;
    disk.next = { status: 'refused', lastGoodPasses: true, messages: [{ severity: 'alert', file: 'haproxy.cfg', line, text: 'bad rule' }] };
    const outcome = await apply();
    expect(outcome.refused).toMatchObject({
      isProven: true,
      complaints: [{ text: 'bad rule', origins: [{ object: { name: 'two' }, field: 'metadata.annotations[test/allow]' }] }],
    });
  });

  it('keeps what is secret in files that say so', async () => {
    const { disk } = await started();
    const certificate = disk.changes[0]?.files.get('certs/default.pem');
    expect(certificate).toMatchObject({ secret: true, content: 'default PEM\n' });
    expect([...(disk.changes[0]?.files.values() ?? [])].filter((file) => file?.secret === true)).toHaveLength(1);
  });
});

describe('plan', () => {
  it('adds what is referred to before what refers to it, and removes it after', () => {
    const composition = compose();
    composition.writer.set(service('web'));
    composition.writer.set(site('one', {}, { 'test/allow': '10.0.0.0/8' }));
    composition.writer.set(slice('web-1', 'web', ['10.0.0.1']));
    composition.commit();
    const { model } = composition.pipeline;
    const first = plan(allKeys(model), new Map());
    const types = first.map((step) => step.after?.type);
    expect(types).toEqual(types.toSorted((a, b) => order.indexOf(a ?? '') - order.indexOf(b ?? '')));
    const applied = new Map(first.flatMap((step) => (step.after === undefined ? [] : [[step.key, step.after]])));
    const before: DirtyKeys = new Map(allKeys(model));
    composition.writer.delete({ group: 'test', kind: 'Site', namespace: 'a', name: 'one' });
    composition.commit();
    const removed = plan(before, applied).map((step) => step.before?.type);
    expect(removed).toEqual(removed.toSorted((a, b) => order.indexOf(b ?? '') - order.indexOf(a ?? '')));
    expect(removed).toContain('section');
  });
});

describe('the reason of a change', () => {
  it('of a section is the field whose directive differs, not the object that the section is named after', () => {
    const composition = compose();
    composition.writer.set(service('web'));
    composition.writer.set(site('one'));
    composition.writer.set(site('two', { host: 'b.example' }));
    composition.commit();
    const { model } = composition.pipeline;
    const applied = new Map(
      plan(allKeys(model), new Map()).flatMap((step) => (step.after === undefined ? [] : [[step.key, step.after] as const])),
    );
    composition.writer.set(site('two', { host: 'b.example' }, { 'test/allow': '10.0.0.0/8' }));
    composition.commit();
    const step = plan(allKeys(model), applied).find(({ key }) => key === 'section backend a_svc_web_http');
    expect(step).toMatchObject({ kind: 'change', reason: { object: { name: 'two' }, field: 'metadata.annotations[test/allow]' } });
  });
});

const order = ['list', 'certificate', 'section', 'server', 'crt', 'map'];
