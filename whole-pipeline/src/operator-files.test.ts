import { configMapOf, echoServer, ingressOf, serviceOf, sliceOf } from '@signalbox/testing';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { newPlace, Running } from './running.js';

const objects = [
  serviceOf({ name: 'web' }),
  // Nobody answers there.
  sliceOf({ service: 'web', endpoints: ['127.0.0.2'], ports: 1 }),
  ingressOf({ name: 'web', rules: { 'web.example': [{ path: '/', service: 'web' }] } }),
];
const errors = (data: Record<string, string>) => configMapOf({ namespace: 'ops', name: 'errors', data });
const patterns = (data: Record<string, string>) => configMapOf({ namespace: 'ops', name: 'patterns', data });
const page = (text: string): string => `HTTP/1.1 503 Service Unavailable\nContent-Type: text/plain\n\n${text}`;

it('answers with error files, and takes their changes up by a reload', { timeout: 60_000 }, async () => {
  const running = Running.start(await newPlace(), [...objects, errors({ '503': page('soon') })], [], {}, { isLive: true });
  await using _running = running;
  await running.applied();
  const ask = async (): Promise<unknown> => {
    const { status, body } = await running.request({ host: 'web.example' });
    return [status, body];
  };
  expect(await ask()).toEqual([503, 'soon']);
  expect(await running.applied(() => running.source.set(errors({ '503': page('later') })))).toBe('reloaded');
  expect(await ask()).toEqual([503, 'later']);

  await running.applied(() => running.source.set(errors({ '503': page('later still'), '502': 'no response', '418': page('tea') })));
  expect(await ask()).toEqual([503, 'later still']);
  expect([...running.told].map(({ code, object, field }) => [code, object?.name, field])).toEqual([
    ['ERROR_FILE_INVALID', 'errors', 'data[418]'],
    ['ERROR_FILE_INVALID', 'errors', 'data[502]'],
  ]);

  const notFound = 'HTTP/1.1 404 Not Found\nContent-Type: text/plain\n\nnowhere';
  await running.applied(() => running.source.set(errors({ '404': notFound })));
  expect(await running.request({ host: 'nobody.example' })).toMatchObject({ status: 404, body: 'nowhere' });

  await running.applied(() => running.source.delete(errors({})));
  expect((await running.request({ host: 'web.example' })).body).toContain('503 Service Unavailable');
  expect(running.told.size).toBe(0);
});

it('has files of patterns, whose lines change while HAProxy runs, whether a snippet names them or not', { timeout: 60_000 }, async () => {
  const settings = configMapOf({
    namespace: 'ops',
    name: 'settings',
    data: { 'frontend-config-snippet': 'http-request deny deny_status 429 if { hdr(X-Name) -f patterns/names }' },
  });
  const place = await newPlace();
  const first = patterns({ names: 'one\ntwo\n', unused: '10.0.0.0/8' });
  await using running = Running.start(place, [...objects, first, settings], [], {}, { isLive: true });
  await running.applied();
  const ask = async (name: string): Promise<number> => (await running.request({ host: 'web.example', headers: { 'X-Name': name } })).status;
  expect([await ask('one'), await ask('two'), await ask('three')]).toEqual([429, 429, 503]);
  const pid = await running.workerPid();
  expect(await running.applied(() => running.source.set(patterns({ names: 'two\nthree\n', unused: 'a text now' })))).toBe('none');
  expect([await ask('one'), await ask('two'), await ask('three')]).toEqual([503, 429, 429]);
  expect(await running.command('show acl #patterns/unused').catch(String)).not.toContain('10.0.0.0');
  expect(await running.workerPid()).toBe(pid);
  const onDisk = (): Promise<string> => readFile(join(place.folder, 'config', 'current', 'patterns', 'names'), 'utf8');
  expect(await running.until(onDisk, 'two\nthree\n')).toBe('two\nthree\n');

  await running.reloadByHand();
  expect([await ask('one'), await ask('three')]).toEqual([503, 429]);
  expect(running.told.size).toBe(0);
});

it('lets lists of addresses name files, and closes their routes while there is none', { timeout: 60_000 }, async () => {
  const guarded = ingressOf({
    name: 'web',
    annotations: { 'haproxy.org/allow-list': 'patterns/office' },
    rules: { 'web.example': [{ path: '/', service: 'web' }] },
  });
  await using echo = await echoServer({ name: 'web', address: '127.0.0.3' });
  const slice = sliceOf({ service: 'web', endpoints: [echo.address], ports: echo.port });
  const office = patterns({ office: '127.0.0.0/8' });
  await using running = Running.start(await newPlace(), [serviceOf({ name: 'web' }), slice, guarded, office], [], {}, { isLive: true });
  await running.applied();
  const ask = async (): Promise<number> => (await running.request({ host: 'web.example' })).status;
  expect(await ask()).toBe(200);
  expect(await running.applied(() => running.source.set(patterns({ office: '192.0.2.0/24' })))).toBe('none');
  expect(await ask()).toBe(403);
  await running.applied(() => running.source.set(patterns({ office: 'no address' })));
  expect(await running.until(ask, 503)).toBe(503);
  expect([...running.told].map(({ code, object }) => [code, object?.name])).toEqual([['PATTERN_FILE_NOT_FOUND', 'web']]);
  await running.applied(() => running.source.delete(patterns({})));
  expect(await running.until(ask, 503)).toBe(503);
  await running.applied(() => running.source.set(office));
  expect(await running.until(ask, 200)).toBe(200);
  expect(running.told.size).toBe(0);
});

it('tries a snippet again when the file that it names is there', { timeout: 60_000 }, async () => {
  const snippet = 'http-request deny deny_status 429 if { hdr(X-Name) -f patterns/names }';
  const settings = configMapOf({ namespace: 'ops', name: 'settings', data: { 'frontend-config-snippet': snippet, maxconn: '1000' } });
  await using running = Running.start(await newPlace(), [...objects, settings], [], {}, { isLive: true });
  await running.applied();
  const ask = async (): Promise<number> => (await running.request({ host: 'web.example', headers: { 'X-Name': 'one' } })).status;
  const told = (): string[] => [...running.told].map(({ code, field }) => `${code} ${field ?? ''}`);
  expect(await running.until(told, ['HAPROXY_REFUSED data[frontend-config-snippet]'])).toEqual([
    'HAPROXY_REFUSED data[frontend-config-snippet]',
  ]);
  expect(await running.until(ask, 503)).toBe(503);
  running.source.set(patterns({ others: 'one', names: 'one' }));
  expect(await running.until(ask, 429)).toBe(429);
  expect(told()).toEqual([]);
});
