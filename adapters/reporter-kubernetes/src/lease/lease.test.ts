import { describe, expect, it } from 'vitest';
import { claimed, leaseName, microTime, released } from './lease.js';

const now = new Date('2026-03-01T10:00:00.250Z');

describe('a Lease', () => {
  it('has times in microseconds', () => {
    expect(microTime(now)).toBe('2026-03-01T10:00:00.250000Z');
  });

  it('counts each change of its holder, and keeps the time since when one holds it', () => {
    const first = claimed(undefined, 'a', 15_000, now);
    expect(first).toEqual({
      holderIdentity: 'a',
      leaseDurationSeconds: 15,
      acquireTime: '2026-03-01T10:00:00.250000Z',
      renewTime: '2026-03-01T10:00:00.250000Z',
      leaseTransitions: 0,
    });
    const later = new Date(now.getTime() + 2000);
    const renewed = claimed(first, 'a', 15_000, later);
    expect(renewed).toEqual({ ...first, renewTime: '2026-03-01T10:00:02.250000Z' });
    expect(claimed(renewed, 'b', 15_000, later)).toMatchObject({
      holderIdentity: 'b',
      acquireTime: renewed.renewTime,
      leaseTransitions: 1,
    });
  });

  it('keeps what others wrote to it', () => {
    expect(claimed({ holderIdentity: 'a', strategy: 'OldestEmulationVersion' } as object, 'a', 15_000, now)).toMatchObject({
      strategy: 'OldestEmulationVersion',
    });
  });

  it('has no holder and hardly any duration once it is given back', () => {
    const given = released(claimed(undefined, 'a', 15_000, now), now);
    expect(given).toMatchObject({ holderIdentity: '', leaseDurationSeconds: 1, leaseTransitions: 0 });
  });

  it('is named after the class, by a name that Kubernetes accepts and that no other class has', () => {
    expect([undefined, '', 'public', 'my.class'].map(leaseName)).toEqual([
      'signalbox',
      'signalbox',
      'signalbox-public',
      'signalbox-my.class',
    ]);
    const odd = ['Public', 'public!', 'öffentlich', '-', 'x'.repeat(300), `${'x'.repeat(300)}y`];
    const names = odd.map(leaseName);
    expect(new Set(names).size).toBe(odd.length);
    for (const name of names) expect(name).toMatch(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/);
    expect(Math.max(...names.map(({ length }) => length))).toBeLessThanOrEqual(128);
  });
});
