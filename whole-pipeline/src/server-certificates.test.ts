import { certificateFor, ingressOf, serviceOf, sliceOf, tlsSecretOf } from '@signalbox/testing';
import { expect, it } from 'vitest';
import { newPlace, Running } from './running.js';

it('HAProxy finds what it shows to servers, over reloads that remove the folder before', { timeout: 60_000 }, async () => {
  const client = tlsSecretOf({ name: 'client', ...(await certificateFor(['client.example'])) });
  const site = (version: number) =>
    ingressOf({
      name: 'site',
      annotations: { 'haproxy.org/server-crt': 'client', 'haproxy.org/response-set-header': `X-Version ${String(version)}` },
      rules: { 'site.example': [{ path: '/', service: 'app' }] },
    });
  const objects = [client, serviceOf({ name: 'app' }), sliceOf({ service: 'app', endpoints: ['127.0.0.1'], ports: 1 }), site(0)];
  await using running = Running.start(await newPlace(), objects);
  await running.applied();
  for (let version = 1; version <= 3; version += 1) expect(await running.applied(() => running.source.set(site(version)))).toBe('reloaded');
  expect([...running.told]).toEqual([]);
});
