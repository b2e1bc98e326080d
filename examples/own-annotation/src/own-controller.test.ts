import { certificateFor, echoServer, freePorts, sendRequest, sliceOf } from '@signalbox/testing';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ownController } from './own-controller.js';

it('serves the manifests of the example, with the header that its annotation asks for, and moves to another endpoint without a reload', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'own-annotation-'));
  await using app = await echoServer({ name: 'web' });
  // In the place of the slice of the example: named first, it counts.
  const endpoints = join(directory, 'endpoints.json');
  await writeFile(endpoints, JSON.stringify(sliceOf({ service: 'web', endpoints: [app.address], ports: app.port })));
  const [httpPort = 0, httpsPort = 0, statsPort = 0, healthzPort = 0] = await freePorts(4);
  // #region start
  const controller = ownController({
    manifests: [endpoints, join(import.meta.dirname, '..', 'manifests')],
    directory,
    certificate: (await certificateFor(['default.example'])).pem,
    listen: { httpPort, httpsPort, statsPort, healthzPort, addresses: ['127.0.0.1'], adminAddresses: ['127.0.0.1'] },
  });
  const failed = new Promise<never>((_, reject) => controller.events.on('failed', ({ error }) => reject(error as Error)));
  const applied = new Promise((resolve) => controller.events.once('applied', resolve));
  const ended = new AbortController();
  const running = controller.run(ended.signal);
  // #endregion start
  try {
    await Promise.race([applied, failed, running]);
    const { status, headers, echo } = await sendRequest({ port: httpPort, host: 'web.example' });
    expect({ status, server: echo?.name, header: headers['x-robots-tag'] }).toEqual({
      status: 200,
      server: 'web',
      header: 'noindex, nofollow',
    });

    await using other = await echoServer({ name: 'other' });
    const reload = new Promise((resolve) => {
      controller.events.on('applied', (outcome) => {
        if (outcome.steps.length > 0) resolve(outcome.reload);
      });
    });
    await writeFile(endpoints, JSON.stringify(sliceOf({ service: 'web', endpoints: [other.address], ports: other.port })));
    expect(await Promise.race([reload, failed, running])).toBe('none');
    expect((await sendRequest({ port: httpPort, host: 'web.example' })).echo?.name).toBe('other');
  } finally {
    ended.abort();
    await running;
    await rm(directory, { recursive: true, force: true });
  }
});
