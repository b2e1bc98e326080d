import { execFile } from 'node:child_process';
import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { allHaproxies, configMapOf, echoServer, ingressOf, serviceOf, sliceOf } from '@signalbox/testing';
import { describe, expect, it } from 'vitest';
import { newPlace, Running } from './running.js';

describe.each(allHaproxies())('what was taken away and comes back, with HAProxy $branch', { timeout: 60_000 }, ({ path }) => {
  const options = { reloadIntervalMs: 1_000 };
  const site = (name: string, annotations: Readonly<Record<string, string>> = {}) =>
    ingressOf({ name, annotations, rules: { [`${name}.example`]: [{ path: '/', service: 'web' }] } });

  /** What HAProxy says of the files on disk; nothing where they are good. */
  const complaint = async (folder: string): Promise<string> => {
    const file = join(realpathSync(join(folder, 'config', 'current')), 'haproxy.cfg');
    return promisify(execFile)(path, ['-c', '-f', file], { cwd: join(file, '..') }).then(
      () => '',
      (error: unknown) => (error as { stderr: string }).stderr,
    );
  };

  it('is in the files with all that it names, whatever HAProxy still has', async () => {
    await using server = await echoServer({ name: 'web' });
    const objects = [serviceOf({ name: 'web' }), sliceOf({ service: 'web', endpoints: [server.address], ports: server.port })];
    const own = site('own', { 'haproxy.org/timeout-server': '20s', 'haproxy.org/load-balance': 'source' });
    const place = await newPlace();
    await using running = Running.start(place, [...objects, own], [], options, { path, isLive: true });
    await running.applied();
    running.source.delete(own);
    expect(await running.until(() => running.answerer('own.example'), 404)).toBe(404);
    // Timeouts of defaults that HAProxy never had.
    running.source.set(site('own', { ...own.metadata.annotations, 'haproxy.org/timeout-server': '21s' }));
    for (let look = 0; look < 15; look += 1) {
      await sleep(100);
      expect(await complaint(place.folder)).toBe('');
    }
    expect(await running.until(() => running.answerer('own.example'), 'web')).toBe('web');
    running.source.delete(own);
    expect(await running.until(() => running.answerer('own.example'), 404)).toBe(404);
    // And those that it has.
    expect(await running.applied(() => running.source.set(own))).toBe('reloaded');
    running.source.delete(own);
    expect(await running.until(() => running.answerer('own.example'), 404)).toBe(404);
    running.source.set(own);
    for (let look = 0; look < 10; look += 1) {
      await sleep(50);
      expect(await complaint(place.folder)).toBe('');
    }
    expect(await running.until(() => running.answerer('own.example'), 'web')).toBe('web');
  });

  it('takes requests though HAProxy had not let it go', async () => {
    await using one = await echoServer({ name: 'one', address: '127.0.0.2' });
    await using two = await echoServer({ name: 'two', address: '127.0.0.3', port: one.port });
    const slice = (...addresses: readonly string[]) => sliceOf({ service: 'web', endpoints: addresses, ports: one.port });
    const spread = site('web', { 'haproxy.org/load-balance': 'static-rr' });
    const place = await newPlace();
    const objects = [serviceOf({ name: 'web' }), slice(one.address, two.address), spread];
    await using running = Running.start(place, objects, [], { reloadIntervalMs: 3_000 }, { path, isLive: true });
    await running.applied();
    const answers = async (): Promise<string> =>
      [...new Set(await Promise.all(Array.from({ length: 6 }, () => running.answerer('web.example'))))].sort().join(' ');
    expect(await answers()).toBe('one two');
    const settings = configMapOf({ name: 'settings', namespace: 'ops', data: { 'timeout-server': '9s' } });
    expect(await running.applied(() => running.source.set(settings))).toBe('reloaded');
    const worker = await running.workerPid();
    running.source.set(slice(one.address));
    expect(await running.until(answers, 'one')).toBe('one');
    running.source.set(slice(one.address, two.address));
    expect(await running.until(answers, 'one two', 2_000)).toBe('one two');
    expect(await running.workerPid()).toBe(worker);
  });

  it('is not served by what was there before under the same name', async () => {
    await using server = await echoServer({ name: 'web' });
    const objects = [serviceOf({ name: 'web' }), sliceOf({ service: 'web', endpoints: [server.address], ports: server.port })];
    const plain = site('own', { 'haproxy.org/load-balance': 'source' });
    const encrypted = site('own', { 'haproxy.org/load-balance': 'source', 'haproxy.org/server-ssl': 'true' });
    const place = await newPlace();
    await using running = Running.start(place, [...objects, plain, site('other')], [], options, { path, isLive: true });
    await running.applied();
    expect(await running.answerer('own.example')).toBe('web');
    // From here on the next reload takes a second.
    const settings = configMapOf({ name: 'settings', namespace: 'ops', data: { 'timeout-server': '9s' } });
    expect(await running.applied(() => running.source.set(settings))).toBe('reloaded');
    running.source.delete(plain);
    expect(await running.until(() => running.answerer('own.example'), 404)).toBe(404);
    running.source.set(encrypted);
    const seen = new Set<string | number>();
    expect(
      await running.until(async () => {
        const answer = await running.answerer('own.example');
        seen.add(answer);
        return answer;
      }, 503),
    ).toBe(503);
    expect([...seen].sort()).toEqual([404, 503]);
  });

  it('is not led to before what comes with it', async () => {
    await using server = await echoServer({ name: 'web' });
    const objects = [serviceOf({ name: 'web' }), sliceOf({ service: 'web', endpoints: [server.address], ports: server.port })];
    const own = (paths: readonly string[], annotations: Readonly<Record<string, string>>) =>
      ingressOf({ name: 'own', annotations, rules: { 'own.example': paths.map((each) => ({ path: each, service: 'web' })) } });
    const place = await newPlace();
    await using running = Running.start(place, [...objects, own(['/a'], {}), site('other')], [], options, { path, isLive: true });
    await running.applied();
    const settings = configMapOf({ name: 'settings', namespace: 'ops', data: { 'timeout-server': '9s' } });
    expect(await running.applied(() => running.source.set(settings))).toBe('reloaded');
    running.source.set(own(['/a', '/admin'], { 'haproxy.org/server-ssl': 'true' }));
    const seen = new Set<string | number>();
    const answer = async (): Promise<string | number> => {
      const answered = await running.answerer('own.example', '/admin');
      seen.add(answered);
      return answered;
    };
    expect(await running.until(answer, 503)).toBe(503);
    expect([...seen].sort()).toEqual([404, 503]);
  });
});
