import { allHaproxies } from '@signalbox/testing';
import { execFileSync } from 'node:child_process';
import { existsSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { newPlace, Running } from '../running.js';
import { differences, scopeOf } from './differences.js';
import { RandomCluster, randomFrom } from './random-cluster.js';
import { runtimeApi } from '@signalbox/sink-runtime-api';

const changes = 1_000;
const kills = 20;

describe.each(allHaproxies())('HAProxy $branch', { timeout: 240_000 }, ({ path }) => {
  it('has exactly what is wanted after a thousand random changes with twenty kills', async () => {
    const seed = Number(process.env['SIGNALBOX_SEED'] ?? Date.now() % 1_000_000);
    const random = randomFrom(seed);
    const place = await newPlace();
    await using running = Running.start(place, [], [], {}, { path, isLive: true });
    await running.applied();
    const cluster = await RandomCluster.on(running.source, random);
    const failures: string[] = [];
    running.controller.events.on('failed', ({ error }) => failures.push(String(error)));
    running.controller.events.on('rejected', ({ diagnostics }) => failures.push(`rejected: ${JSON.stringify(diagnostics)}`));
    const socket = join(place.folder, 'run', 'admin.sock');
    const disturb = [
      async () => process.kill(await running.workerPid(), 'SIGKILL'),
      async () => process.kill(await running.masterPid(), 'SIGKILL'),
      async () => process.kill(await running.masterPid(), 'SIGUSR2'),
      async () => hideFor(socket, 50 + random(1_500)),
    ];
    for (let turn = 0; turn < changes; turn += 1) {
      cluster.change();
      if (random(4) === 0) await sleep(random(12));
      if (turn % (changes / kills) !== 25) continue;
      await running.until(async () => (await running.workerPid()) > 0, true);
      await disturb[random(disturb.length)]?.();
    }
    const { model } = running.controller.pipeline;
    const sink = runtimeApi({ socket });
    const differ = async (): Promise<string[]> => differences(model, await sink.observe(scopeOf(model), AbortSignal.timeout(5_000)));
    const left = await running.until(differ, [], 40_000);
    expect(left, `seed ${String(seed)}; ${failures.join('\n')}`).toEqual([]);
    // And what it would read after the next reload is the same.
    await running.reloadByHand();
    expect(await running.until(differ, [], 20_000), `after a reload, seed ${String(seed)}`).toEqual([]);
    execFileSync(path, ['-c', '-q', '-f', join(place.folder, 'config', 'current')], { cwd: place.folder });
    expect(failures.filter((each) => each.startsWith('rejected'))).toEqual([]);
    expect([...running.told].filter(({ code }) => code === 'HAPROXY_REFUSED')).toEqual([]);
  });
});

/** Somebody moves a socket away, and back unless there is another one by then. */
function hideFor(socket: string, ms: number): void {
  const away = `${socket}.away`;
  if (!existsSync(socket)) return;
  renameSync(socket, away);
  setTimeout(() => {
    if (existsSync(away) && !existsSync(socket)) renameSync(away, socket);
  }, ms);
}
