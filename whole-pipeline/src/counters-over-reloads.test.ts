import { type Controller, createController, defaultListenOptions } from '@signalbox/core';
import { haproxyOrg } from '@signalbox/haproxy-org';
import { ingress } from '@signalbox/ingress';
import { haproxyCfg } from '@signalbox/sink-haproxy-cfg';
import { certificateFor, echoServer, freePorts, ingressOf, memorySource, sendRequest, serviceOf, sliceOf } from '@signalbox/testing';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';

/** What a new worker is asked in the moment before the old one has handed over is lost. */
const handOverMs = 500;

/** A worker that nobody taught waits so long for somebody who does; HAProxy 2.6 teaches its successor only then. */
const lonelyMs = 6000;

it('keeps what it has counted over reloads, one soon after the other', { timeout: 60_000 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'signalbox-counters-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const [httpPort = 0, statsPort = 0, healthzPort = 0, peersPort = 0] = await freePorts(4);
  await using app = await echoServer({ name: 'app' });
  const limit = { 'haproxy.org/rate-limit-requests': '5', 'haproxy.org/rate-limit-period': '10m' };
  const site = (name: string, annotations: Readonly<Record<string, string>>) =>
    ingressOf({ name, annotations, rules: { [`${name}.example`]: [{ path: '/', service: 'app' }] } });
  const source = memorySource([
    serviceOf({ name: 'app' }),
    sliceOf({ service: 'app', endpoints: [app.address], ports: app.port }),
    site('counted', limit),
  ]);
  const controller = createController({
    sources: [source],
    plugins: [ingress(), haproxyOrg()],
    sinks: [haproxyCfg({ configDir: join(folder, 'config'), runtimeDir: join(folder, 'run') })],
    listen: {
      ...defaultListenOptions,
      httpPort,
      httpsPort: 0,
      statsPort,
      healthzPort,
      peersPort,
      addresses: ['127.0.0.1'],
      adminAddresses: ['127.0.0.1'],
      statsSocket: join(folder, 'run', 'admin.sock'),
      serverStateFile: join(folder, 'run', 'server-state'),
    },
    defaultCertificate: { otherwise: (await certificateFor(['default.example'])).pem },
    reloadIntervalMs: 50,
  });
  const stop = new AbortController();
  const running = controller.run(stop.signal);
  // On a connection that is kept, the old worker would give one more answer, and count for nobody.
  const headers = { Connection: 'close' };
  const ask = async (): Promise<number> => (await sendRequest({ port: httpPort, host: 'counted.example', headers })).status;
  try {
    await applied(controller, () => undefined);
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
      expect(await applied(controller, () => source.set(site('other', other)))).toBe('reloaded');
    }
    expect(statuses).toEqual([200, 200, 200, 200, 200, 403]);
    await sleep(handOverMs);
    expect(await ask()).toBe(403);
  } finally {
    stop.abort();
    await running;
  }
});

/** Makes a change and waits until HAProxy has it. */
async function applied(controller: Controller, change: () => unknown): Promise<string> {
  const done = new Promise<string>((resolve) => {
    controller.events.once('applied', ({ reload }) => {
      resolve(reload);
    });
  });
  change();
  return done;
}
