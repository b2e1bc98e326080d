import {
  allKeys,
  createPipeline,
  dirtyKeys,
  type HaproxyRow,
  LocalTarget,
  type Outcome,
  type Resource,
  SecretText,
  type Table,
} from '@signalbox/core';
import { haproxyOrg } from '@signalbox/haproxy-org';
import { ingress } from '@signalbox/ingress';
import { ingressOf, memoryLiveSink, memorySink, memorySource, serviceOf, sliceOf } from '@signalbox/testing';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';

const never = new AbortController().signal;
const list = { 'haproxy.org/allow-list': '10.0.0.0/8' };
const endpoints = (service: string, ...addresses: readonly string[]): Resource =>
  sliceOf({ name: `${service}-1`, service, endpoints: addresses, ports: 8080 });
const site = (name: string, host: string, service = 'web', annotations: Readonly<Record<string, string>> = {}): Resource =>
  ingressOf({ name, annotations, rules: { [host]: [{ path: '/', service }] } });

/** A target that has applied one Ingress on one Service, with a HAProxy that has it too. */
async function started({ reloadIntervalMs = 0, more = [] as readonly Resource[] } = {}) {
  const pipeline = createPipeline({ plugins: [ingress(), haproxyOrg()], defaultCertificate: { otherwise: new SecretText('default') } });
  const source = memorySource([serviceOf({ name: 'web' }), endpoints('web', '10.0.0.1'), site('one', 'a.example'), ...more]);
  source.writeTo(pipeline.collection.writer('test', true, true));
  const disk = memorySink();
  const live = memoryLiveSink();
  const order: string[] = [];
  const note = disk.note.bind(disk);
  disk.note = async (edits, signal) => {
    order.push('disk');
    await note(edits, signal);
  };
  live.decide = (step) => {
    order.push(step.do);
    return undefined;
  };
  const target = new LocalTarget({ durable: disk, live, reloadIntervalMs });
  const { model, tables, collection } = pipeline;
  // As a controller does, it gives again what was not done.
  const waiting = new Map<string, Table<HaproxyRow>>();
  const apply = async (): Promise<Outcome> => {
    const dirty = dirtyKeys(model, tables.commit(collection.take()));
    const outcome = await target.apply(model, new Map([...waiting, ...dirty]), never);
    waiting.clear();
    for (const [key, table] of outcome.waiting?.keys ?? []) waiting.set(key, table);
    return outcome;
  };
  // What HAProxy has read.
  const spares = Array.from({ length: 16 }, (_, at) => `signalbox_spare_${String(at + 1)}`);
  live.backends = new Set(['default_svc_web_80', 'signalbox_404', ...spares]);
  for (const map of ['host', 'host-wildcard', 'path-exact', 'path-prefix', 'host-guarded']) live.maps.set(`maps/${map}.map`, new Map());
  tables.commit(collection.take());
  await target.apply(model, allKeys(model), never);
  await apply();
  order.length = 0;
  live.steps.length = 0;
  const told = (): string[] => live.steps.map((step) => ('map' in step ? `${step.do} ${step.map}` : step.do));
  return { source, disk, live, apply, order, told };
}

