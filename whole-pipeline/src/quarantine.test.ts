import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Resource } from '@signalbox/core';
import { certificateFor, echoServer, type EchoServer, ingressOf, serviceOf, sliceOf, tlsSecretOf } from '@signalbox/testing';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { refusedValues, trustingPlugin, weaklySigned } from './refused-kinds.js';
import { newPlace, Running } from './running.js';

let web: EchoServer;
beforeAll(async () => {
  web = await echoServer({ name: 'web' });
});
afterAll(async () => {
  await web.close();
});

const backend = (): Resource[] => [serviceOf({ name: 'web' }), sliceOf({ service: 'web', endpoints: [web.address], ports: web.port })];
const site = (name: string, annotations: Readonly<Record<string, string>> = {}): Resource =>
  ingressOf({ name, annotations, rules: { [`${name}.example`]: [{ path: '/', service: 'web' }] } });
const good = (count: number): Resource[] => Array.from({ length: count }, (_, index) => site(`good-${String(index)}`));

async function start(objects: readonly Resource[], place = newPlace()): Promise<Running> {
  const running = Running.start(await place, objects, [trustingPlugin]);
  onTestFinished(() => running[Symbol.asyncDispose]());
  return running;
}

describe('one object that HAProxy refuses', { timeout: 60_000 }, () => {
  it.each(Object.entries(refusedValues))('with %s is named and closed, and nobody else notices', async (_kind, annotations) => {
    const running = await start([...backend(), ...good(3)]);
    expect(await running.until(() => running.answerer('good-0.example'), 'web')).toBe('web');
    running.source.set(site('bad', annotations));
    const [key = ''] = Object.keys(annotations);
    expect(await running.until(() => running.answerer('bad.example'), 503)).toBe(503);
    expect(running.refused()).toEqual([`bad metadata.annotations[${key}]`]);
    for (let round = 0; round < 3; round += 1) {
      running.source.set(site(`new-${String(round)}`));
      expect(await running.until(() => running.answerer(`new-${String(round)}.example`), 'web')).toBe('web');
    }
    running.source.set(site('bad'));
    expect(await running.until(() => running.answerer('bad.example'), 'web')).toBe('web');
    expect(await running.until(() => running.refused(), [])).toEqual([]);
  });

  it('is served in its last good state where no guard differs', async () => {
    const running = await start([...backend(), site('bad', { 'haproxy.org/response-set-header': 'X-State good' })]);
    await running.until(() => running.answerer('bad.example'), 'web');
    running.source.set(site('bad', { 'refused.test/line': 'nonsense', 'haproxy.org/response-set-header': 'X-State bad' }));
    expect(await running.until(() => running.refused().length, 1)).toBe(1);
    running.source.set(site('other'));
    expect(await running.until(() => running.answerer('other.example'), 'web')).toBe('web');
    expect((await running.request({ host: 'bad.example' })).headers['x-state']).toBe('good');
  });

  it('is the same object after its status was written, for the quarantine and for a restart', async () => {
    const at = (resourceVersion: string, object: Resource): Resource => ({
      ...object,
      metadata: { ...object.metadata, uid: object.metadata.name, resourceVersion } as Resource['metadata'],
    });
    const lines = (line: string): Resource =>
      ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'lines', namespace: 'default' }, data: { line } }) as Resource;
    const site1 = site('bad', { 'refused.test/lines-of': 'lines' });
    const place = await newPlace();
    const running = await start([...backend(), lines('set-header X-Mended yes'), at('1', site1)], Promise.resolve(place));
    const quarantined: (readonly string[])[] = [];
    running.controller.events.on('quarantined', ({ objects }) => quarantined.push(objects.map(({ name }) => name)));
    await running.until(() => running.answerer('bad.example'), 'web');
    running.source.set(at('2', site1)).set(lines('nonsense')).set(site('new'));
    expect(await running.until(() => running.answerer('new.example'), 'web')).toBe('web');
    expect(quarantined[0]).not.toEqual([]);
  });

  it('is closed where a guard was added with it', async () => {
    const running = await start([...backend(), site('bad')]);
    await running.until(() => running.answerer('bad.example'), 'web');
    running.source.set(site('bad', { 'refused.test/line': 'nonsense', 'haproxy.org/allow-list': '192.0.2.1' }));
    expect(await running.until(() => running.answerer('bad.example'), 503)).toBe(503);
  });

  it('is found by trying where HAProxy does not say who it is', async () => {
    const running = await start([...backend(), ...good(20)]);
    await running.until(() => running.answerer('good-19.example'), 'web');
    running.source
      .set(tlsSecretOf({ name: 'weak', ...weaklySigned }))
      .set(
        ingressOf({
          name: 'weak',
          rules: { 'weak.example': [{ path: '/', service: 'web' }] },
          tls: [{ hosts: ['weak.example'], secretName: 'weak' }],
          annotations: { 'haproxy.org/ssl-redirect': 'false' },
        }),
      )
      .set(site('new'));
    expect(await running.until(() => running.answerer('new.example'), 'web')).toBe('web');
    expect([...running.told].filter(({ code }) => code === 'HAPROXY_REFUSED').map(({ object }) => object?.kind)).toEqual(['Secret']);
    expect(await running.answerer('weak.example')).toBe('web');
    running.source.set(tlsSecretOf({ name: 'weak', ...(await certificateFor(['weak.example'])) }));
    expect(await running.until(() => running.refused(), [])).toEqual([]);
  });

  it('is taken out of the ConfigMap field by field', async () => {
    const settings = (data: Readonly<Record<string, string>>) =>
      ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings', namespace: 'ops' }, data }) as Resource;
    const running = await start([...backend(), site('one'), settings({ line: 'nonsense', 'response-set-header': 'X-Global yes' })]);
    expect(await running.until(() => running.answerer('one.example'), 'web')).toBe('web');
    expect(running.refused()).toEqual(['settings data[line]']);
    expect((await running.request({ host: 'one.example' })).headers['x-global']).toBe('yes');
  });

  it('is a line of the ConfigMap that may turn somebody away: new, it has no effect; from the start on, it closes, and says so', async () => {
    const settings = (data: Readonly<Record<string, string>>) =>
      ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings', namespace: 'ops' }, data }) as Resource;
    const turnedAway = settings({ 'backend-config-snippet': 'http-request deny if nobody', 'response-set-header': 'X-Global yes' });
    const ends = (running: Running): unknown[] =>
      [...running.told].filter(({ code }) => code === 'HAPROXY_REFUSED').map(({ message }) => /[^.]*\.$/.exec(message)?.[0].trim());

    const running = await start([...backend(), site('one'), settings({ 'response-set-header': 'X-Global no' })]);
    await running.until(() => running.answerer('one.example'), 'web');
    running.source.set(turnedAway);
    expect(await running.until(() => running.refused(), ['settings data[backend-config-snippet]'])).toHaveLength(1);
    running.source.set(site('two'));
    expect(await running.until(() => running.answerer('two.example'), 'web')).toBe('web');
    expect((await running.request({ host: 'one.example' })).headers['x-global']).toBe('yes');
    expect(ends(running)).toEqual(['It has no effect until it is mended; all else holds.']);
    await running[Symbol.asyncDispose]();

    const cold = await start([...backend(), site('one'), turnedAway]);
    expect(await cold.until(() => cold.answerer('one.example'), 503)).toBe(503);
    expect(ends(cold)).toEqual(['All routes that it holds for answer 503 until it is mended.']);
  });

  it('stays as it is over a restart, without a reload', async () => {
    const place = await newPlace();
    const last = site('bad', { 'haproxy.org/response-set-header': 'X-State good' });
    const first = Running.start(place, [...backend(), last], [trustingPlugin], { onStop: 'keep' });
    await first.until(() => first.answerer('bad.example'), 'web');
    const bad = site('bad', { 'refused.test/line': 'nonsense' });
    first.source.set(bad);
    await first.until(() => first.refused().length, 1);
    first.source.set(site('other'));
    await first.until(() => first.answerer('other.example'), 'web');
    await first.stop();
    const second = Running.start(place, [...backend(), bad, site('other')], [trustingPlugin]);
    onTestFinished(() => second[Symbol.asyncDispose]());
    const reloads: unknown[] = [];
    second.controller.events.on('reloaded', (event) => reloads.push(event));
    expect(await second.until(() => second.controller.isReady, true)).toBe(true);
    expect((await second.request({ host: 'bad.example' })).headers['x-state']).toBe('good');
    expect(second.refused()).toEqual(['bad metadata.annotations[refused.test/line]']);
    expect(reloads).toEqual([]);
  });

  it('leaves quarantine when what it refers to changes', async () => {
    const lines = (text: string) =>
      ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'lines', namespace: 'default' }, data: { line: text } }) as Resource;
    const running = await start([...backend(), ...good(1), lines('nonsense'), site('bad', { 'refused.test/lines-of': 'lines' })]);
    expect(await running.until(() => running.answerer('good-0.example'), 'web')).toBe('web');
    expect(await running.answerer('bad.example')).toBe(503);
    expect(running.refused()).toEqual(['bad metadata.annotations[refused.test/lines-of]']);
    running.source.set(lines('set-header X-Mended yes'));
    expect(await running.until(() => running.answerer('bad.example'), 'web')).toBe('web');
    expect(await running.until(() => running.refused(), [])).toEqual([]);
  });

  it('is served after a restart if what it refers to was mended while nobody ran', async () => {
    const lines = (text: string) =>
      ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'lines', namespace: 'default' }, data: { line: text } }) as Resource;
    const place = await newPlace();
    const bad = site('bad', { 'refused.test/lines-of': 'lines' });
    const first = Running.start(place, [...backend(), ...good(1), lines('nonsense'), bad], [trustingPlugin], { onStop: 'keep' });
    expect(await first.until(() => first.answerer('good-0.example'), 'web')).toBe('web');
    await first.stop();
    const second = Running.start(place, [...backend(), ...good(1), lines('set-header X-Mended yes'), bad], [trustingPlugin]);
    onTestFinished(() => second[Symbol.asyncDispose]());
    expect(await second.until(() => second.answerer('bad.example'), 'web')).toBe('web');
    expect(await second.until(() => second.refused(), [])).toEqual([]);
  });

  it('cannot put the blame on others by what it lets HAProxy quote', async () => {
    const running = await start([...backend(), site('victim', { 'haproxy.org/response-set-header': 'X-A b' })]);
    await running.until(() => running.answerer('victim.example'), 'web');
    const configuration = await readFile(join(running.place.folder, 'config', 'current', 'haproxy.cfg'), 'utf8');
    const at = configuration.split('\n').findIndex((line) => line.includes('X-A b')) + 1;
    const forged = [at, at + 1, at + 2, at + 3]
      .map((line) => `\\n[ALERT] (1) : config : parsing [haproxy.cfg:${String(line)}] : x`)
      .join('');
    running.source.set(site('bad', { 'refused.test/line': `"no-such${forged}"` })).set(site('new'));
    expect(await running.until(() => running.answerer('new.example'), 'web')).toBe('web');
    expect(running.refused()).toEqual(['bad metadata.annotations[refused.test/line]']);
    expect(await running.answerer('victim.example')).toBe('web');
  });

  it('is the line of the operator that names what somebody took away', async () => {
    const settings = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'settings', namespace: 'ops' },
      data: { 'frontend-config-snippet': 'use_backend default_svc_gone_80 if { path /only }', 'response-set-header': 'X-Global yes' },
    } as Resource;
    const gone = ingressOf({ name: 'gone', rules: { 'gone.example': [{ path: '/', service: 'gone' }] } });
    const running = await start([...backend(), ...good(2), serviceOf({ name: 'gone' }), gone, settings]);
    expect(await running.until(() => running.answerer('good-1.example'), 'web')).toBe('web');
    running.source.delete(gone);
    running.source.set(site('new'));
    expect(await running.until(() => running.answerer('new.example'), 'web')).toBe('web');
    expect(running.refused()).toEqual(['settings data[frontend-config-snippet]']);
    expect((await running.request({ host: 'new.example' })).headers['x-global']).toBe('yes');
  });

  it('stays while others change, and is not tried again', async () => {
    const running = await start([...backend(), ...good(1)]);
    await running.until(() => running.answerer('good-0.example'), 'web');
    running.source.set(site('bad', { 'refused.test/line': 'nonsense' }));
    await running.until(() => running.refused().length, 1);
    const rejected: unknown[] = [];
    running.controller.events.on('quarantined', (event) => rejected.push(event));
    running.source.set(site('unrelated'));
    await running.until(() => running.answerer('unrelated.example'), 'web');
    expect(rejected).toEqual([]);
  });
});

