import type { Diagnostic } from '@signalbox/core';
import { describe, expect, it } from 'vitest';
import { ingressKind, toldKinds } from '../kinds.js';
import { eventOf, reasonOf } from './event-object.js';

const object = { group: 'networking.k8s.io', kind: 'Ingress', namespace: 'shop', name: 'web' };
const context = { kind: ingressKind, uid: 'u-1', component: 'signalbox', identity: 'pod-1_ab', now: new Date('2026-03-01T10:00:00.250Z') };
const event = (diagnostic: Partial<Diagnostic>, more: Partial<typeof context> = {}) =>
  eventOf(
    { severity: 'error', code: 'SERVICE_NOT_FOUND', object, message: 'There is none.', ...diagnostic },
    {
      ...context,
      ...more,
    },
  );

describe('eventOf', () => {
  it('is about the object and the field, in the namespace of the object', () => {
    expect(event({ field: 'spec.rules[0]' })).toEqual({
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: expect.stringMatching(/^web\.[0-9a-f]{16}$/) as string, namespace: 'shop' },
      involvedObject: {
        apiVersion: 'networking.k8s.io/v1',
        kind: 'Ingress',
        namespace: 'shop',
        name: 'web',
        uid: 'u-1',
      },
      type: 'Warning',
      reason: 'ServiceNotFound',
      message: 'spec.rules[0]: There is none.',
      source: { component: 'signalbox' },
      reportingComponent: 'signalbox',
      reportingInstance: 'pod-1_ab',
      firstTimestamp: '2026-03-01T10:00:00Z',
      lastTimestamp: '2026-03-01T10:00:00Z',
      count: 1,
    });
  });

  it('is in the namespace default for an object that is in none', () => {
    const kind = toldKinds().get('networking.k8s.io/IngressClass')!;
    const { metadata, involvedObject } = event({ object: { ...object, kind: 'IngressClass', namespace: '' } }, { kind });
    expect(metadata.namespace).toBe('default');
    expect(involvedObject).not.toHaveProperty('namespace');
  });

  it('warns of errors and of conflicts', () => {
    const types = [
      event({ severity: 'error' }),
      event({ severity: 'warning', code: 'CLAIM_LOST' }),
      event({ severity: 'warning', code: 'DUPLICATE_OBJECT' }),
      event({ severity: 'warning', code: 'KEY_UNKNOWN' }),
      event({ severity: 'info', code: 'INGRESS_WITHOUT_CLASS' }),
    ].map(({ type }) => type);
    expect(types).toEqual(['Warning', 'Warning', 'Warning', 'Normal', 'Normal']);
  });

  it('has a name for each diagnostic of each object, the same whoever tells it and when', () => {
    const same = event({}, { identity: 'pod-2', now: new Date() });
    expect(same.metadata.name).toBe(event({}).metadata.name);
    const others = [event({ message: 'Other.' }), event({ field: 'spec' }), event({ code: 'X' }), event({}, { uid: 'u-2' })];
    expect(new Set([same, ...others].map(({ metadata }) => metadata.name)).size).toBe(5);
  });

  it('has a name that Kubernetes accepts, whatever the name of the object', () => {
    for (const name of ['a'.repeat(253), 'system:node:X', '.a..b.', '-', 'a.-b', 'Ü']) {
      const made = event({ object: { ...object, name } }).metadata.name;
      expect(made).toMatch(/^(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/);
    }
  });

  it('has a message of at most 1,024 bytes, cut between characters', () => {
    for (const message of ['x'.repeat(1024), 'x'.repeat(1025), 'ä'.repeat(600), `x${'€'.repeat(400)}`, '😀'.repeat(300)]) {
      const cut = event({ message }).message;
      expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(1024);
      expect(Buffer.byteLength(cut)).toBeGreaterThan(1015);
      expect(cut).not.toContain('\uFFFD');
      expect(cut === message || message.startsWith(cut.slice(0, -1))).toBe(true);
    }
  });

  it('has its code as the reason', () => {
    expect(['SERVICE_NOT_FOUND', 'HAPROXY_REFUSED', 'X', ''].map(reasonOf)).toEqual(['ServiceNotFound', 'HaproxyRefused', 'X', '']);
  });
});
