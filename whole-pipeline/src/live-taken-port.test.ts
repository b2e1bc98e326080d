import { allHaproxies, configMapOf, echoServer, freePorts, ingressOf, serviceOf, sliceOf } from '@signalbox/testing';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { newPlace, Running } from './running.js';

const site = (name: string) => ingressOf({ name, rules: { [`${name}.example`]: [{ path: '/', service: 'web' }] } });

describe.each(allHaproxies())('HAProxy $branch', { timeout: 120_000 }, ({ path }) => {
  it('takes up what needs no reload while reloads fail for a taken port', async () => {
    await using server = await echoServer({ name: 'web' });
    const [port = 0] = await freePorts(1);
    const taken = createServer().listen(port, '127.0.0.1');
    await once(taken, 'listening');
    const objects = [serviceOf({ name: 'web' }), sliceOf({ service: 'web', endpoints: [server.address], ports: server.port }), site('a')];
    await using running = Running.start(await newPlace(), objects, [], {}, { path, isLive: true });
    let failures = 0;
    const answered: (readonly [string | number, number])[] = [];
    running.controller.events.on('failed', () => (failures += 1));
    await running.applied();
    const settings = configMapOf({
      name: 'settings',
      namespace: 'ops',
      data: { 'stats-config-snippet': `bind 127.0.0.1:${String(port)}` },
    });
    running.source.set(settings);
    expect(await running.until(() => failures > 0, true)).toBe(true);
    const took: number[] = [];
    const asked = setInterval(() => {
      const startedAt = performance.now();
      void running
        .answerer('a.example')
        .catch((error: unknown) => (error as NodeJS.ErrnoException).code ?? 'failed')
        .then((name) => answered.push([name, performance.now() - startedAt] as const));
    }, 50);
    for (let at = 0; at < 6; at += 1) {
      const host = `new-${String(at)}`;
      const startedAt = performance.now();
      running.source.set(site(host));
      expect(await running.until(() => running.answerer(`${host}.example`), 'web', 20_000)).toBe('web');
      took.push(performance.now() - startedAt);
      await sleep(1500);
    }
    clearInterval(asked);
    expect(failures).toBeGreaterThan(2);
    expect(Math.max(...took)).toBeLessThan(5_000);
    // HAProxy, which takes no connections for two seconds when it fails to listen, was not asked again.
    expect(new Set(answered.map(([name]) => name))).toEqual(new Set(['web']));
    expect(answered.length).toBeGreaterThan(100);
    expect(Math.max(...answered.map(([, ms]) => ms))).toBeLessThan(500);
    taken.close();
    const answers = async (): Promise<boolean> => (await fetch(`http://127.0.0.1:${String(port)}/`)).ok;
    expect(await running.until(answers, true, 20_000)).toBe(true);
  });
});
