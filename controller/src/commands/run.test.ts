import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { echoServer, freePorts, sendRequest } from '@signalbox/testing';
import { describe, expect, it } from 'vitest';
import { isRunning, until } from '../fixtures/program.js';
import { appManifests, Running } from '../fixtures/running.js';

describe('run', { timeout: 90_000 }, () => {
  it('serves manifests, says when it is ready, and follows them', async () => {
    await using app = await echoServer({ name: 'app' });
    await using running = await Running.make();
    await running.write(appManifests({ host: 'a.example', port: app.port }));
    const program = running.start();
    await running.ready();
    expect((await running.get('a.example')).echo?.name).toBe('app');
    expect((await running.get('b.example')).status).toBe(404);
    expect((await sendRequest({ port: running.ports.healthz, host: 'probe', path: '/healthz' })).status).toBe(200);
    expect((await sendRequest({ port: running.ports.https, host: 'a.example', tls: true })).tls?.subject).toBe(
      'signalbox default certificate',
    );

    await running.write(appManifests({ host: 'b.example', port: app.port }));
    await until(async () => (await running.get('b.example')).status === 200);
    await program.untilSaid(/Applied .* for Ingress default\/app spec\.rules\[0\]/);

    program.kill('SIGTERM');
    expect(await program.ended()).toBe(0);
    expect(await running.haproxies()).toEqual([]);
  });

  it('lets nobody lead to its own ports, even by files', async () => {
    await using running = await Running.make();
    const { stats, healthz, http, controller } = running.ports;
    const ports = Object.entries({ stats, healthz, http, controller });
    const manifests = ports.map(([name, port]) => appManifests({ host: `${name}.example`, port, service: name }));
    await running.write(manifests.join('---\n'));
    const program = running.start();
    await running.ready();
    for (const [name, port] of ports) {
      expect((await running.get(`${name}.example`)).status, name).toBe(503);
      expect(program.said).toContain(
        `ENDPOINT_FORBIDDEN EndpointSlice default/${name}-1: Found address "127.0.0.1" and port "${String(port)}"`,
      );
    }
  });

  it('lets requests in flight finish when it is told to stop', async () => {
    const slow = createServer((_request, response) => void setTimeout(() => response.end('at last'), 1_500)).listen(0, '127.0.0.1');
    await using running = await Running.make();
    await running.write(appManifests({ host: 'a.example', port: (slow.address() as AddressInfo).port }));
    const program = running.start();
    await running.ready();
    const answer = running.get('a.example');
    await until(async () => new Promise<boolean>((resolve) => slow.getConnections((_error, count) => resolve(count > 0))));
    const startedAt = performance.now();
    program.kill('SIGTERM');
    expect((await answer).body).toBe('at last');
    expect(await program.ended()).toBe(0);
    expect(performance.now() - startedAt).toBeLessThan(15_000);
    slow.closeAllConnections();
    slow.close();
  });

  it('cuts requests in flight when it is told twice', async () => {
    const stuck = createServer(() => undefined).listen(0, '127.0.0.1');
    await using running = await Running.make();
    await running.write(appManifests({ host: 'a.example', port: (stuck.address() as AddressInfo).port }));
    const program = running.start();
    await running.ready();
    const answer = running.get('a.example').catch(() => 'cut');
    await until(async () => new Promise<boolean>((resolve) => stuck.getConnections((_error, count) => resolve(count > 0))));
    const startedAt = performance.now();
    program.kill('SIGTERM');
    await program.untilSaid('stopping');
    await new Promise((resolve) => setTimeout(resolve, 400));
    program.kill('SIGTERM');
    expect(await program.ended()).toBe(0);
    expect(performance.now() - startedAt).toBeLessThan(6_000);
    await answer;
    stuck.closeAllConnections();
    stuck.close();
  });

  it('leaves HAProxy serving when it is killed, and adopts it without a reload when it is started again', async () => {
    await using app = await echoServer({ name: 'app' });
    await using running = await Running.make();
    await running.write(appManifests({ host: 'a.example', port: app.port }));
    const first = running.start();
    await running.ready();
    const before = await running.haproxies();
    first.kill('SIGKILL');
    await first.ended();
    expect((await running.get('a.example')).status).toBe(200);

    const second = running.start();
    await running.ready();
    expect(await running.haproxies()).toEqual(before);
    expect(second.said).toMatch(/Found HAProxy .* running as process/);
    expect((await running.get('a.example')).status).toBe(200);
    second.kill('SIGINT');
    expect(await second.ended()).toBe(0);
    expect(before.filter(isRunning)).toEqual([]);
  });

  it('leaves HAProxy serving at the end where it is told to', async () => {
    await using app = await echoServer({ name: 'app' });
    await using running = await Running.make();
    await running.write(appManifests({ host: 'a.example', port: app.port }));
    const program = running.start('--on-stop', 'keep');
    await running.ready();
    program.kill('SIGTERM');
    expect(await program.ended()).toBe(0);
    expect((await running.get('a.example')).status).toBe(200);
  });

  it('refuses to share its folders with another one', async () => {
    await using running = await Running.make();
    await running.write('');
    const first = running.start();
    await running.ready();
    const [http = 0, https = 0, stats = 0, healthz = 0] = await freePorts(4);
    const others = ['--http-bind-port', http, '--https-bind-port', https, '--stats-bind-port', stats, '--healthz-bind-port', healthz].map(
      String,
    );
    const second = running.start(...others, '--controller-port', '0');
    expect(await second.ended()).toBe(1);
    expect(second.stderr).toContain(`Process ${String(first.pid)} writes to`);
    expect(second.stderr).not.toContain('tried again');
    expect((await running.haproxies()).length).toBeGreaterThan(0);

    const third = running.start();
    expect(await third.ended()).toBe(1);
    expect(third.stderr).toContain(`Port ${String(running.ports.controller)} is taken: process ${String(first.pid)} listens there`);
  });

  it('makes the default certificate once and keeps it to itself', async () => {
    await using running = await Running.make();
    await running.write('');
    const path = join(running.folder, 'config', 'default-certificate.pem');
    const first = running.start();
    await running.ready();
    const made = await readFile(path, 'utf8');
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    first.kill('SIGTERM');
    await first.ended();
    const second = running.start();
    await running.ready();
    expect(await readFile(path, 'utf8')).toBe(made);
    expect(second.said).not.toContain('Made a self-signed');
  });

  it('logs JSON, a line for each event, whatever stands in the manifests', async () => {
    await using running = await Running.make();
    await running.write(
      `apiVersion: v1\nkind: Service\nmetadata: { name: app, annotations: { haproxy.org/check-interval: "\\e[31m\\u202e\\nred" } }\nspec: { ports: [{ port: 80 }] }\n`,
    );
    const program = running.start('--log-format', 'json', '--log', 'debug');
    await running.ready();
    await until(() => program.stdout.includes('haproxy.org/check-interval'));
    expect(program.stderr).toBe('');
    expect(program.stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/);
    const lines = program.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { level: string; msg: string; diagnostic?: { object: string } });
    expect(lines.find((line) => line.diagnostic !== undefined)).toMatchObject({
      level: 'error',
      diagnostic: { object: 'Service default/app' },
    });
    expect(lines.some(({ msg }) => msg.startsWith('Applied'))).toBe(true);
  });

  it('is what flags without a command mean; what has no effect is said in one line', async () => {
    await using running = await Running.make();
    await running.write('');
    const program = running.startPlain(['--sync-period=10s', '--program', process.env['HAPROXY'] ?? 'haproxy'], {
      SIGNALBOX_FILES: running.manifests,
      SIGNALBOX_CHANNEL_SIZE: '600',
      SIGNALBOX_QUIC_BIND_PORT: '8443',
    });
    await running.ready();
    expect(program.stderr.match(/--sync-period has no effect/g)).toHaveLength(1);
    expect(program.stderr).toMatch(/INFO.*SIGNALBOX_CHANNEL_SIZE has no effect/);
    expect(program.stderr).toMatch(/WARN.*SIGNALBOX_QUIC_BIND_PORT is not supported yet/);
    expect((await sendRequest({ port: running.ports.controller, host: 'probe', path: '/healthz' })).status).toBe(200);
    program.kill('SIGTERM');
    expect(await program.ended()).toBe(0);
  });

  it('says a failure once, and that it goes on', async () => {
    await using app = await echoServer({ name: 'app' });
    await using running = await Running.make();
    await running.write('');
    // The port of the application is taken, of course.
    const program = running.start('--http-bind-port', String(app.port));
    await program.untilSaid('It is tried again');
    await until(() => program.said.includes('never'), 2_000).catch(() => undefined);
    expect(program.stderr.match(/ERROR/g)).toHaveLength(1);
    expect(program.stderr).toContain(String(app.port));
    expect((await sendRequest({ port: running.ports.controller, host: 'probe', path: '/readyz' })).status).toBe(503);
    expect((await sendRequest({ port: running.ports.controller, host: 'probe', path: '/healthz' })).status).toBe(200);
    program.kill('SIGTERM');
    expect(await program.ended()).toBe(0);
  });
});
