import { readFile } from 'node:fs/promises';
import {
  type Controller,
  type ControllerEvents,
  createController,
  type Diagnostic,
  type HaproxyRow,
  type ReloadCause,
  type ReloadReason,
  SecretText,
  signalboxError,
  type Step,
} from '@signalbox/core';
import { freePorts, memorySink } from '@signalbox/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { StatusServer } from '../status-server.js';
import { ControllerMetrics } from './controller-metrics.js';

type Applied = ControllerEvents['applied'][0];
type Reloaded = ControllerEvents['reloaded'][0];

let events: Controller['events'];
let server: StatusServer;
let url: string;
let isReady: boolean;
let stuck: string | undefined;

beforeEach(async () => {
  isReady = false;
  stuck = undefined;
  const controller = createController({
    sources: [],
    plugins: [],
    sinks: [memorySink()],
    defaultCertificate: { otherwise: new SecretText('') },
  });
  events = controller.events;
  server = new StatusServer({
    unready: () => (isReady ? undefined : 'not ready'),
    stuck: () => stuck,
    metrics: new ControllerMetrics(controller, () => isReady),
  });
  const [port = 0] = await freePorts(1);
  await server.listen(port);
  url = `http://127.0.0.1:${String(port)}`;
});
afterEach(() => server.close());

/** Values by name and labels, as they are asked for over HTTP. */
async function series(): Promise<ReadonlyMap<string, number>> {
  const response = await fetch(`${url}/metrics`);
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toContain('text/plain; version=0.0.4');
  const lines = (await response.text()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]));
}

async function value(name: string): Promise<number | undefined> {
  return (await series()).get(name);
}

async function sumOf(name: string): Promise<number> {
  return [...(await series())].filter(([key]) => key.startsWith(`${name}{`)).reduce((sum, [, each]) => sum + each, 0);
}

function step(row: HaproxyRow, kind: Step['kind'] = 'add'): Step {
  return { kind, key: JSON.stringify(row), ...(kind === 'remove' ? { before: row } : { after: row }) };
}

const server1 = (at: number): HaproxyRow => ({ type: 'server', backend: `pool-${String(at)}`, name: 'a', address: '10.0.0.1', port: 80 });

function applied(told: Partial<Applied>): void {
  events.emit('applied', { target: 'haproxy', steps: [], live: [], reload: 'none', durationMs: 2, ...told });
}

function reloaded(causes: readonly ReloadCause[], told: Partial<Reloaded> = {}): void {
  applied({ reload: 'reloaded' });
  events.emit('reloaded', {
    ...{ target: 'haproxy', reasons: [], causes: causes.map((cause) => ({ cause })), durationMs: 100 },
    ...told,
  });
}

