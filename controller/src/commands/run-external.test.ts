import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { echoServer, findHaproxy, sendRequest } from '@signalbox/testing';
import { describe, expect, it } from 'vitest';
import { until } from '../fixtures/program.js';
import { appManifests, Running } from '../fixtures/running.js';

describe('run, with a HAProxy that somebody else runs', { timeout: 90_000 }, () => {
  it('has files for it to start with, is ready once it serves them, and leaves it serving', async () => {
    await using app = await echoServer({ name: 'app' });
    await using running = await Running.make();
    await running.write(appManifests({ host: 'a.example', port: app.port }));
    const program = running.start('--master-socket', socketOf(running), '--on-stop', 'stop');
    await program.untilSaid(`nothing answers at its master socket ${socketOf(running)}`);
    expect(await running.isReady()).toBe(false);
    expect(await running.haproxies()).toEqual([]);

    await using _theirs = theirHaproxy(running);
    await running.ready();
    expect((await running.get('a.example')).echo?.name).toBe('app');
    program.kill('SIGTERM');
    expect(await program.ended()).toBe(0);
    expect(program.said).toContain('HAProxy is left serving');
    expect((await running.get('a.example')).status).toBe(200);
  });

  it('reloads it where it must, and changes it while it runs where it can', async () => {
    await using app = await echoServer({ name: 'app' });
    await using other = await echoServer({ name: 'other' });
    await using running = await Running.make();
    await running.write(appManifests({ host: 'a.example', port: app.port }));
    const program = running.start('--master-socket', socketOf(running));
    await hasFiles(running);
    await using _theirs = theirHaproxy(running);
    await running.ready();
    await running.write(appManifests({ host: 'a.example', port: other.port }));
    await until(async () => (await running.get('a.example')).echo?.name === 'other');
    await program.untilSaid(/Applied .*: live, for /);

    const limited = appManifests({ host: 'a.example', port: other.port }).replace(
      'name: app }',
      'name: app, annotations: { haproxy.org/response-set-header: X-By them } }',
    );
    await running.write(limited);
    await until(async () => (await running.get('a.example')).headers['x-by'] === 'them');
    await program.untilSaid(/Applied .*HAProxy reloaded, because/);
  });

  it('brings it up to date when it was started anew meanwhile', async () => {
    await using app = await echoServer({ name: 'app' });
    await using running = await Running.make();
    await running.write(appManifests({ host: 'a.example', port: app.port }));
    running.start('--master-socket', socketOf(running));
    await hasFiles(running);
    {
      await using _first = theirHaproxy(running);
      await running.ready();
    }
    await running.write(appManifests({ host: 'b.example', port: app.port }));
    await until(
      async () => (await sendRequest({ port: running.ports.http, host: 'b.example', path: '/' }).catch(() => undefined)) === undefined,
    );
    await using _second = theirHaproxy(running);
    await until(async () => (await running.get('b.example').catch(() => undefined))?.status === 200);
    expect((await running.get('a.example')).status).toBe(404);
    await running.ready();
  });

  it('brings it up to date when it was started anew right after it was told something', async () => {
    await using app = await echoServer({ name: 'app' });
    await using other = await echoServer({ name: 'other' });
    await using running = await Running.make();
    await running.write(appManifests({ host: 'a.example', port: app.port }));
    running.start('--master-socket', socketOf(running));
    await hasFiles(running);
    const named = (name: string): Promise<boolean> =>
      until(async () => (await running.get('a.example').catch(() => undefined))?.echo?.name === name);
    for (const [name, port] of [
      ['other', other.port],
      ['app', app.port],
    ] as const) {
      await using _theirs = theirHaproxy(running);
      await running.ready();
      await running.write(appManifests({ host: 'a.example', port }));
      await named(name);
    }
    await using _last = theirHaproxy(running);
    await named('app');
    await running.ready();
    expect((await running.get('a.example')).echo?.name).toBe('app');
  });
});

/** What the container of HAProxy waits for in `deploy/`. */
async function hasFiles(running: Running): Promise<void> {
  await until(() => existsSync(join(running.folder, 'config', 'current', 'haproxy.cfg')));
}

function socketOf(running: Running): string {
  return join(running.runtimeDir, 'master.sock');
}

/** As in a container of its own, until it is disposed of: then it is gone at once, its workers too. */
function theirHaproxy(running: Running): AsyncDisposable {
  const child = spawn(findHaproxy(), ['-W', '-S', `${socketOf(running)},mode,600`, '-f', join(running.folder, 'config', 'current')], {
    stdio: 'ignore',
  });
  return {
    [Symbol.asyncDispose]: async () => {
      const workers = (await running.haproxies()).filter((pid) => pid !== child.pid);
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
      for (const pid of workers) process.kill(pid, 'SIGKILL');
    },
  };
}
