import { certificateFor, ingressOf, tlsSecretOf } from '@signalbox/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Scene } from './scene.js';

describe('what an older Ingress has', () => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await Scene.create();
    await Promise.all([scene.backend('old'), scene.backend('new', 'other')]);
    const [own, strange] = await Promise.all([certificateFor(['*.wild.example']), certificateFor(['strange.example'])]);
    const created = '2024-01-01T00:00:00Z';
    const service = 'old';
    await scene.serve(
      tlsSecretOf({ name: 'own', ...own }),
      tlsSecretOf({ name: 'strange', namespace: 'other', ...strange }),
      ingressOf({
        name: 'old',
        created,
        rules: {
          '*.wild.example': [{ service }],
          'named.wild.example': [{ service }],
          'types.example': [
            { path: '/prefix', service },
            { path: '/text', type: 'ImplementationSpecific', service },
          ],
        },
        tls: [{ hosts: ['*.wild.example'], secretName: 'own' }],
        defaultBackend: { service },
      }),
      ingressOf({
        name: '0',
        namespace: 'other',
        created: '2025-01-01T00:00:00Z',
        rules: {
          '*.wild.example': [{ service: 'new' }],
          'named.wild.example': [{ service: 'new' }, { path: '/more', service: 'new' }],
          'specific.wild.example': [{ service: 'new' }],
          'types.example': [
            { path: '/prefix', type: 'ImplementationSpecific', service: 'new' },
            { path: '/prefix/', service: 'new' },
            { path: '/text', service: 'new' },
            { path: '/prefix/exact', type: 'Exact', service: 'new' },
          ],
        },
        tls: [{ hosts: ['named.wild.example', '*.wild.example', 'specific.wild.example'], secretName: 'strange' }],
        defaultBackend: { service: 'new' },
      }),
    );
  });
  afterAll(() => scene[Symbol.asyncDispose]());

  it.each([
    ['a wildcard host', 'x.wild.example', '/'],
    ['a host', 'named.wild.example', '/'],
    ['a prefix', 'types.example', '/prefix/x'],
    ['a prefix, that somebody asks for as text', 'types.example', '/prefix'],
    ['a text, that somebody asks for as a prefix', 'types.example', '/textual'],
    ['the place of the default backend', 'unknown.example', '/'],
  ])('stays: %s', async (_what, host, path) => {
    expect(await scene.answerer(host, path)).toBe('old');
  });

  it.each([
    ['an exact host is more specific than a wildcard', 'specific.wild.example', '/'],
    ['a longer path is more specific than a shorter one', 'named.wild.example', '/more/x'],
    ['an exact path is more specific than a prefix', 'types.example', '/prefix/exact'],
  ])('gives way to what is more specific, as Kubernetes has it, whatever the age: %s', async (_rule, host, path) => {
    expect(await scene.answerer(host, path)).toBe('new');
  });

  it.each([
    ['x.wild.example', '*.wild.example'],
    ['named.wild.example', '*.wild.example'],
    ['specific.wild.example', 'strange.example'],
  ])('SNI %s is served %s', async (servername, subject) => {
    expect((await scene.request({ host: servername, tls: { servername } })).tls?.subject).toBe(subject);
  });

  it('is told to the newer one, and the older one hears nothing', () => {
    expect([...new Set(scene.diagnostics().map(({ code, object }) => `${code} ${object?.namespace ?? ''}`))]).toEqual(['CLAIM_LOST other']);
  });
});
