import type { ConfigFile } from '@signalbox/core';
import { access } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { checkFiles } from './check-files.js';
import { echoServer } from './echo-server.js';
import { findHaproxy } from './find-haproxy.js';
import { RealHaproxy } from './real-haproxy.js';

/** A configuration that sends all requests to one server. */
function toServer({ listen }: RealHaproxy, port: number): ConfigFile[] {
  const content = `global
  stats socket ${listen.statsSocket} level admin
defaults
  mode http
  timeout client 5s
  timeout connect 5s
  timeout server 5s
listen all
  bind 127.0.0.1:${listen.httpPort}
  server one 127.0.0.1:${port}
`;
  return [{ path: 'haproxy.cfg', content, secret: false }];
}

describe('RealHaproxy', () => {
  it('serves files, then others, and leaves nothing behind', async () => {
    const haproxy = await RealHaproxy.create();
    await using one = await echoServer({ name: 'one' });
    await using two = await echoServer({ name: 'two', status: 418 });
    await haproxy.serve(toServer(haproxy, one.port));
    const path = '/a%2Fb/../é;c?d="e"';
    expect(await haproxy.request({ host: 'x', path: path.replace('é', '%C3%A9'), headers: { 'X-A': 'b' } })).toMatchObject({
      status: 200,
      echo: { name: 'one', method: 'GET', path: path.replace('é', '%C3%A9'), headers: { host: 'x', 'x-a': 'b' } },
    });
    await haproxy.serve(toServer(haproxy, two.port));
    expect((await haproxy.request({ host: 'x', method: 'POST', body: 'text' })).status).toBe(418);
    expect(await haproxy.command('show info')).toContain('Name: HAProxy');
    await haproxy.stop();
    await haproxy.stop();
    await expect(access(haproxy.directory)).rejects.toThrow();
    await expect(haproxy.request({ host: 'x' })).rejects.toThrow();
  });

  it('says why HAProxy does not start', async () => {
    await using haproxy = await RealHaproxy.create();
    await expect(haproxy.serve([{ path: 'haproxy.cfg', content: 'nonsense\n', secret: false }])).rejects.toThrow(
      /unknown keyword 'nonsense'/,
    );
  });
});

describe('checkFiles', () => {
  it('takes no warning for good', async () => {
    await using haproxy = await RealHaproxy.create();
    const files = toServer(haproxy, 1);
    expect(await checkFiles(files)).toMatchObject({ ok: true });
    const [file] = files;
    const withoutTimeouts = files.map((each) => ({ ...each, content: (file?.content ?? '').replaceAll(/^ {2}timeout .*\n/gm, '') }));
    const { ok, output } = await checkFiles(withoutTimeouts);
    expect(ok).toBe(false);
    expect(output).toContain('missing timeouts');
  });
});

describe('findHaproxy', () => {
  it('takes $HAPROXY before the PATH, and refuses one that is no program', () => {
    expect(findHaproxy({ HAPROXY: process.execPath, PATH: '/usr/sbin' })).toBe(process.execPath);
    expect(() => findHaproxy({ HAPROXY: '/no/such/haproxy' })).toThrow('$HAPROXY is "/no/such/haproxy"');
  });
});
