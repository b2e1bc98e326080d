import { echoServer, sendRequest } from '@signalbox/testing';
import { describe, expect, it } from 'vitest';
import { until } from '../fixtures/program.js';
import { appManifests, Running } from '../fixtures/running.js';

describe('/metrics of run', { timeout: 90_000 }, () => {
  it('says what was done to HAProxy', async () => {
    await using app = await echoServer({ name: 'app' });
    await using running = await Running.make();
    await running.write(appManifests({ host: 'a.example', port: app.port }));
    const program = running.start();
    await running.ready();
    const metrics = async (): Promise<string> =>
      (await sendRequest({ port: running.ports.controller, host: 'prometheus', path: '/metrics' })).body;
    const before = await metrics();
    for (const line of [
      'signalbox_ready 1',
      'signalbox_haproxy_up 1',
      'signalbox_reloads_total{reason="start"} 1',
      'signalbox_steps_total{kind="server",lane="start"} 1',
      'signalbox_apply_duration_seconds_count{lane="start"} 1',
    ])
      expect(before.split('\n')).toContain(line);

    await running.write(appManifests({ host: 'b.example', port: app.port }));
    await until(async () => (await running.get('b.example')).status === 200);
    await until(async () => /signalbox_changes_total [2-9]/.test(await metrics()));
    expect((await metrics()).split('\n')).toHaveLength(before.split('\n').length);
    program.kill('SIGTERM');
    expect(await program.ended()).toBe(0);
  });
});