describe('LocalTarget with a live sink', () => {
  it('tells HAProxy what it can take up, after that is on disk', async () => {
    const { source, disk, apply, order, live } = await started();
    source.set(endpoints('web', '10.0.0.1', '10.0.0.2'));
    const outcome = await apply();
    expect(outcome).toMatchObject({ reload: 'none', live: [{ kind: 'add', key: 'server default_svc_web_80 10.0.0.2:8080' }] });
    expect(order).toEqual(['disk', 'add server']);
    expect(live.servers.get('default_svc_web_80/10.0.0.2:8080')).toMatchObject({ address: '10.0.0.2', state: 'ready' });
    expect(disk.files.get('haproxy.cfg')?.content).toContain('server 10.0.0.2:8080 10.0.0.2:8080 id');
    expect(disk.changes).toHaveLength(1);
  });

  it('gives a server the options of its backend, which HAProxy does not', async () => {
    const { source, apply, live } = await started();
    source.set(endpoints('web', '10.0.0.1', '10.0.0.2'));
    await apply();
    expect(live.steps).toMatchObject([{ do: 'add server', options: ['check'], isChecked: true }]);
  });

  it('adds paths before their host, and takes the host away before its paths', async () => {
    const { source, apply, live, told } = await started();
    source.set(site('two', 'b.example'));
    await apply();
    expect(told()).toEqual(['add row maps/path-prefix.map', 'add row maps/host.map']);
    live.steps.length = 0;
    source.delete(site('two', 'b.example'));
    await apply();
    expect(told()).toEqual(['delete row maps/host.map', 'delete row maps/path-prefix.map']);
  });

  it('puts a new pool on a spare, and reloads later to give it its own name', async () => {
    const { source, disk, apply, live } = await started();
    source
      .set(serviceOf({ name: 'new' }))
      .set(endpoints('new', '10.0.1.1'))
      .set(site('two', 'b.example', 'new'));
    const outcome = await apply();
    expect(outcome.reload).toBe('none');
    expect(outcome.againInMs).toBeLessThanOrEqual(2_000);
    expect(live.servers.has('signalbox_spare_1/10.0.1.1:8080')).toBe(true);
    expect(live.maps.get('maps/path-prefix.map')?.get('b.example/')).toBe('signalbox_spare_1');
    // On disk it has its own name already.
    expect(disk.files.get('haproxy.cfg')?.content).toContain('backend default_svc_new_80 from signalbox');
    expect(disk.files.get('maps/path-prefix.map')?.content).toContain('b.example/ default_svc_new_80');
  });

  it('lets what belongs to a section that HAProxy has not checked wait with it', async () => {
    const { source, apply, live } = await started({ reloadIntervalMs: 60_000 });
    source.set(site('one', 'a.example', 'web', list));
    source.set(endpoints('web', '10.0.0.3'));
    const outcome = await apply();
    expect(outcome.waiting?.reasons).toMatchObject([{ cause: 'backend', step: { key: 'section backend default_svc_web_80' } }]);
    expect(live.steps.map((step) => step.do)).toEqual(['add server', 'remove server']);
    expect(live.maps.get('maps/path-prefix.map')?.get('a.example/')).toBe('default_svc_web_80');
  });

  it('leaves rules that nobody needs any more to the next reload', async () => {
    const { source, disk, apply } = await started({ more: [site('two', 'b.example', 'web', list)] });
    source.delete(site('two', 'b.example'));
    expect((await apply()).reload).toBe('none');
    expect(disk.files.get('haproxy.cfg')?.content).not.toContain('deny_status 403');
    // It comes back while the rules are still there.
    source.set(site('two', 'b.example', 'web', list));
    expect((await apply()).reload).toBe('none');
  });

  it('brings by a reload what HAProxy refuses while it runs, and keeps it off the disk until then', async () => {
    const { source, disk, apply, live } = await started();
    live.decide = (step) => (step.do === 'add server' ? { status: 'refused', why: 'No.' } : undefined);
    source.set(endpoints('web', '10.0.0.1', '10.0.0.2'));
    const outcome = await apply();
    expect(outcome).toMatchObject({
      reload: 'reloaded',
      reasons: [{ cause: 'refused', step: { key: 'server default_svc_web_80 10.0.0.2:8080' } }],
    });
    expect(disk.notes.at(-1)).toMatchObject([{ remove: expect.stringContaining('10.0.0.2') as string }]);
  });

  it('reads back what runs when another worker answers, and mends what differs', async () => {
    const { source, apply, live } = await started();
    live.pid = 2;
    live.servers.clear();
    live.servers.set('default_svc_web_80/stray', {
      backend: 'default_svc_web_80',
      name: 'stray',
      address: '10.9.9.9',
      port: 1,
      weight: 1,
      state: 'ready',
    });
    source.set(endpoints('web', '10.0.0.1', '10.0.0.2'));
    const outcome = await apply();
    expect([...live.servers.keys()].sort()).toEqual(['default_svc_web_80/10.0.0.1:8080', 'default_svc_web_80/10.0.0.2:8080']);
    expect(outcome.drift?.join('\n')).toContain('server default_svc_web_80/stray is not wanted');
  });

  it('keeps asking a server that finishes, and leaves one alone that somebody drains', async () => {
    const { source, apply, live } = await started({ more: [endpoints('web', '10.0.0.1', '10.0.0.2')] });
    const drained = live.servers.get('default_svc_web_80/10.0.0.1:8080');
    if (drained !== undefined) live.servers.set('default_svc_web_80/10.0.0.1:8080', { ...drained, state: 'drain' });
    live.busy.add('default_svc_web_80/10.0.0.2:8080');
    source.set(endpoints('web', '10.0.0.1'));
    const outcome = await apply();
    expect(live.servers.get('default_svc_web_80/10.0.0.2:8080')?.state).toBe('maint');
    expect(outcome.againInMs).toBeLessThanOrEqual(250);
    live.busy.clear();
    await sleep(260);
    await apply();
    expect(live.servers.has('default_svc_web_80/10.0.0.2:8080')).toBe(false);
    expect(live.servers.get('default_svc_web_80/10.0.0.1:8080')?.state).toBe('drain');
  });

  it('reloads once where HAProxy does not answer, and then brings each change by a reload until it does', async () => {
    const { source, apply, live } = await started();
    live.pid = undefined;
    const changed = async (address: string): Promise<Outcome> => {
      source.set(endpoints('web', address));
      for (;;) {
        const outcome = await apply();
        if (outcome.waiting === undefined) return outcome;
        expect(outcome.waiting.reasons).toEqual([{ cause: 'unreachable' }]);
        await sleep(outcome.waiting.inMs);
      }
    };
    const first = await changed('10.0.0.2');
    expect(first).toMatchObject({ reload: 'reloaded' });
    expect(first.reasons).toContainEqual({ cause: 'unreachable' });
    expect(await changed('10.0.0.3')).toMatchObject({ reload: 'reloaded' });
  });
});