describe('objects that keep changing and are always refused', { timeout: 60_000 }, () => {
  it('do not keep the changes of others waiting, and are served once they are mended', async () => {
    const running = await start([...backend(), ...good(50)]);
    await running.until(() => running.answerer('good-49.example'), 'web');
    let turn = 0;
    const flapping = setInterval(() => {
      turn += 1;
      for (let each = 0; each < 4; each += 1)
        running.source.set(site(`flapping-${String(each)}`, { 'refused.test/header-expression': `no_such_fetch_${String(turn)}` }));
    }, 30);
    try {
      for (let round = 0; round < 4; round += 1) {
        running.source.set(site(`new-${String(round)}`));
        expect(await running.until(() => running.answerer(`new-${String(round)}.example`), 'web', 8000)).toBe('web');
      }
    } finally {
      clearInterval(flapping);
    }
    for (let each = 0; each < 4; each += 1) running.source.set(site(`flapping-${String(each)}`));
    expect(await running.until(() => running.answerer('flapping-3.example'), 'web', 20_000)).toBe('web');
    expect(await running.until(() => running.refused(), [], 20_000)).toEqual([]);
  });
});

describe('a hundred bad objects among a thousand', { timeout: 120_000 }, () => {
  const kinds = Object.values(refusedValues);
  const many = (): Resource[] =>
    Array.from({ length: 1000 }, (_, index) => {
      const isBad = index % 10 === 3;
      const value = Object.fromEntries(
        Object.entries(kinds[Math.floor(index / 10) % kinds.length] ?? {}).map(([key, text]) => [key, text]),
      );
      return isBad ? site(`bad-${String(index)}`, value) : site(`good-${String(index)}`);
    });

  it('leave nine hundred serving at a cold start, and are all named', async () => {
    const startedAt = performance.now();
    const running = await start([...backend(), ...many()]);
    expect(await running.until(() => running.controller.isReady, true, 90_000)).toBe(true);
    const tookMs = performance.now() - startedAt;
    const names = Array.from(
      { length: 1000 },
      (_, index) => [index % 10 === 3, `${index % 10 === 3 ? 'bad' : 'good'}-${String(index)}.example`] as const,
    );
    const answers = await Promise.all(names.map(async ([isBad, host]) => [isBad, await running.answerer(host)] as const));
    expect(answers.filter(([isBad, answer]) => answer !== (isBad ? 503 : 'web'))).toEqual([]);
    expect(running.refused()).toHaveLength(100);
    process.stdout.write(`cold start with 100 bad among 1,000: serving after ${tookMs.toFixed(0)} ms\n`);
  });

  it('that come while a thousand serve are all isolated', async () => {
    const running = await start([...backend(), ...good(900)]);
    await running.until(() => running.controller.isReady, true, 90_000);
    for (const object of many().filter(({ metadata }) => metadata.name.startsWith('bad'))) running.source.set(object);
    running.source.set(site('new'));
    expect(await running.until(() => running.answerer('new.example'), 'web', 60_000)).toBe('web');
    expect(running.refused()).toHaveLength(100);
    expect(await running.answerer('good-899.example')).toBe('web');
  });
});
