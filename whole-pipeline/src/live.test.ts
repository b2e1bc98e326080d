import { X509Certificate } from 'node:crypto';
import { allHaproxies, certificateFor, echoServer, ingressOf, serviceOf, sliceOf, tlsSecretOf } from '@signalbox/testing';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { newPlace, Running } from './running.js';

describe.each(allHaproxies())('HAProxy $branch', { timeout: 60_000 }, ({ path }) => {
  const live = { path, isLive: true };
  const web = (name: string, hosts: Readonly<Record<string, string>>, annotations: Readonly<Record<string, string>> = {}) =>
    ingressOf({
      name,
      annotations,
      rules: Object.fromEntries(Object.entries(hosts).map(([host, service]) => [host, [{ path: '/', service }]])),
    });

  it('takes endpoints, hosts and paths up without a reload', async () => {
    await using one = await echoServer({ name: 'one', address: '127.0.0.2' });
    await using two = await echoServer({ name: 'two', address: '127.0.0.3', port: one.port });
    const slice = (...addresses: readonly string[]) => sliceOf({ service: 'web', endpoints: addresses, ports: one.port });
    const place = await newPlace();
    await using running = Running.start(
      place,
      [serviceOf({ name: 'web' }), slice(one.address), web('web', { 'a.example': 'web' })],
      [],
      {},
      live,
    );
    await running.applied();
    expect(await running.answerer('a.example')).toBe('one');
    const worker = await running.workerPid();
    expect(await running.applied(() => running.source.set(slice(one.address, two.address)))).toBe('none');
    const answers = new Set(await Promise.all(Array.from({ length: 8 }, () => running.answerer('a.example'))));
    expect([...answers].sort()).toEqual(['one', 'two']);
    expect(await running.applied(() => running.source.set(slice(two.address)))).toBe('none');
    expect(await running.answerer('a.example')).toBe('two');
    expect(await running.applied(() => running.source.set(web('other', { 'b.example': 'web' })))).toBe('none');
    expect(await running.answerer('b.example')).toBe('two');
    expect(await running.applied(() => running.source.delete(web('web', {})))).toBe('none');
    expect(await running.answerer('a.example')).toBe(404);
    expect(await running.workerPid()).toBe(worker);
  });

  it('serves a new pool at once, and gives it its own name a little later', async () => {
    await using server = await echoServer({ name: 'new' });
    const place = await newPlace();
    await using running = Running.start(place, [], [], {}, live);
    await running.applied();
    const worker = await running.workerPid();
    const reload = await running.applied(() =>
      running.source
        .set(serviceOf({ name: 'web' }))
        .set(sliceOf({ service: 'web', endpoints: [server.address], ports: server.port }))
        .set(web('web', { 'a.example': 'web' })),
    );
    expect(reload).toBe('none');
    expect(await running.answerer('a.example')).toBe('new');
    expect(await running.workerPid()).toBe(worker);
    expect(await running.applied()).toBe('reloaded');
    expect(await running.answerer('a.example')).toBe('new');
    expect(await running.command('show map maps/path-prefix.map')).toContain('default_svc_web_80');
  });

  it('replaces a certificate without a reload, and keeps it over one', async () => {
    const [first, second] = await Promise.all([certificateFor(['a.example']), certificateFor(['a.example'])]);
    await using server = await echoServer({ name: 'web' });
    const place = await newPlace();
    const tls = ingressOf({
      name: 'web',
      rules: { 'a.example': [{ path: '/', service: 'web' }] },
      tls: [{ hosts: ['a.example'], secretName: 'tls' }],
    });
    const objects = [
      serviceOf({ name: 'web' }),
      sliceOf({ service: 'web', endpoints: [server.address], ports: server.port }),
      tlsSecretOf({ name: 'tls', ...first }),
      tls,
    ];
    await using running = Running.start(place, objects, [], {}, live);
    await running.applied();
    expect(await running.certificate('a.example')).toBe(fingerprint(first));
    const worker = await running.workerPid();
    expect(await running.applied(() => running.source.set(tlsSecretOf({ name: 'tls', ...second })))).toBe('none');
    expect(await running.certificate('a.example')).toBe(fingerprint(second));
    expect(await running.workerPid()).toBe(worker);
    await sleep(500);
    await running.reloadByHand();
    expect(await running.workerPid()).not.toBe(worker);
    expect(await running.certificate('a.example')).toBe(fingerprint(second));
  });
});

function fingerprint({ certificate }: { readonly certificate: string }): string {
  return new X509Certificate(certificate).fingerprint256;
}
