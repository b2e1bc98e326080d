import { allHaproxies, configMapOf, echoServer, ingressOf, serviceOf, sliceOf } from '@signalbox/testing';
import { describe, expect, it } from 'vitest';
import { newPlace, Running } from './running.js';

describe.each(allHaproxies())('slots of HAProxy $branch', { timeout: 60_000 }, ({ path }) => {
  it('are empty after a reload, whoever stood in them: nobody is led to this very machine', async () => {
    await using one = await echoServer({ name: 'one', address: '127.8.0.1' });
    await using two = await echoServer({ name: 'two', address: '127.8.0.2', port: one.port });
    await using _intruder = await echoServer({ name: 'intruder', address: '127.0.0.1', port: one.port });
    const slice = (...addresses: readonly string[]) => sliceOf({ service: 'web', endpoints: addresses, ports: one.port });
    const site = ingressOf({ name: 'web', rules: { 'web.example': [{ path: '/', service: 'web' }] } });
    const web = serviceOf({ name: 'web', annotations: { 'haproxy.org/load-balance': 'static-rr' } });
    await using running = Running.start(await newPlace(), [web, slice(one.address), site], [], {}, { path, isLive: true });
    await running.applied();
    expect(await running.applied(() => running.source.set(slice(one.address, two.address)))).toBe('none');
    const answers = async (): Promise<string> =>
      [...new Set(await Promise.all(Array.from({ length: 30 }, () => running.answerer('web.example'))))].sort().join(' ');
    expect(await answers()).toBe('one two');
    const settings = configMapOf({ name: 'settings', namespace: 'ops', data: { 'timeout-server': '9s' } });
    expect(await running.applied(() => running.source.set(settings))).toBe('reloaded');
    expect(await answers()).toBe('one two');
    const states = (await running.command('show servers state')).split('\n').map((line) => line.split(' '));
    const slots = states.filter(([, , , name]) => name?.startsWith('signalbox_slot_'));
    expect(slots.length).toBeGreaterThan(5);
    // In maintenance, by the configuration.
    expect(new Set(slots.map(([, , , , , state, admin]) => `${state} ${admin}`))).toEqual(new Set(['0 5']));
  });
});
