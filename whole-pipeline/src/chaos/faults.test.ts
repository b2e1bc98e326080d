import type { Resource } from '@signalbox/core';
import { runtimeApi } from '@signalbox/sink-runtime-api';
import { allHaproxies, ingressOf, type MemorySource, serviceOf, sliceOf } from '@signalbox/testing';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { adminSocket, newPlace, Running } from '../running.js';
import { differences, scopeOf } from './differences.js';
import { type Fault, FaultySocket } from './faulty-socket.js';
import { RandomCluster, randomFrom } from './random-cluster.js';

const changes = 120;
type Random = (below: number) => number;

/** What may happen to a connection. */
const faults: Readonly<Record<string, (random: Random) => Fault>> = {
  'answers late': () => ({ delayMs: 150 }),
  'ends some connections anywhere': (random) => {
    const kind = random(4);
    return kind === 0 ? { cutAfter: { commands: random(6_000) } } : kind === 1 ? { cutAfter: { replies: random(20_000) } } : {};
  },
  'swallows some replies': (random) => ({ isMute: random(4) === 0 }),
  'is not there now and then': () => ({}),
};

describe.each(allHaproxies())('HAProxy $branch', { timeout: 120_000 }, ({ path }) => {
  it.each(Object.entries(faults))(
    'has exactly what is wanted, and blames nobody, after a time in which its socket %s',
    async (name, fault) => {
      const seed = Number(process.env['SIGNALBOX_SEED'] ?? Date.now() % 1_000_000);
      const random = randomFrom(seed);
      const place = await newPlace();
      await using between = await FaultySocket.of(place);
      await using running = Running.start(place, pools(), [], {}, { path, isLive: true, live: { socket: between.path, timeoutMs: 500 } });
      const events: string[] = [];
      running.controller.events
        .on('failed', ({ error }) => events.push(`failed: ${String(error)}`))
        .on('drifted', ({ differences: found }) => events.push(`drifted: ${found.join(', ')}`));
      const blamed: unknown[] = [];
      running.controller.events
        .on('rejected', ({ diagnostics }) => blamed.push(diagnostics))
        .on('quarantined', ({ objects }) => blamed.push(objects));
      await running.applied();
      const cluster = await RandomCluster.on(running.source, random);
      between.fault = () => fault(random);
      for (let turn = 0; turn < changes; turn += 1) {
        if (random(20) === 0) cluster.change();
        else changeLive(running.source, random);
        if (name === 'is not there now and then' && turn % 40 === 20) {
          between.refuse();
          setTimeout(() => void between.listen(), 50 + random(600));
        }
        await sleep(random(50));
      }
      between.fault = () => ({});
      const { model } = running.controller.pipeline;
      const sink = runtimeApi({ socket: adminSocket(place.folder) });
      const differ = async (): Promise<string[]> => differences(model, await sink.observe(scopeOf(model), AbortSignal.timeout(5_000)));
      const said = `seed ${String(seed)}; ${events.join('\n')}`;
      expect(await running.until(differ, [], 30_000), said).toEqual([]);
      expect(blamed, said).toEqual([]);
      expect(events.length, said).toBeLessThan(changes / 5);
    },
  );
});

const services = ['p0', 'p1', 'p2', 'p3'];

function pools(): Resource[] {
  return services.flatMap((service) => [
    serviceOf({ name: service }),
    ingressOf({ name: service, rules: { [`${service}.example`]: [{ path: '/', service }] } }),
  ]);
}

/** A change that needs no reload. */
function changeLive(source: MemorySource, random: Random): void {
  const service = services[random(services.length)] ?? '';
  if (random(2) === 0) {
    const endpoints = Array.from({ length: random(6) }, () => `10.2.0.${String(1 + random(20))}`);
    source.set(sliceOf({ service, endpoints: [...new Set(endpoints)], ports: 8000 + random(2) }));
    return;
  }
  const name = `live-${String(random(8))}`;
  const paths = Array.from({ length: 1 + random(30) }, (_, at) => ({ path: `/${String(at)}`, service }));
  const ingress = ingressOf({ name, rules: { [`${name}.example`]: paths } });
  if (random(4) === 0) source.delete(ingress);
  else source.set(ingress);
}