describe('metrics of a controller', () => {
  it('shows every series from the start, at 0', async () => {
    const all = await series();
    const own = [...all].filter(([name]) => /^(signalbox|haproxy)_/.test(name));
    expect(own.filter(([, each]) => each !== 0)).toEqual([]);
    for (const name of [
      'signalbox_changes_total',
      'signalbox_steps_total{kind="server",lane="live"}',
      'signalbox_steps_total{kind="section",lane="start"}',
      'signalbox_reloads_total{reason="backend"}',
      'signalbox_reloads_total{reason="start"}',
      'signalbox_apply_duration_seconds_bucket{le="0.001",lane="live"}',
      'signalbox_drift_total',
      'signalbox_quarantined_objects',
      'signalbox_haproxy_old_workers',
      'signalbox_haproxy_up',
      'signalbox_ready',
      'signalbox_failures_total{code="SINK_UNWRITABLE"}',
      'signalbox_diagnostics{severity="error"}',
      'signalbox_live_commands_total',
      'signalbox_live_bytes_total',
      'signalbox_rejected_total',
      'haproxy_reloads_total{result="failure"}',
      'haproxy_runtime_socket_connections_total{object="map",result="success"}',
      'haproxy_unable_to_sync_configuration',
    ])
      expect(all.has(name), name).toBe(true);
    for (const name of ['process_cpu_seconds_total', 'process_resident_memory_bytes', 'process_start_time_seconds'])
      expect(all.get(name), name).toBeGreaterThan(0);
    expect(all.get('nodejs_eventloop_lag_max_seconds')).toBeGreaterThanOrEqual(0);
  });

  it('counts the steps by row and by the way they took', async () => {
    const live = [step(server1(1)), step(server1(2), 'remove')];
    const later = step({ type: 'section', kind: 'backend', name: 'new', directives: [] });
    applied({ steps: [...live, later], live, reload: 'reloaded', sent: { commands: 3, bytes: 120 }, durationMs: 200 });
    applied({ steps: live, live, sent: { commands: 2, bytes: 80 } });
    const all = await series();
    expect(all.get('signalbox_steps_total{kind="server",lane="live"}')).toBe(4);
    expect(all.get('signalbox_steps_total{kind="section",lane="reload"}')).toBe(1);
    expect(all.get('signalbox_live_commands_total')).toBe(5);
    expect(all.get('signalbox_live_bytes_total')).toBe(200);
    expect(all.get('signalbox_apply_duration_seconds_bucket{le="0.1",lane="reload"}')).toBe(0);
    expect(all.get('signalbox_apply_duration_seconds_bucket{le="0.5",lane="reload"}')).toBe(1);
    expect(all.get('signalbox_apply_duration_seconds_count{lane="live"}')).toBe(1);
  });

  it('counts what HAProxy was started with, or had when it was found, as a start', async () => {
    applied({ steps: [step(server1(1))], reload: 'started' });
    events.emit('reloaded', { target: 'haproxy', reasons: [], causes: [], durationMs: 1 });
    applied({ steps: [step(server1(1))], reload: 'none' });
    expect(await value('signalbox_steps_total{kind="server",lane="start"}')).toBe(2);
    expect(await value('signalbox_reloads_total{reason="start"}')).toBe(1);
  });

  it('counts each reload once, by the rarest of its causes', async () => {
    reloaded(['backend', 'backend', 'file']);
    reloaded(['names'], { oldWorkers: 2 });
    reloaded(['backend', 'drift']);
    reloaded([]);
    const all = await series();
    expect(all.get('signalbox_reloads_total{reason="file"}')).toBe(1);
    expect(all.get('signalbox_reloads_total{reason="names"}')).toBe(1);
    expect(all.get('signalbox_reloads_total{reason="drift"}')).toBe(1);
    expect(all.get('signalbox_reloads_total{reason="other"}')).toBe(1);
    expect(await sumOf('signalbox_reloads_total')).toBe(4);
    expect(all.get('signalbox_haproxy_old_workers')).toBe(2);
  });

  it('says whether HAProxy runs', async () => {
    const tell = (kind: 'started' | 'adopted' | 'died' | 'restarted' | 'stopped' | 'failed'): boolean =>
      events.emit('haproxy', { target: 'haproxy', report: { kind, message: '' } });
    applied({});
    expect(await value('signalbox_haproxy_up')).toBe(1);
    tell('died');
    applied({});
    tell('failed');
    expect(await value('signalbox_haproxy_up')).toBe(0);
    tell('restarted');
    expect(await value('signalbox_haproxy_up')).toBe(1);
    tell('stopped');
    expect(await value('signalbox_haproxy_up')).toBe(0);
    tell('adopted');
    expect(await value('signalbox_haproxy_up')).toBe(1);
  });

  it('says what is wrong as of now', async () => {
    const diagnostic = (severity: Diagnostic['severity']): Diagnostic => ({ severity, code: 'X', message: '' });
    events.emit('diagnostics', { added: [diagnostic('error'), diagnostic('error'), diagnostic('info')], removed: [] });
    events.emit('diagnostics', { added: [], removed: [diagnostic('error')] });
    events.emit('drifted', { target: 'haproxy', differences: ['a', 'b', 'c'] });
    events.emit('quarantined', { objects: [{ kind: 'Ingress', group: '', namespace: 'default', name: 'a' }] });
    events.emit('failed', { target: 'haproxy', error: signalboxError('SINK_UNWRITABLE', 'The disk is full.'), retryInMs: 1 });
    events.emit('failed', { target: 'haproxy', error: new Error('a bug'), retryInMs: 1 });
    events.emit('changed', { rows: 1, durationMs: 1 });
    events.emit('rejected', { target: 'haproxy', diagnostics: [] });
    const all = await series();
    expect(all.get('signalbox_diagnostics{severity="error"}')).toBe(1);
    expect(all.get('signalbox_diagnostics{severity="info"}')).toBe(1);
    expect(all.get('signalbox_drift_total')).toBe(3);
    expect(all.get('signalbox_quarantined_objects')).toBe(1);
    expect(all.get('signalbox_failures_total{code="SINK_UNWRITABLE"}')).toBe(1);
    expect(all.get('signalbox_failures_total{code="OTHER"}')).toBe(1);
    expect(all.get('signalbox_changes_total')).toBe(1);
    expect(all.get('signalbox_rejected_total')).toBe(1);
  });

  it('counts reloads and their failures under the classic names, and no starts', async () => {
    applied({ reload: 'started' });
    events.emit('reloaded', { target: 'haproxy', reasons: [], causes: [], durationMs: 1 });
    reloaded(['backend']);
    reloaded(['drift']);
    const retryInMs = 1;
    events.emit('failed', { target: 'haproxy', error: signalboxError('HAPROXY_RELOAD_FAILED', 'It did not load.'), retryInMs });
    events.emit('failed', { target: 'haproxy', error: signalboxError('SINK_UNWRITABLE', 'The disk is full.'), retryInMs });
    expect(await value('haproxy_reloads_total{result="success"}')).toBe(2);
    expect(await value('haproxy_reloads_total{result="failure"}')).toBe(1);
  });

  it('counts servers and map rows that HAProxy was told, and that it would not take, under the classic name', async () => {
    const row = step({ type: 'map', map: 'host', key: 'a.example', value: 'a.example' });
    const list = step({ type: 'list', file: 'patterns/a.lst', entries: [] });
    const live = [step(server1(1)), step(server1(2)), row, list];
    applied({ steps: live, live });
    const causes: readonly ReloadReason[] = [
      { cause: 'refused', step: step(server1(3)) },
      { cause: 'unreachable', step: row },
      { cause: 'unreachable' },
      { cause: 'backend', step: step(server1(4)) },
    ];
    events.emit('reloaded', { target: 'haproxy', reasons: [], causes, durationMs: 1 });
    const all = await series();
    const counted = [...all].filter(([name]) => name.startsWith('haproxy_runtime_socket_connections_total'));
    expect(counted.map(([name, count]) => [name.replace(/.*\{/, '{'), count])).toEqual([
      ['{object="server",result="success"}', 2],
      ['{object="map",result="success"}', 1],
      ['{object="server",result="failure"}', 1],
      ['{object="map",result="failure"}', 1],
    ]);
  });

  it('says under the classic name whether HAProxy has what is wanted', async () => {
    const unable = async (): Promise<number | undefined> => value('haproxy_unable_to_sync_configuration');
    events.emit('rejected', { target: 'haproxy', diagnostics: [] });
    expect(await unable()).toBe(1);
    applied({ reload: 'reloaded' });
    expect(await unable()).toBe(0);
    events.emit('failed', { target: 'haproxy', error: new Error('no disk'), retryInMs: 250 });
    expect(await unable()).toBe(1);
    applied({});
    events.emit('failed', { target: 'a reporter', error: new Error('away'), retryInMs: Number.POSITIVE_INFINITY });
    expect(await unable()).toBe(0);
  });

  it('has at most 100 series, as many as at the start, whatever it is told', async () => {
    const before = [...(await series()).keys()];
    const rows = (at: number): HaproxyRow[] => [
      server1(at),
      { type: 'map', map: `map-${String(at)}`, key: `${String(at)}.example/`, value: 'pool' },
      { type: 'certificate', file: `certs/${String(at)}.pem`, pem: new SecretText(String(at)) },
      { type: 'crt', certificate: 'certs/a.pem', name: `${String(at)}.example` },
      { type: 'list', file: `patterns/${String(at)}.lst`, entries: [] },
      { type: 'section', kind: 'backend', name: `pool-${String(at)}`, directives: [] },
    ];
    const steps = Array.from({ length: 20_000 }, (_, at) => rows(at).map((row) => step(row))).flat();
    applied({ target: 'first', steps, reload: 'started' });
    events.emit('reloaded', { target: 'first', reasons: [], causes: [], durationMs: 1 });
    for (let at = 0; at < 1_000; at += 1) {
      const live = rows(at).map((row) => step(row, 'remove'));
      applied({ target: `target-${String(at)}`, steps: live, live, sent: { commands: at, bytes: at }, durationMs: at });
      reloaded(['backend', `unheard-of-${String(at)}` as ReloadCause], { target: `target-${String(at)}`, oldWorkers: at });
      const message = `message ${String(at)}`;
      events.emit('diagnostics', { added: [{ severity: 'error', code: `CODE_${String(at)}`, message }], removed: [] });
      events.emit('failed', { target: 'haproxy', error: signalboxError(`CODE_${String(at)}` as never, message), retryInMs: 1 });
      events.emit('drifted', { target: 'haproxy', differences: [message] });
    }
    const after = await series();
    expect([...after.keys()]).toEqual(before);
    expect(after.size).toBeLessThanOrEqual(100);
    expect(after.get('signalbox_steps_total{kind="crt",lane="start"}')).toBe(20_000);
    expect(after.get('signalbox_failures_total{code="OTHER"}')).toBe(1_000);
  });
});

describe('the page of metrics', () => {
  it('names every metric with its type, and no other', async () => {
    const page = await readFile(new URL('../../../docs/reference/metrics.md', import.meta.url), 'utf8');
    const documented = [...page.matchAll(/^\| `([a-z]+_[a-z_]+)` +\| (gauge|counter|histogram) /gm)].map(([, name, type]) =>
      [name, type].join(' '),
    );
    const text = await (await fetch(`${url}/metrics`)).text();
    const served = [...text.matchAll(/^# TYPE (\S+ \S+)$/gm)].map(([, each]) => each);
    expect(documented.sort()).toEqual(served.sort());
    expect(page).toContain(`There are ${String((await series()).size)} of them`);
    const reasons = [...text.matchAll(/^signalbox_reloads_total\{reason="(\w+)"\}/gm)].map(([, reason]) => reason);
    const explained = [...(page.split('## Reasons of reloads')[1] ?? '').matchAll(/^\| `(\w+)` /gm)].map(([, reason]) => reason);
    expect(explained.sort()).toEqual(reasons.sort());
  });
});

describe('the status server', () => {
  it('answers probes, and says as a metric what /readyz says', async () => {
    const statusOf = async (path: string): Promise<number> => (await fetch(`${url}${path}`)).status;
    expect([await statusOf('/healthz'), await statusOf('/healtz?x=1'), await statusOf('/readyz'), await statusOf('/')]).toEqual([
      200, 200, 503, 404,
    ]);
    expect(await value('signalbox_ready')).toBe(0);
    isReady = true;
    expect(await statusOf('/readyz')).toBe(200);
    expect(await value('signalbox_ready')).toBe(1);
    stuck = 'changes have not been computed for 180 s';
    const answer = await fetch(`${url}/healthz`);
    expect([answer.status, await answer.text()]).toEqual([503, `${stuck}\n`]);
    expect([await statusOf('/healtz'), await statusOf('/readyz'), await statusOf('/metrics')]).toEqual([503, 200, 200]);
  });
});
