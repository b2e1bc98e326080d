import { echoServer, ingressOf, serviceOf, sliceOf } from '@signalbox/testing';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { newPlace, Running } from './running.js';

/** What a new worker is asked in the moment before the old one has handed over is lost. */
const handOverMs = 500;

/** A worker that nobody taught waits so long for somebody who does; HAProxy 2.6 teaches its successor only then. */
const lonelyMs = 6000;

it('keeps what it has counted over reloads, one soon after the other', { timeout: 60_000 }, async () => {
  await using app = await echoServer({ name: 'app' });
  const limit = { 'haproxy.org/rate-limit-requests': '5', 'haproxy.org/rate-limit-period': '10m' };
  const site = (name: string, annotations: Readonly<Record<string, string>>) =>
    ingressOf({ name, annotations, rules: { [`${name}.example`]: [{ path: '/', service: 'app' }] } });
  const place = await newPlace();
  await using running = Running.start(place, [
    serviceOf({ name: 'app' }),
    sliceOf({ service: 'app', endpoints: [app.address], ports: app.port }),
    site('counted', limit),
  ]);
  // On a connection that is kept, the old worker would give one more answer, and count for nobody.
  const headers = { Connection: 'close' };
  const ask = async (): Promise<number> => (await running.request({ host: 'counted.example', headers })).status;
  await running.applied();
  await sleep(lonelyMs);
  const statuses: number[] = [];
  for (let at = 0; at < 6; at += 1) {
    await sleep(handOverMs);
    statuses.push(await ask());
    // A new rule, and in the end a new table.
    const other = {
      'haproxy.org/request-set-header': `X-At ${String(at)}`,
      ...(at > 3 && { ...limit, 'haproxy.org/rate-limit-period': '1h' }),
    };
    expect(await running.applied(() => running.source.set(site('other', other)))).toBe('reloaded');
  }
  expect(statuses).toEqual([200, 200, 200, 200, 200, 403]);
  await sleep(handOverMs);
  expect(await ask()).toBe(403);
});
